namespace EnvoyExtAuthz.Detection.Training;

/// <summary>How to train the injection model.</summary>
public sealed record TrainingOptions
{
    /// <summary>The data folder: <c>injection/</c>, <c>benign/</c> and <c>authored/</c> are learnt from.</summary>
    public required string Data { get; init; }

    /// <summary>Folder that gets <c>model.onnx</c> and <c>card.json</c>; null to write nothing.</summary>
    public string? Output { get; init; }

    /// <summary>The model's name and version, as metrics and audit lines show it.</summary>
    public string Version { get; init; } = "injection-ngram-1";

    /// <summary>Texts learnt from, one after the other.</summary>
    public int Steps { get; init; } = 400_000;

    /// <summary>Every draw follows from it: the same seed and data give the same file, bit for bit, on the same machine type.</summary>
    public int Seed { get; init; } = 20261125;

    /// <summary>Highest share of ordinary held-back text that the threshold may flag, 0 to 1.</summary>
    public double FalsePositives { get; init; } = 0.005;

    /// <summary>Sources that are neither learnt from nor used for the threshold, to see how the model does on strangers' text.</summary>
    public IReadOnlySet<string> LeaveOutSources { get; init; } = new HashSet<string>();

    /// <summary>Languages that are not learnt from.</summary>
    public IReadOnlySet<string> LeaveOutLanguages { get; init; } = new HashSet<string>();
}

/// <summary>How far training is.</summary>
/// <param name="Step">Texts learnt from.</param>
/// <param name="Steps">Texts to learn from.</param>
/// <param name="Loss">Mean loss since the last report, in nats.</param>
public readonly record struct TrainingProgress(int Step, int Steps, float Loss);

/// <summary>What a training gave.</summary>
/// <param name="Version">The model's name and version.</param>
/// <param name="Sha256">Of the model file, lower-case hexadecimal; empty where nothing was written.</param>
/// <param name="Threshold">The score from which on a text counts as an injection.</param>
/// <param name="OrdinaryFlagged">Share of ordinary held-back text at or over it.</param>
/// <param name="TriggerWordsPass">Share of harmless held-back texts around trigger words under it.</param>
/// <param name="PairsCaught">Share of their hostile twins at or over it.</param>
/// <param name="Sources">Each held-back source: name, label, rows, share at or over the threshold, share at 1 % of ordinary text.</param>
public sealed record TrainingResult(
    string Version, string Sha256, float Threshold, double OrdinaryFlagged, double TriggerWordsPass, double PairsCaught, IReadOnlyList<HeldBackSource> Sources);

/// <summary>How a source that was not learnt from scored.</summary>
/// <param name="Name">The source.</param>
/// <param name="IsAttack">Its label.</param>
/// <param name="Rows">Texts.</param>
/// <param name="Flagged">Share at or over the threshold, 0 to 1.</param>
/// <param name="FlaggedAtOnePercent">Share at or over the score that 1 % of ordinary held-back text reaches.</param>
public sealed record HeldBackSource(string Name, bool IsAttack, int Rows, double Flagged, double FlaggedAtOnePercent);
