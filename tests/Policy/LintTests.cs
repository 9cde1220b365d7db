using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>What is legal and probably not meant is said, and the policy works all the same.</summary>
public class LintTests
{
    private const string Start = "version: 1\nname: t\n";
    private const string Who = "callers: {a: {namespace: a}, b: {namespace: b}}\nroutes: [{name: r, match: {}}]\n";

    /// <summary>Name, text, line, column, code.</summary>
    public static TheoryData<string, string, int, int, string> Doubts { get; } = new()
    {
        { "a set for no rule", Start + "callers: {a: {namespace: a}}\nroutes: [{name: r, match: {}}]\nrules: []\n", 3, 11, "unused-callers" },
        { "a route for no rule", Start + "callers: {}\nroutes: [{name: r, match: {}}]\nrules: []\n", 4, 10, "unused-route" },
        { "a route below one that takes all", Start + "routes: [{name: r, match: {}}, {name: s, match: {paths: [\"/s\"]}}]\nrules: []\n", 3, 32, "unreachable-route" },
        { "a route below a wider one", Start + "routes: [{name: r, match: {paths: [\"/a/**\"], hosts: [\"*.x\"]}}, {name: s, match: {paths: [\"/a/b/*\"], hosts: [b.x], ports: [1]}}]\nrules: []\n", 3, 64, "unreachable-route" },
        { "a rule for a route that is never reached", Start + "callers: {a: {namespace: a}}\nroutes: [{name: r, match: {}}, {name: s, match: {}}]\nrules:\n  - {name: x, callers: [a], routes: [s]}\n", 6, 5, "unreachable-rule" },
        { "a name both allowed and denied", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r], tools: {allow: [y, z], deny: [z]}}]\n", 5, 68, "shadowed" },
        { "a pattern within a denied one", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r], tools: {allow: [\"ab*\"], deny: [\"a*\"]}}]\n", 5, 65, "shadowed" },
        { "a name denied by another rule", Start + Who + "rules:\n  - {name: x, callers: [a], routes: [r], tools: {allow: [z]}}\n  - {name: y, callers: [a, b], routes: [\"*\"], tools: {allow: [], deny: [z]}}\n", 6, 58, "shadowed" },
        { "every tool allowed", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r], tools: {allow: [\"*\"]}}]\n", 5, 65, "allows-all" },
        { "a name that is not plain", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r], tools: {allow: [\"y \"]}}]\n", 5, 65, "odd-name" },
        { "callers without identity", Start + "callers: {a: {unauthenticated: true}}\nroutes: [{name: r, match: {}}]\nrules: [{name: x, callers: [a], routes: [r]}]\n", 3, 11, "unauthenticated" },
        { "an ID by an alias", Start + "identity: {trustDomains: [{name: new, aliases: [old]}]}\ncallers: {a: {spiffe: [\"spiffe://old/x\"]}}\nroutes: [{name: r, match: {}}]\nrules: [{name: x, callers: [a], routes: [r]}]\n", 4, 24, "foreign-id" },
        { "all detectors off", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r]}]\ndefaults: {detectors: {injection: {action: ignore}, secrets: {action: ignore}, pii: {action: ignore}}}\n", 6, 23, "detectors-off" },
        { "what was not read let through", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r], uninspectable: {not-strict-json: allow}}]\n", 5, 65, "uninspected" },
        { "a look-alike", Start + Who + "rules: [{name: x, callers: [a, b], routes: [r], tools: {allow: [\"d\u0435l\"], deny: [del]}}]\n", 5, 65, "look-alike" },
    };

    [Theory]
    [MemberData(nameof(Doubts))]
    public void A_doubt_is_reported_at_its_place_and_the_policy_works(string doubt, string yaml, int line, int column, string code)
    {
        PolicyResult result = PolicyText.Compile(yaml);

        Assert.NotNull(result.Snapshot);
        Assert.Contains((doubt, line, column, code), result.Diagnostics.Select(d => (doubt, d.Line, d.Column, d.Code)));
        Assert.All(result.Diagnostics, d => Assert.Equal(DiagnosticSeverity.Warning, d.Severity));
    }

    [Fact]
    public void Rules_for_different_callers_do_not_shadow_each_other()
    {
        PolicyResult result = PolicyText.Compile(Start + Who + """
            rules:
              - {name: x, callers: [a, b], routes: [r], tools: {allow: [z]}}
              - {name: y, callers: [a], routes: [r], tools: {allow: [], deny: [z]}}
            """);

        Assert.Equal([], result.Diagnostics.Select(d => d.Format("p")));
    }
}
