using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Language;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>A compiled policy. A known caller's ruleset costs one look-up and no allocation.</summary>
internal sealed class CompiledPolicy : PolicySnapshot
{
    /// <summary>Most callers and routes remembered; at the bound all are forgotten and found anew.</summary>
    private const int MaxCached = 65_536;

    private readonly RouteTable _routes;
    private readonly CallerIndex _callers;
    private readonly RulesetCompiler _rulesets;
    private readonly int[][] _rulesOfSet;
    private readonly HashSet<int>?[] _routesOfRule;
    private readonly ConcurrentDictionary<CallerOnRoute, Ruleset> _known = new();
    private int _count;

    /// <summary>Compiles a checked policy.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="hash">Of its text.</param>
    public CompiledPolicy(PolicyModel model, string hash)
    {
        Name = model.Name;
        Hash = hash;
        Identity = model.Identity;
        _routes = new RouteTable(model.Routes);
        _callers = new CallerIndex(model);
        _rulesets = new RulesetCompiler(model);
        _routesOfRule = [.. model.Rules.Select(r => r.Routes is null ? null : new HashSet<int>(r.Routes))];
        var rulesOfSet = new List<int>?[model.Callers.Count];
        for (int i = 0; i < model.Rules.Count; i++)
        {
            foreach (int set in model.Rules[i].Callers)
                (rulesOfSet[set] ??= []).Add(i);
        }
        _rulesOfSet = [.. rulesOfSet.Select(l => l?.ToArray() ?? [])];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Hash { get; }

    /// <inheritdoc/>
    public override IdentityOptions Identity { get; }

    /// <inheritdoc/>
    public override Route? FindRoute(in RouteFacts facts) => _routes.Find(facts);

    /// <inheritdoc/>
    public override Ruleset For(Caller caller, Route route)
    {
        var key = new CallerOnRoute(caller, route.Index);
        return _known.TryGetValue(key, out Ruleset? known) ? known : Remember(key);
    }

    private CompiledRuleset Remember(CallerOnRoute key)
    {
        var rules = new SortedSet<int>();
        foreach (int set in _callers.SetsOf(key.Caller))
        {
            foreach (int rule in _rulesOfSet[set])
            {
                if (_routesOfRule[rule]?.Contains(key.Route) != false)
                    rules.Add(rule);
            }
        }
        CompiledRuleset ruleset = _rulesets.Of(new RuleList([.. rules]));
        if (Interlocked.Increment(ref _count) > MaxCached)
        {
            _known.Clear();
            Interlocked.Exchange(ref _count, 1);
        }
        _known[key] = ruleset;
        return ruleset;
    }

    /// <summary>A caller, by reference, and a route.</summary>
    private readonly struct CallerOnRoute(Caller caller, int route) : IEquatable<CallerOnRoute>
    {
        public Caller Caller { get; } = caller;

        public int Route { get; } = route;

        public bool Equals(CallerOnRoute other) => ReferenceEquals(Caller, other.Caller) && Route == other.Route;

        public override bool Equals(object? obj) => obj is CallerOnRoute other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Caller), Route);
    }
}
