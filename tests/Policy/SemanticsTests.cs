using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>What a policy means.</summary>
public class SemanticsTests
{
    private const string Rule = "rules:\n  - {name: a, callers: [research], routes: [tools], ";

    [Fact]
    public void What_no_rule_names_is_refused()
    {
        Ruleset rules = PolicyText.Rules(Rule + "tools: {allow: [search]}}\n");

        Assert.Equal(new ToolVerdict(true, "a"), rules.Tool("search"));
        Assert.Equal(new ToolVerdict(false, "default"), rules.Tool("searches"));
    }

    [Fact]
    public void A_caller_that_no_rule_names_is_not_admitted()
    {
        PolicySnapshot policy = PolicyText.Snapshot(PolicyText.Frame + Rule + "tools: {allow: [\"*\"]}}\n");
        Ruleset stranger = PolicyText.Rules(policy, PolicyText.Peer("spiffe://cluster.local/ns/other/sa/research"));
        Ruleset nobody = PolicyText.Rules(policy, Caller.Unauthenticated);
        Ruleset elsewhere = PolicyText.Rules(policy, path: "/v1/chat/completions");

        foreach (Ruleset rules in new[] { stranger, nobody, elsewhere })
        {
            Assert.False(rules.Admitted);
            Assert.Equal("default", rules.Rule);
            Assert.False(rules.Tool("search").Allowed);
            Assert.False(rules.Model("gpt-4").Allowed);
        }
    }

    [Fact]
    public void An_empty_list_allows_nothing()
    {
        Ruleset rules = PolicyText.Rules(Rule + "tools: {allow: []}, models: {allow: []}}\n");

        Assert.True(rules.Admitted);
        Assert.Equal(new ToolVerdict(false, "default"), rules.Tool("search"));
        Assert.Equal(new ToolVerdict(false, "default"), rules.Model("gpt-4"));
        Assert.False(rules.Tool("").Allowed);
    }

    [Fact]
    public void A_rule_without_tools_grants_none_and_one_without_models_restricts_none()
    {
        Ruleset rules = PolicyText.Rules("rules: [{name: a, callers: [research], routes: [tools]}]\n");

        Assert.True(rules.Admitted);
        Assert.False(rules.Tool("search").Allowed);
        Assert.Equal(new ToolVerdict(true, "a"), rules.Model("anything"));
    }

    [Theory]
    [InlineData("allow: [x], deny: [x]")]
    [InlineData("allow: [x], deny: [\"*\"]")]
    [InlineData("allow: [\"*\"], deny: [x]")]
    [InlineData("allow: [\"*\"], deny: [\"*x*\"]")]
    public void Deny_wins_within_a_rule(string lists)
    {
        Assert.Equal(new ToolVerdict(false, "a"), PolicyText.Rules(Rule + $"tools: {{{lists}}}}}\n").Tool("x"));
    }

    [Theory]
    [InlineData("first", "second")]
    [InlineData("second", "first")]
    public void Deny_wins_across_rules_whatever_their_order(string allowing, string denying)
    {
        string Written(string name) => name == allowing ? "tools: {allow: [x, y]}" : "tools: {allow: [], deny: [x]}";
        Ruleset rules = PolicyText.Rules($$"""
            rules:
              - {name: first, callers: [research], routes: [tools], {{Written("first")}}}
              - {name: second, callers: [agents], routes: ["*"], {{Written("second")}}}
            """);

        Assert.Equal(new ToolVerdict(false, denying), rules.Tool("x"));
        Assert.Equal(new ToolVerdict(true, allowing), rules.Tool("y"));
        Assert.Equal("first", rules.Rule);
    }

    [Fact]
    public void A_denial_for_other_callers_or_another_route_does_not_count()
    {
        Ruleset rules = PolicyText.Rules("""
            rules:
              - {name: a, callers: [research], routes: [tools], tools: {allow: [x]}}
              - {name: b, callers: [research], routes: [llm], tools: {allow: [], deny: [x]}}
            """);

        Assert.True(rules.Tool("x").Allowed);
    }

    [Fact]
    public void Many_rules_together_say_the_same_as_few()
    {
        string rules = "rules:\n" + string.Concat(Enumerable.Range(0, 9).Select(i =>
            $"  - {{name: r{i}, callers: [research], routes: [tools], tools: {{allow: [t{i}, \"p{i}_*\"], deny: [\"*_d{i}\"]}}}}\n"));
        Ruleset compiled = PolicyText.Rules(rules);

        Assert.Equal(new ToolVerdict(true, "r7"), compiled.Tool("t7"));
        Assert.Equal(new ToolVerdict(true, "r8"), compiled.Tool("p8_x"));
        Assert.Equal(new ToolVerdict(false, "r2"), compiled.Tool("p8_d2"));
        Assert.Equal(new ToolVerdict(false, "default"), compiled.Tool("t9"));
    }

    [Fact]
    public void Models_are_restricted_as_soon_as_one_rule_restricts_them()
    {
        Ruleset rules = PolicyText.Rules("""
            rules:
              - {name: a, callers: [agents], routes: [tools]}
              - {name: b, callers: [research], routes: [tools], models: {allow: ["gpt-*"], deny: [gpt-4]}}
            """);

        Assert.Equal(new ToolVerdict(true, "b"), rules.Model("gpt-5"));
        Assert.Equal(new ToolVerdict(false, "b"), rules.Model("gpt-4"));
        Assert.Equal(new ToolVerdict(false, "default"), rules.Model("claude"));
    }

    [Fact]
    public void The_first_rule_that_says_so_decides_on_declared_tools()
    {
        Assert.Equal(DeclaredToolAction.Remove, PolicyText.Rules(Rule + "tools: {allow: []}}\n").OnDeclaredTool);
        Assert.Equal(DeclaredToolAction.Refuse, PolicyText.Rules(Rule + "tools: {allow: []}}\n  - {name: b, callers: [research], routes: [tools], tools: {allow: [], onDeclared: refuse}}\n").OnDeclaredTool);
    }

    [Theory]
    [InlineData(TextRole.User, FindingAction.Refuse)]
    [InlineData(TextRole.ToolResult, FindingAction.Refuse)]
    [InlineData(TextRole.Document, FindingAction.Refuse)]
    [InlineData(TextRole.ToolDescription, FindingAction.Refuse)]
    [InlineData(TextRole.Unknown, FindingAction.Refuse)]
    [InlineData(TextRole.System, FindingAction.Ignore)]
    [InlineData(TextRole.Assistant, FindingAction.Ignore)]
    public void Without_a_word_injections_are_refused_where_strangers_write(TextRole role, FindingAction action)
    {
        Ruleset rules = PolicyText.Rules(Rule + "tools: {allow: []}}\n");
        foreach (Direction direction in Enum.GetValues<Direction>())
        {
            Assert.Equal(action != FindingAction.Ignore, rules.Plan(direction, role).Wants(FindingKinds.Injection.Id));
            Assert.Equal(new FindingVerdict(action, "default"), rules.JudgeFinding(Injection(1), direction, role));
        }
    }

    [Fact]
    public void Without_a_word_nothing_uninspectable_passes()
    {
        Ruleset rules = PolicyText.Rules(Rule + "tools: {allow: []}}\n");

        Assert.All(Enum.GetValues<UninspectableCase>(), what => Assert.Equal(CaseAction.Refuse, rules.On(what)));
    }

    [Fact]
    public void The_first_rule_that_mentions_a_detector_decides_then_the_defaults()
    {
        Ruleset rules = PolicyText.Rules("""
            rules:
              - {name: silent, callers: [research], routes: [tools]}
              - {name: first, callers: [research], routes: [tools], detectors: {injection: {action: shadow, threshold: 0.5, roles: [user]}}}
              - {name: second, callers: [agents], routes: [tools], detectors: {injection: {action: flag}}}
            defaults: {detectors: {injection: {action: redact, threshold: 0.7, roles: [system]}}}
            """);

        Assert.Equal(new FindingVerdict(FindingAction.Shadow, "first"), rules.JudgeFinding(Injection(1), Direction.Request, TextRole.User));
        Assert.Equal(0.5f, rules.Plan(Direction.Request, TextRole.User).Threshold(FindingKinds.Injection.Id));
        Assert.Equal(new FindingVerdict(FindingAction.Flag, "second"), rules.JudgeFinding(Injection(1), Direction.Request, TextRole.Document));
        Assert.Equal(new FindingVerdict(FindingAction.Redact, "default"), rules.JudgeFinding(Injection(0.7f), Direction.Request, TextRole.System));
        Assert.Equal(FindingAction.Ignore, rules.JudgeFinding(Injection(0.6f), Direction.Request, TextRole.System).Action);
        Assert.Equal(FindingAction.Ignore, rules.JudgeFinding(Injection(1), Direction.Request, TextRole.Assistant).Action);
    }

    [Fact]
    public void A_setting_is_for_its_directions_and_roles_only_and_the_first_of_several_decides()
    {
        Ruleset rules = PolicyText.Rules(Rule + """
            detectors: {injection: [{action: shadow, roles: [user]}, {action: flag, directions: [response]}, {action: ignore}]}}

            """);

        Assert.Equal(FindingAction.Shadow, rules.JudgeFinding(Injection(1), Direction.Response, TextRole.User).Action);
        Assert.Equal(FindingAction.Flag, rules.JudgeFinding(Injection(1), Direction.Response, TextRole.Document).Action);
        Assert.Equal(FindingAction.Ignore, rules.JudgeFinding(Injection(1), Direction.Request, TextRole.Document).Action);
        Assert.True(rules.Plan(Direction.Request, TextRole.Document).IsEmpty || !rules.Plan(Direction.Request, TextRole.Document).HasClassifiers);
    }

    [Fact]
    public void A_setting_for_a_kind_goes_before_one_for_its_family()
    {
        FindingKind? kind = FindingKinds.All.FirstOrDefault(k => k.Family == DetectorFamily.PersonalData);
        Assert.SkipWhen(kind is null, "no recogniser of personal data in this build");
        FindingKind other = FindingKinds.All.Last(k => k.Family == DetectorFamily.PersonalData);
        Ruleset rules = PolicyText.Rules(Rule + $"detectors: {{pii: {{action: refuse}}, \"{kind.Name}\": {{action: shadow}}}}}}\n");

        Assert.Equal(FindingAction.Shadow, rules.JudgeFinding(new Finding(kind.Id, 0, 1, 1), Direction.Request, TextRole.User).Action);
        Assert.Equal(FindingAction.Refuse, rules.JudgeFinding(new Finding(other.Id, 0, 1, 1), Direction.Request, TextRole.User).Action);
    }

    [Fact]
    public void The_first_rule_that_mentions_a_case_decides_then_the_defaults()
    {
        Ruleset rules = PolicyText.Rules("""
            rules:
              - {name: a, callers: [research], routes: [tools], uninspectable: {image: allow}}
              - {name: b, callers: [research], routes: [tools], uninspectable: {image: refuse, audio: allow, video: refuse}}
            defaults: {uninspectable: {video: allow, file: allow}}
            """);

        Assert.Equal(CaseAction.Allow, rules.On(UninspectableCase.Image));
        Assert.Equal(CaseAction.Allow, rules.On(UninspectableCase.Audio));
        Assert.Equal(CaseAction.Refuse, rules.On(UninspectableCase.Video));
        Assert.Equal(CaseAction.Allow, rules.On(UninspectableCase.File));
        Assert.Equal(CaseAction.Refuse, rules.On(UninspectableCase.Encrypted));
    }

    [Fact]
    public void Callers_with_the_same_rules_share_one_ruleset()
    {
        PolicySnapshot policy = PolicyText.Snapshot(PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [tools], tools: {allow: [x]}}]\n");

        Assert.Same(
            PolicyText.Rules(policy, PolicyText.Peer("spiffe://cluster.local/ns/agents/sa/one")),
            PolicyText.Rules(policy, PolicyText.Peer("spiffe://cluster.local/ns/agents/sa/two")));
    }

    private static Finding Injection(float score) => new(FindingKinds.Injection.Id, 0, 1, score);
}
