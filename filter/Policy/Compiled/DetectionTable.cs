using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>
/// What some rules and the defaults say together of detectors, as tables by direction and role. Settings are asked in this
/// order: the matching rules as they stand in the file, the policy's defaults, the built-in defaults; within one of these a
/// setting for the kind before one for its family. A setting for other roles or directions is no answer: the next one decides.
/// </summary>
internal sealed class DetectionTable
{
    private static readonly TextRole[] Roles = Enum.GetValues<TextRole>();
    private static readonly Direction[] Directions = Enum.GetValues<Direction>();
    private readonly Row[] _rows = new Row[Directions.Length * Roles.Length];

    /// <summary>Compiles rules that apply together.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="rules">Indices of rules that say something of detectors, ascending.</param>
    /// <param name="share">Gives an equal plan made before, so that most tables share few.</param>
    public DetectionTable(PolicyModel policy, IReadOnlyList<int> rules, Func<List<KeyValuePair<FindingKind, float>>, ScanPlan> share)
    {
        foreach (Direction direction in Directions)
        {
            foreach (TextRole role in Roles)
            {
                var actions = new (FindingAction Action, int Rule)[FindingKinds.All.Count];
                var wanted = new List<KeyValuePair<FindingKind, float>>();
                foreach (FindingKind kind in FindingKinds.All)
                {
                    (FindingAction action, float threshold, int rule) = Settle(policy, rules, kind, direction, role);
                    actions[kind.Id] = (action, rule);
                    if (action != FindingAction.Ignore)
                        wanted.Add(new(kind, threshold));
                }
                Keep(new Row(share(wanted), actions), direction, role);
            }
        }
    }

    /// <summary>What to look for.</summary>
    public ScanPlan Plan(Direction direction, TextRole role) => _rows[Index(direction, role)].Plan;

    /// <summary>What to do about a finding, and the index of the rule that says so; -1 for the defaults.</summary>
    public (FindingAction Action, int Rule) Judge(in Finding finding, Direction direction, TextRole role)
    {
        Row row = _rows[Index(direction, role)];
        (FindingAction action, int rule) = row.Actions[finding.Kind];
        return finding.Score < row.Plan.Threshold(finding.Kind) ? (FindingAction.Ignore, rule) : (action, rule);
    }

    /// <summary>Most roles are treated alike: they share a row.</summary>
    private void Keep(Row row, Direction direction, TextRole role)
    {
        Row? alike = Array.Find(_rows, r => r is not null && ReferenceEquals(r.Plan, row.Plan) && r.Actions.AsSpan().SequenceEqual(row.Actions));
        _rows[Index(direction, role)] = alike ?? row;
    }

    private static int Index(Direction direction, TextRole role) => ((int)direction * Roles.Length) + (int)role;

    private static (FindingAction, float, int) Settle(PolicyModel policy, IReadOnlyList<int> rules, FindingKind kind, Direction direction, TextRole role)
    {
        foreach (int rule in rules)
        {
            if (First(policy.Rules[rule].Inspection.Detectors, kind, direction, role) is { } said)
                return (said.Action, said.Threshold ?? DetectorDefaults.Threshold(kind), rule);
        }
        return First(policy.Defaults.Detectors, kind, direction, role) is { } setting
            ? (setting.Action, setting.Threshold ?? DetectorDefaults.Threshold(kind), -1)
            : (DetectorDefaults.Action(kind, role), DetectorDefaults.Threshold(kind), -1);
    }

    private static DetectorSetting? First(IReadOnlyList<DetectorSetting> settings, FindingKind kind, Direction direction, TextRole role)
    {
        DetectorSetting? ofFamily = null;
        foreach (DetectorSetting setting in settings)
        {
            if (setting.Family != kind.Family || setting.Directions?.Contains(direction) == false)
                continue;
            if (!(setting.Roles?.Contains(role) ?? DetectorDefaults.AppliesTo(kind.Family, role)))
                continue;
            if (setting.Kind == kind)
                return setting;
            if (setting.Kind is null)
                ofFamily ??= setting;
        }
        return ofFamily;
    }

    /// <summary>What holds for texts of some roles going one way.</summary>
    /// <param name="Plan">What to look for.</param>
    /// <param name="Actions">By kind: what to do, and the index of the rule that says so.</param>
    private sealed record Row(ScanPlan Plan, (FindingAction Action, int Rule)[] Actions);
}
