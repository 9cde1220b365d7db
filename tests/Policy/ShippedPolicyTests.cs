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

    [Fact]
    public void The_example_of_the_documentation_compiles_and_does_what_it_says()
    {
        string file = Path.Combine(SharedFolder.Repository, "docs", "policy.example.yaml");
        PolicyResult result = PolicyText.Compile(File.ReadAllText(file), file);
        PolicySnapshot? policy = result.Snapshot;

        Assert.Equal(["unauthenticated"], result.Diagnostics.Select(d => d.Code));
        Assert.NotNull(policy);
        Ruleset rules = PolicyText.Rules(policy);
        Assert.True(rules.Tool("get_page").Allowed);
        Assert.False(rules.Tool("get_secret").Allowed);
        Assert.False(rules.Model("gpt-4-base").Allowed);
        Assert.Equal(CaseAction.Allow, rules.On(UninspectableCase.Image));
        Assert.Equal(CaseAction.Allow, rules.On(UninspectableCase.Audio));
        Assert.True(PolicyText.Rules(policy, PolicyText.Peer("spiffe://partner.example/ns/agents/sa/x"), "/crm/customers/1").Tool("crm.read").Allowed);
    }

    [Fact]
    public void The_documentation_names_every_key_word_and_diagnostic()
    {
        string docs = File.ReadAllText(Path.Combine(SharedFolder.Repository, "docs", "policy.md"));
        IEnumerable<string> words =
        [
            .. Language.PolicyWords.Actions.Keys, .. Language.PolicyWords.Roles.Keys, .. Language.PolicyWords.Directions.Keys, .. Language.PolicyWords.Cases.Keys,
            .. Language.PolicyWords.CaseActions.Keys, .. Language.PolicyWords.DeclaredToolActions.Keys, .. Language.PolicyWords.Families.Keys,
            .. ErrorTests.Mistakes.Select(m => m.Data.Item5), .. LintTests.Doubts.Select(d => d.Data.Item5),
        ];

        Assert.Equal([], words.Distinct().Where(w => !docs.Contains($"`{w}`", StringComparison.Ordinal)));
    }
}
