using EnvoyExtAuthz.Fuzz;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Half a minute of every fuzz target in continuous integration, a second elsewhere; tests/Fuzz runs longer.</summary>
public sealed class FuzzTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("CI") == "true" ? 30 : 1);

    public static TheoryData<string> Targets { get; } = [.. FuzzTarget.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Whatever_comes_nothing_falls_leaks_or_passes(string name)
    {
        using FuzzTarget target = FuzzTarget.All[name]();
        long end = Environment.TickCount64 + (long)Time.TotalMilliseconds;
        Find? find = Fuzzer.Run(target, seed: 20261125, _ => Environment.TickCount64 < end, out long inputs, Recordings.For(name));
        Assert.True(find is null, find is null ? "" : $"{Convert.ToBase64String(find.Input)}\n{find.Error}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {inputs} inputs");
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
