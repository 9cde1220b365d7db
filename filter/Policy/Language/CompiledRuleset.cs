using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>What a set of rules says, as tables: every question is a look-up.</summary>
internal sealed class CompiledRuleset : Ruleset
{
    private static readonly int Roles = Enum.GetValues<TextRole>().Length;
    private readonly string[] _ruleNames;
    private readonly NameMatcher _allowTools = new();
    private readonly NameMatcher _denyTools = new();
    private readonly NameMatcher? _allowModels;
    private readonly NameMatcher _denyModels = new();
    private readonly ScanPlan[] _plans;
    private readonly (FindingAction Action, int Rule)[] _actions;
    private readonly CaseAction[] _cases;

    /// <summary>Compiles rules that apply together.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="rules">Indices of the rules, in the policy's order.</param>
    public CompiledRuleset(PolicyModel policy, IReadOnlyList<int> rules)
    {
        // The last name stands for the policy's own defaults.
        _ruleNames = [.. rules.Select(r => policy.Rules[r].Name), "default"];
        int none = rules.Count;
        for (int i = 0; i < rules.Count; i++)
        {
            RuleModel rule = policy.Rules[rules[i]];
            foreach (string name in rule.Tools?.Allow ?? [])
                _allowTools.Add(name, i);
            foreach (string name in rule.Tools?.Deny ?? [])
                _denyTools.Add(name, i);
            if (rule.Models is not null)
                _allowModels ??= new NameMatcher();
            foreach (string name in rule.Models?.Allow ?? [])
                _allowModels!.Add(name, i);
            foreach (string name in rule.Models?.Deny ?? [])
                _denyModels.Add(name, i);
        }
        OnDeclaredTool = rules.Select(r => policy.Rules[r].OnDeclared).FirstOrDefault(a => a is not null) ?? DeclaredToolAction.Remove;
        (_plans, _actions) = CompileDetectors(policy, rules, none);
        _cases = CompileCases(policy, rules);
        Admitted = rules.Count > 0;
    }

    /// <inheritdoc/>
    public override bool Admitted { get; }

    /// <inheritdoc/>
    public override string Rule => _ruleNames[0];

    /// <inheritdoc/>
    public override DeclaredToolAction OnDeclaredTool { get; }

    /// <inheritdoc/>
    /// <remarks>Always: a model's answer can call tools, a server's answer lists them, and the default refuses both.</remarks>
    public override bool NeedsResponse => true;

    /// <inheritdoc/>
    public override ToolVerdict JudgeTool(ReadOnlySpan<byte> name) => Judge(name, _allowTools, _denyTools);

    /// <inheritdoc/>
    public override ToolVerdict JudgeModel(ReadOnlySpan<byte> model)
    {
        if (_allowModels is not null)
            return Judge(model, _allowModels, _denyModels);
        int denied = _denyModels.Find(model);
        return denied < 0 ? new ToolVerdict(true, Rule) : new ToolVerdict(false, _ruleNames[denied]);
    }

    /// <inheritdoc/>
    public override ScanPlan Plan(Direction direction, TextRole role) => _plans[((int)direction * Roles) + (int)role];

    /// <inheritdoc/>
    public override FindingVerdict JudgeFinding(in Finding finding, Direction direction, TextRole role)
    {
        (FindingAction action, int rule) = _actions[Index(finding.Kind, direction, role)];
        return new FindingVerdict(action, _ruleNames[rule]);
    }

    /// <inheritdoc/>
    public override CaseAction On(UninspectableCase what) => _cases[(int)what];

    private ToolVerdict Judge(ReadOnlySpan<byte> name, NameMatcher allow, NameMatcher deny)
    {
        int denied = deny.Find(name);
        if (denied >= 0)
            return new ToolVerdict(false, _ruleNames[denied]);
        int allowed = allow.Find(name);
        return allowed >= 0 ? new ToolVerdict(true, _ruleNames[allowed]) : new ToolVerdict(false, _ruleNames[^1]);
    }

    private static int Index(int kind, Direction direction, TextRole role) => (((kind * 2) + (int)direction) * Roles) + (int)role;

    private static (ScanPlan[], (FindingAction, int)[]) CompileDetectors(PolicyModel policy, IReadOnlyList<int> rules, int none)
    {
        var actions = new (FindingAction Action, int Rule)[FindingKinds.All.Count * 2 * Roles];
        var plans = new ScanPlan[2 * Roles];
        var cache = new Dictionary<string, ScanPlan>(StringComparer.Ordinal);
        foreach (Direction direction in Enum.GetValues<Direction>())
        {
            foreach (TextRole role in Enum.GetValues<TextRole>())
            {
                var wanted = new List<KeyValuePair<FindingKind, float>>();
                foreach (FindingKind kind in FindingKinds.All)
                {
                    (FindingAction action, float threshold, int rule) = Settle(policy, rules, none, kind, direction, role);
                    actions[Index(kind.Id, direction, role)] = (action, rule);
                    if (action != FindingAction.Ignore)
                        wanted.Add(new(kind, threshold));
                }
                // Most roles want the same: share the plans.
                string key = string.Join(",", wanted.Select(w => $"{w.Key.Id}:{w.Value:R}"));
                if (!cache.TryGetValue(key, out ScanPlan? plan))
                    cache[key] = plan = wanted.Count == 0 ? ScanPlan.Nothing : new ScanPlan(wanted);
                plans[((int)direction * Roles) + (int)role] = plan;
            }
        }
        return (plans, actions);
    }

    /// <summary>
    /// The first rule that mentions the kind, else the first that mentions its family, else the policy's defaults in the
    /// same order, else the built-in default. A setting for other roles or directions than these is no mention.
    /// </summary>
    private static (FindingAction, float, int) Settle(PolicyModel policy, IReadOnlyList<int> rules, int none, FindingKind kind, Direction direction, TextRole role)
    {
        for (int i = 0; i <= rules.Count; i++)
        {
            IReadOnlyList<DetectorSetting> settings = i < rules.Count ? policy.Rules[rules[i]].Detectors : policy.DefaultDetectors;
            DetectorSetting? setting = First(settings, s => s.Kind == kind, kind, direction, role) ?? First(settings, s => s.Family == kind.Family, kind, direction, role);
            if (setting is not null)
                return (setting.Action, setting.Threshold ?? DetectorDefaults.Threshold(kind), i < rules.Count ? i : none);
        }
        return (DetectorDefaults.Action(kind, direction, role), DetectorDefaults.Threshold(kind), none);
    }

    private static DetectorSetting? First(IReadOnlyList<DetectorSetting> settings, Func<DetectorSetting, bool> mentions, FindingKind kind, Direction direction, TextRole role)
    {
        foreach (DetectorSetting setting in settings)
        {
            if (!mentions(setting) || setting.Directions?.Contains(direction) == false)
                continue;
            if (setting.Roles is null ? DetectorDefaults.AppliesTo(kind, role) : setting.Roles.Contains(role))
                return setting;
        }
        return null;
    }

    private static CaseAction[] CompileCases(PolicyModel policy, IReadOnlyList<int> rules)
    {
        var cases = new CaseAction[Enum.GetValues<UninspectableCase>().Length];
        // From the weakest to the strongest, each overwriting; among rules the first wins.
        foreach ((UninspectableCase what, CaseAction action) in policy.DefaultCases)
            cases[(int)what] = action;
        foreach (int rule in rules.Reverse())
        {
            foreach ((UninspectableCase what, CaseAction action) in policy.Rules[rule].Cases)
                cases[(int)what] = action;
        }
        return cases;
    }
}
