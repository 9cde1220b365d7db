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
}
