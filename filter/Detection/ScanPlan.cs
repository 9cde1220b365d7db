using EnvoyExtAuthz.Detection.Recognition;

namespace EnvoyExtAuthz.Detection;

/// <summary>Which kinds to look for and from which score on to report them. Immutable; made once a policy, not a request.</summary>
public sealed class ScanPlan
{
    /// <summary>A plan that looks for nothing.</summary>
    public static ScanPlan Nothing { get; } = new([]);

    private readonly float[] _thresholds;

    /// <summary>Makes a plan.</summary>
    /// <param name="kinds">Kinds looked for, each with the lowest score that is a finding, 0 to 1.</param>
    public ScanPlan(IEnumerable<KeyValuePair<FindingKind, float>> kinds)
    {
        _thresholds = new float[FindingKinds.All.Count];
        Array.Fill(_thresholds, float.PositiveInfinity);
        foreach ((FindingKind kind, float threshold) in kinds)
        {
            _thresholds[kind.Id] = threshold;
            HasClassifiers |= kind.Family == DetectorFamily.Injection;
            HasRecognisers |= kind.Family != DetectorFamily.Injection;
        }
        Anchors = HasRecognisers ? [.. RecogniserSet.Owners.Select(owner => owner.Kinds.Any(kind => Wants(kind.Id)))] : [];
    }

    /// <summary>By anchor of <see cref="RecogniserSet"/>: whether it may lead to a kind that is looked for.</summary>
    internal bool[] Anchors { get; }

    /// <summary>Some kind needs a classifier's score of the whole text.</summary>
    public bool HasClassifiers { get; }

    /// <summary>Some kind is recognised by its form.</summary>
    public bool HasRecognisers { get; }

    /// <summary>Nothing is looked for.</summary>
    public bool IsEmpty => !HasClassifiers && !HasRecognisers;

    /// <summary>Lowest score that is a finding of a kind; infinite for a kind that is not looked for.</summary>
    public float Threshold(int kind) => _thresholds[kind];

    /// <summary>Whether a kind is looked for.</summary>
    public bool Wants(int kind) => float.IsFinite(_thresholds[kind]);
}

/// <summary>How a scan ended.</summary>
public enum ScanOutcome : byte
{
    /// <summary>Everything was looked at.</summary>
    Complete,

    /// <summary>A detector failed; the text counts as not inspected.</summary>
    Failed,

    /// <summary>The budget ran out before the end; the text counts as not inspected.</summary>
    BudgetSpent,
}
