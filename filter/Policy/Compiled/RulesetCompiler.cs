using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Policy.Matching;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>
/// Puts rulesets together from tables made once a rule, so that ten thousand callers with a thousand tools cost what the file
/// holds and not its product. Thread-safe.
/// </summary>
internal sealed class RulesetCompiler
{
    /// <summary>What decides where no rule does, in audit lines; no rule may have this name.</summary>
    public const string DefaultRule = "default";

    /// <summary>Most rules asked one after another; where more apply together their names are joined in one table.</summary>
    private const int MostTables = 4;

    private const int MaxCached = 65_536;
    private readonly PolicyModel _policy;
    private readonly string[] _names;
    private readonly NameTable?[] _tools;
    private readonly NameTable?[] _models;
    private readonly ConcurrentDictionary<RuleList, CompiledRuleset> _rulesets = new();
    private readonly ConcurrentDictionary<RuleList, DetectionTable> _detection = new();
    private readonly ConcurrentDictionary<string, ScanPlan> _plans = new(StringComparer.Ordinal);

    /// <summary>Compiles every rule's own tables.</summary>
    public RulesetCompiler(PolicyModel policy)
    {
        _policy = policy;
        _names = [.. policy.Rules.Select(r => r.Name)];
        _tools = new NameTable?[_names.Length];
        _models = new NameTable?[_names.Length];
        for (int i = 0; i < _names.Length; i++)
        {
            _tools[i] = TableOf([i], r => r.Tools);
            _models[i] = TableOf([i], r => r.Models);
        }
    }

    /// <summary>The ruleset of rules that apply together; the same one for the same rules.</summary>
    public CompiledRuleset Of(RuleList list)
    {
        if (_rulesets.TryGetValue(list, out CompiledRuleset? known))
            return known;
        if (_rulesets.Count >= MaxCached)
            _rulesets.Clear();
        return _rulesets.GetOrAdd(list, Compile(list.Rules));
    }

    private CompiledRuleset Compile(int[] rules)
    {
        DeclaredToolAction onDeclared = rules.Select(r => _policy.Rules[r].OnDeclared).FirstOrDefault(a => a is not null) ?? DeclaredToolAction.Remove;
        var speaking = new RuleList([.. rules.Where(r => _policy.Rules[r].Inspection.Detectors.Count > 0)]);
        if (_detection.Count >= MaxCached)
            _detection.Clear();
        DetectionTable detection = _detection.GetOrAdd(speaking, list => new DetectionTable(_policy, list.Rules, Share));
        return new CompiledRuleset(_names, rules.Length == 0 ? -1 : rules[0], Tables(rules, _tools, r => r.Tools), Tables(rules, _models, r => r.Models),
            onDeclared, detection, CasesOf(rules));
    }

    private NameTable[] Tables(int[] rules, NameTable?[] own, Func<RuleModel, NameLists?> lists)
    {
        int[] speaking = [.. rules.Where(r => own[r] is not null)];
        return speaking.Length <= MostTables ? [.. speaking.Select(r => own[r]!)] : [TableOf(speaking, lists)!];
    }

    private NameTable? TableOf(ReadOnlySpan<int> rules, Func<RuleModel, NameLists?> lists)
    {
        NameTable? table = null;
        foreach (int rule in rules)
        {
            if (lists(_policy.Rules[rule]) is not { } names)
                continue;
            table ??= new NameTable();
            foreach (Listed name in names.Allow)
            {
                if (!_policy.LookAlikes.ContainsKey(name))
                    table.Allow(name.Pattern, rule);
            }
            foreach (Listed name in names.Deny)
                table.Deny(name.Pattern, rule);
        }
        return table;
    }

    /// <summary>The first rule that speaks of a case decides, then the policy's defaults, then refusal.</summary>
    private CaseAction[] CasesOf(int[] rules)
    {
        var cases = new CaseAction[Enum.GetValues<UninspectableCase>().Length];
        foreach (CaseSetting setting in _policy.Defaults.Cases)
            cases[(int)setting.Case] = setting.Action;
        for (int i = rules.Length - 1; i >= 0; i--)
        {
            foreach (CaseSetting setting in _policy.Rules[rules[i]].Inspection.Cases)
                cases[(int)setting.Case] = setting.Action;
        }
        return cases;
    }

    private ScanPlan Share(List<KeyValuePair<FindingKind, float>> wanted)
    {
        if (wanted.Count == 0)
            return ScanPlan.Nothing;
        var key = new StringBuilder();
        foreach ((FindingKind kind, float threshold) in wanted)
            key.Append(CultureInfo.InvariantCulture, $"{kind.Id}:{threshold:R};");
        return _plans.GetOrAdd(key.ToString(), _ => new ScanPlan(wanted));
    }
}
