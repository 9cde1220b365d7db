using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Policies that come with the project are what they say they are.</summary>
public class ShippedPolicyTests
{
    [Fact]
    public void The_demo_policy_has_neither_errors_nor_warnings()
    {
        string file = Path.Combine(SharedFolder.Repository, "filter", "Host", "Demo", "policy.yaml");

        PolicyResult result = PolicyText.Compile(File.ReadAllText(file), file);

        Assert.Equal([], result.Diagnostics.Select(d => d.Format("policy.yaml")));
        Assert.NotNull(result.Snapshot);
    }
}
