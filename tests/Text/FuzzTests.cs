using EnvoyExtAuthz.Fuzz;

namespace EnvoyExtAuthz.Tests.Text;

/// <summary>A little of each fuzz target; tests/Fuzz runs longer.</summary>
public class FuzzTests
{
    [Theory]
    [InlineData("json", 60_000)]
    [InlineData("sse", 20_000)]
    [InlineData("line", 20_000)]
    [InlineData("fold", 60_000)]
    [InlineData("mcp", 20_000)]
    public void Whatever_comes_is_read_without_a_fall(string name, int inputs)
    {
        using FuzzTarget target = FuzzTarget.All[name]();
        Find? find = Fuzzer.Run(target, seed: 20261125, count => count < inputs, out _);
        Assert.True(find is null, find is null ? "" : $"{Convert.ToBase64String(find.Input)}\n{find.Error}");
    }
}
