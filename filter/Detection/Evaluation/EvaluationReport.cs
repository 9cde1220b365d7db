using System.Text.Json;

namespace EnvoyExtAuthz.Detection.Evaluation;

/// <summary>How a detector did on one group of texts of one label.</summary>
/// <param name="Name">The file's path below the folder without ending, or a language tag.</param>
/// <param name="IsAttack">The label.</param>
/// <param name="Count">Texts.</param>
/// <param name="FlaggedShipped">Share at or over the shipped threshold: recall for attacks, false positives for ordinary text.</param>
/// <param name="FlaggedAtOnePercent">Share at or over the score that 1 % of all ordinary texts of the folder reach; NaN without ordinary text.</param>
/// <param name="Auc">
/// For attacks the chance that one scores over an ordinary text of the folder, for ordinary text the chance that an attack of the
/// folder scores over it; NaN where the other class is missing.
/// </param>
/// <param name="NotInspected">Texts that the detector gave no score for; they count as flagged.</param>
/// <param name="Microseconds">Mean time a text, cold.</param>
public sealed record EvaluationSet(
    string Name, bool IsAttack, int Count, double FlaggedShipped, double FlaggedAtOnePercent, double Auc, int NotInspected, double Microseconds)
{
    /// <summary>The label as data sets write it.</summary>
    public string Label => IsAttack ? "attack" : "benign";
}

/// <summary>How a detector did on a folder.</summary>
/// <param name="Detector">Name and version.</param>
/// <param name="Threshold">The shipped threshold.</param>
/// <param name="ThresholdAtOnePercent">Lowest score that no more than 1 % of the folder's ordinary texts reach; infinite without any.</param>
/// <param name="Sets">One a file and label.</param>
/// <param name="Languages">One a language and label, of rows that name a language.</param>
public sealed record EvaluationReport(
    string Detector, float Threshold, float ThresholdAtOnePercent, IReadOnlyList<EvaluationSet> Sets, IReadOnlyList<EvaluationSet> Languages)
{
    /// <summary>Writes the report as JSON: <c>sets: [{name, label, n, flaggedShipped, recallAtOnePercent, auc, …}]</c>, shares 0 to 1, null where undefined.</summary>
    public void WriteJson(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("detector", Detector);
        Write(writer, "threshold", Threshold);
        Write(writer, "thresholdAtOnePercent", ThresholdAtOnePercent);
        Write(writer, "sets", Sets);
        Write(writer, "languages", Languages);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<EvaluationSet> sets)
    {
        writer.WriteStartArray(name);
        foreach (EvaluationSet set in sets)
        {
            writer.WriteStartObject();
            writer.WriteString("name", set.Name);
            writer.WriteString("label", set.Label);
            writer.WriteNumber("n", set.Count);
            Write(writer, "flaggedShipped", set.FlaggedShipped);
            Write(writer, "recallAtOnePercent", set.FlaggedAtOnePercent);
            Write(writer, "auc", set.Auc);
            writer.WriteNumber("notInspected", set.NotInspected);
            Write(writer, "microseconds", set.Microseconds);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumber(name, Math.Round(value, 5));
        else
            writer.WriteNull(name);
    }
}
