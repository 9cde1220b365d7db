using System.Collections.Concurrent;
using EnvoyExtAuthz.Identity;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>A compiled policy. Finding a caller's rules costs one look-up, and their tables are shared.</summary>
internal sealed class CompiledPolicy : PolicySnapshot
{
    private const int MaxCached = 65_536;
    private readonly PolicyModel _model;
    private readonly Route[] _routes;
    private readonly Dictionary<string, List<int>> _setsById = new(StringComparer.Ordinal);
    private readonly List<int> _setsByPattern = [];
    private readonly ConcurrentDictionary<(Caller, int), Ruleset> _cache = new();
    private readonly ConcurrentDictionary<string, Ruleset> _rulesets = new(StringComparer.Ordinal);

    public CompiledPolicy(PolicyModel model, string hash)
    {
        _model = model;
        Hash = hash;
        _routes = [.. model.Routes.Select((r, i) => new Route(r.Name, r.Dialect, i))];
        for (int i = 0; i < model.Callers.Count; i++)
        {
            CallerSet set = model.Callers[i];
            foreach (string id in set.Ids)
            {
                if (!_setsById.TryGetValue(id, out List<int>? sets))
                    _setsById[id] = sets = [];
                sets.Add(i);
            }
            if (set.IdPatterns.Count > 0 || set.Account is not null || set.Token is not null || set.Unauthenticated)
                _setsByPattern.Add(i);
        }
    }

    public override string Name => _model.Name;

    public override string Hash { get; }

    public override IdentityOptions Identity => _model.Identity;

    public override Route? FindRoute(in RouteFacts facts)
    {
        for (int i = 0; i < _routes.Length; i++)
        {
            if (Matches(_model.Routes[i], facts))
                return _routes[i];
        }
        return null;
    }

    public override Ruleset For(Caller caller, Route route)
    {
        if (_cache.TryGetValue((caller, route.Index), out Ruleset? known))
            return known;
        List<int> sets = SetsOf(caller);
        var rules = new List<int>();
        for (int i = 0; i < _model.Rules.Count; i++)
        {
            RuleModel rule = _model.Rules[i];
            if (rule.Callers.Any(sets.Contains) && rule.Routes?.Contains(route.Index) != false)
                rules.Add(i);
        }
        Ruleset ruleset = _rulesets.GetOrAdd(string.Join(",", rules), _ => new CompiledRuleset(_model, rules));
        if (_cache.Count >= MaxCached)
            _cache.Clear();
        _cache[(caller, route.Index)] = ruleset;
        return ruleset;
    }

    private List<int> SetsOf(Caller caller)
    {
        var sets = new List<int>();
        if (caller.Id is { } id && _setsById.TryGetValue(id.ToString(), out List<int>? exact))
            sets.AddRange(exact);
        foreach (int i in _setsByPattern)
        {
            if (IsIn(caller, _model.Callers[i]))
                sets.Add(i);
        }
        return sets;
    }

    private static bool IsIn(Caller caller, CallerSet set)
    {
        if (set.Unauthenticated && caller.Proof == IdentityProof.None)
            return true;
        if (set.Token is { } token && IssuedBy(caller, token.Issuer) && token.Claims.All(c => caller.Claims.TryGetValue(c.Claim, out string? value) && c.Value.Matches(value)))
            return true;
        if (caller.Id is not { } id)
            return false;
        if (set.IdPatterns.Exists(p => p.Matches(id.ToString())))
            return true;
        return set.Account is { } account && id.TryGetServiceAccount(out string ns, out string name) && account.Namespace.Matches(ns) && account.ServiceAccount.Matches(name);
    }

    private static bool IssuedBy(Caller caller, string issuer) => caller.Claims.TryGetValue("iss", out string? claimed) && claimed == issuer;

    private static bool Matches(RouteModel route, in RouteFacts facts)
    {
        if (route.Paths.Count > 0 && !AnyPath(route.Paths, facts.Path.Span))
            return false;
        if (route.Ports.Count > 0 && !route.Ports.Contains(facts.Port))
            return false;
        if (route.Hosts.Count > 0 && !AnyHost(route.Hosts, facts.Authority.Span))
            return false;
        if (route.Workloads.Count > 0 && (facts.Workload is null || !Any(route.Workloads, facts.Workload)))
            return false;
        return route.EnvoyRoutes.Count == 0 || (facts.EnvoyRoute is not null && Any(route.EnvoyRoutes, facts.EnvoyRoute));
    }

    private static bool AnyPath(IReadOnlyList<PathGlob> patterns, ReadOnlySpan<byte> path)
    {
        foreach (PathGlob pattern in patterns)
        {
            if (pattern.Matches(path))
                return true;
        }
        return false;
    }

    /// <summary>Hosts are compared without port and in lower case, as RFC 3986 §3.2.2 reads them.</summary>
    private static bool AnyHost(IReadOnlyList<Glob> patterns, ReadOnlySpan<byte> authority)
    {
        int colon = authority.LastIndexOf((byte)':');
        bool hasPort = colon >= 0 && !authority[(colon + 1)..].Contains((byte)']');
        ReadOnlySpan<byte> host = hasPort ? authority[..colon] : authority;
        if (host.Length > 255)
            return false;
        Span<byte> lower = stackalloc byte[255];
        System.Text.Ascii.ToLower(host, lower, out int length);
        foreach (Glob pattern in patterns)
        {
            if (pattern.Matches(lower[..length]))
                return true;
        }
        return false;
    }

    private static bool Any(IReadOnlyList<Glob> patterns, string text)
    {
        foreach (Glob pattern in patterns)
        {
            if (pattern.Matches(text))
                return true;
        }
        return false;
    }
}
