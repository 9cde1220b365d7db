using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Finds what is legal and probably not meant.</summary>
internal static class PolicyLint
{
    public static void Check(PolicyModel policy, List<PolicyDiagnostic> diagnostics)
    {
        void Warn(YamlNode at, string code, string message) => diagnostics.Add(new PolicyDiagnostic(DiagnosticSeverity.Warning, at.Line, at.Column, code, message));

        for (int i = 0; i < policy.Callers.Count; i++)
        {
            if (!policy.Rules.Any(r => r.Callers.Contains(i)))
                Warn(policy.Callers[i].Node, "unused-callers", $"No rule is for the callers `{policy.Callers[i].Name}`.");
        }
        for (int i = 0; i < policy.Routes.Count; i++)
        {
            RouteModel route = policy.Routes[i];
            if (!policy.Rules.Any(r => r.Routes?.Contains(i) != false))
                Warn(route.Node, "unused-route", $"No rule is for the route `{route.Name}`: everything on it is refused.");
            if (policy.Routes.Take(i).Any(MatchesAll))
                Warn(route.Node, "unreachable-route", $"The route `{route.Name}` is never reached: one above matches everything.");
        }
        foreach (RuleModel rule in policy.Rules)
        {
            if (rule.Tools is null)
                continue;
            foreach (string name in rule.Tools.Allow.Where(n => rule.Tools.Deny.Any(d => new Glob(d).Matches(n))))
                Warn(rule.Node, "shadowed", $"`{name}` is allowed and denied by the rule `{rule.Name}`; deny wins.");
            if (rule.Tools.Allow.Contains("*"))
                Warn(rule.Node, "allows-all", $"The rule `{rule.Name}` allows every tool, those not yet written too.");
        }
        if (policy.Rules.Count == 0 && policy.Routes.Count > 0)
            Warn(policy.Routes[0].Node, "no-rules", "The policy has no rules: everything is refused.");
    }

    private static bool MatchesAll(RouteModel route) =>
        route is { Hosts.Count: 0, Paths.Count: 0, Ports.Count: 0, Workloads.Count: 0, EnvoyRoutes.Count: 0 };
}
