using EnvoyExtAuthz.Fuzz;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>A little of the fuzz target that sends Envoy's messages in any order; tests/Fuzz runs longer.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Whatever_order_messages_come_in_nothing_falls_leaks_or_passes()
    {
        using FuzzTarget target = FuzzTarget.All["exchange"]();
        Find? find = Fuzzer.Run(target, seed: 20261125, count => count < 30_000, out _);
        Assert.True(find is null, find is null ? "" : $"{Convert.ToBase64String(find.Input)}\n{find.Error}");
    }

    /// <summary>Inputs that once broke something.</summary>
    [Theory]
    [InlineData("AAAEL21jcAEueyJqc29ucnBjIjoiMi4wIiwiaWYiOjEsIm1ldGhvZCI6InRvb2xzL2xpc3QifQQUMjAwIGFwcGxpZWF0aW9uL2pzb24GWHsianNvbnJwYyI6IjIuMCIsImlkIjoxLCJyZXN1bHQiOnsidG9vbHMiOlt7Im5hbWUiOiJmb3JiaWRkZW5fdG9vbCIsImlucHV0U2NoZW1hIjp7fX1dfX0=")]
    public void What_was_found_stays_mended(string input)
    {
        using FuzzTarget target = FuzzTarget.All["exchange"]();
        target.Run(Convert.FromBase64String(input));
    }
}
