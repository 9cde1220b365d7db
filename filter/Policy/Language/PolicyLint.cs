using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Finds what is legal and probably not meant. Linear in the file, but for routes, which are few.</summary>
internal static class PolicyLint
{
    /// <summary>Most comparisons of allowed names with other rules' denials: a lint is a courtesy.</summary>
    private const int MostCompared = 200_000;

    /// <summary>Checks a policy that has no errors.</summary>
    public static void Check(PolicyModel policy, List<PolicyDiagnostic> diagnostics)
    {
        bool[] reachable = CheckRoutes(policy, diagnostics);
        CheckCallers(policy, diagnostics);
        foreach (RuleModel rule in policy.Rules)
        {
            if (rule.Routes?.All(r => !reachable[r]) == true)
                diagnostics.Warn(rule.Node, "unreachable-rule", $"The rule `{rule.Name}` never applies: none of its routes is reached.");
            CheckStars(rule, diagnostics);
            CheckInspection(rule.Inspection, $"The rule `{rule.Name}`", diagnostics);
        }
        CheckShadowed(policy, diagnostics);
        foreach ((Listed name, string other) in policy.LookAlikes)
            diagnostics.Warn(name.Node, "look-alike", $"This name looks like `{Shown.Of(other)}` and is refused although it is allowed here.");
        CheckInspection(policy.Defaults, "`defaults`", diagnostics);
    }

    private static bool[] CheckRoutes(PolicyModel policy, List<PolicyDiagnostic> diagnostics)
    {
        var reachable = new bool[policy.Routes.Count];
        var named = new HashSet<int>(policy.Rules.SelectMany(r => r.Routes ?? []));
        bool everywhere = policy.Rules.Any(r => r.Routes is null);
        for (int i = 0; i < policy.Routes.Count; i++)
        {
            RouteModel route = policy.Routes[i];
            RouteModel? above = policy.Routes.Take(i).FirstOrDefault(r => Covers(r, route));
            reachable[i] = above is null;
            if (above is not null)
                diagnostics.Warn(route.Node, "unreachable-route", $"The route `{route.Name}` is never reached: `{above.Name}` above takes all its requests.");
            else if (!everywhere && !named.Contains(i))
                diagnostics.Warn(route.Node, "unused-route", $"No rule is for the route `{route.Name}`: everything on it is refused.");
        }
        return reachable;
    }

    private static void CheckCallers(PolicyModel policy, List<PolicyDiagnostic> diagnostics)
    {
        var used = new HashSet<int>(policy.Rules.SelectMany(r => r.Callers));
        for (int i = 0; i < policy.Callers.Count; i++)
        {
            CallerSet set = policy.Callers[i];
            if (!used.Contains(i))
                diagnostics.Warn(set.Node, "unused-callers", $"No rule is for the callers `{set.Name}`.");
            else if (set.Unauthenticated)
                diagnostics.Warn(set.Node, "unauthenticated", $"Rules for `{set.Name}` admit callers without any identity.");
            CheckDomains(policy, set, diagnostics);
        }
    }

    /// <summary>An ID of a trust domain that is not accepted, or that an alias is replaced of, is nobody's.</summary>
    private static void CheckDomains(PolicyModel policy, CallerSet set, List<PolicyDiagnostic> diagnostics)
    {
        if (policy.Identity.TrustDomains.Count == 0)
            return;
        foreach ((Glob exact, YamlNode node) in set.Ids)
        {
            string id = exact.Text;
            string domain = id["spiffe://".Length..].Split('/')[0];
            if (policy.Identity.TrustDomains.Any(d => d.Name == domain))
                continue;
            string? name = policy.Identity.TrustDomains.FirstOrDefault(d => d.Aliases.Contains(domain))?.Name;
            diagnostics.Warn(node, "foreign-id", name is null
                ? $"No caller has this ID: `{domain}` is not among `identity.trustDomains`."
                : $"No caller has this ID: `{domain}` is an alias, and callers are known by `{name}`.", name is null ? null : $"spiffe://{name}{id[("spiffe://".Length + domain.Length)..]}");
        }
    }

    private static void CheckStars(RuleModel rule, List<PolicyDiagnostic> diagnostics)
    {
        foreach ((Glob pattern, YamlNode node) in rule.Tools?.Allow ?? [])
        {
            if (pattern.Text.AsSpan().Trim('*').IsEmpty)
                diagnostics.Warn(node, "allows-all", $"The rule `{rule.Name}` allows every tool, also those not yet written, and those that `deny` names in another spelling.");
            else if (pattern.IsLiteral && !NameTable.IsPlain(pattern.Prefix))
                diagnostics.Warn(node, "odd-name", $"The rule `{rule.Name}` allows a tool whose name is not plain ASCII, or has a space at an end: it may look like another.");
        }
    }

    private static void CheckInspection(InspectionModel said, string who, List<PolicyDiagnostic> diagnostics)
    {
        bool Off(Detection.DetectorFamily family) => said.Detectors.Any(d => d is { Kind: null, Roles: null, Directions: null, Action: FindingAction.Ignore } && d.Family == family);
        if (said.DetectorsNode is { } at && PolicyWords.Families.Values.All(Off))
            diagnostics.Warn(at, "detectors-off", $"{who} switches every detector off.");
        foreach ((UninspectableCase what, CaseAction action, YamlNode node) in said.Cases)
        {
            if (action == CaseAction.Allow && IsWholeMessage(what))
                diagnostics.Warn(node, "uninspected", $"{who} lets messages through that were not inspected at all.");
        }
    }

    private static bool IsWholeMessage(UninspectableCase what) => what is UninspectableCase.UnknownPath or UninspectableCase.UnknownContentType
        or UninspectableCase.UnknownEncoding or UninspectableCase.NotStrictJson or UninspectableCase.Ambiguous or UninspectableCase.WrongShape
        or UninspectableCase.HeaderMismatch or UninspectableCase.BrokenStream or UninspectableCase.UnexpectedBody or UninspectableCase.Upgrade;

    /// <summary>An allowed name that a rule for the same callers and routes denies was not meant, or stands there in vain.</summary>
    private static void CheckShadowed(PolicyModel policy, List<PolicyDiagnostic> diagnostics)
    {
        var denying = new Dictionary<int, List<RuleModel>>();
        foreach (RuleModel rule in policy.Rules.Where(r => r.Tools?.Deny.Count > 0))
        {
            foreach (int set in rule.Callers)
            {
                if (!denying.TryGetValue(set, out List<RuleModel>? rules))
                    denying[set] = rules = [];
                rules.Add(rule);
            }
        }
        int left = MostCompared;
        foreach (RuleModel rule in policy.Rules)
        {
            if (rule.Tools is null || rule.Callers.Count == 0 || !denying.TryGetValue(rule.Callers[0], out List<RuleModel>? others))
                continue;
            foreach (RuleModel other in others.Where(o => rule.Callers.All(o.Callers.Contains) && (o.Routes is null || rule.Routes?.All(o.Routes.Contains) == true)))
            {
                foreach ((Glob allowed, YamlNode node) in rule.Tools.Allow)
                {
                    if ((left -= other.Tools!.Deny.Count) < 0)
                        return;
                    if (other.Tools.Deny.Any(d => d.Pattern.Covers(allowed)))
                        diagnostics.Warn(node, "shadowed", $"`{Shown.Of(allowed.Text)}` is allowed here and denied by the rule `{other.Name}`; deny wins.");
                }
            }
        }
    }

    private static bool Covers(RouteModel above, RouteModel route) =>
        CoversAll(above.Hosts, route.Hosts, (a, b) => a.Covers(b))
        && CoversAll(above.Paths, route.Paths, (a, b) => a.Covers(b))
        && CoversAll(above.Methods, route.Methods, (a, b) => a == b)
        && CoversAll(above.Ports, route.Ports, (a, b) => a == b)
        && CoversAll(above.Workloads, route.Workloads, (a, b) => a.Covers(b))
        && CoversAll(above.EnvoyRoutes, route.EnvoyRoutes, (a, b) => a.Covers(b));

    private static bool CoversAll<T>(IReadOnlyList<T> above, IReadOnlyList<T> below, Func<T, T, bool> covers) =>
        above.Count == 0 || (below.Count > 0 && below.All(b => above.Any(a => covers(a, b))));
}
