using System.Diagnostics;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Evaluation;

/// <summary>Runs a detector over a folder of labelled texts.</summary>
public static class Evaluator
{
    private const double OnePercent = 0.01;

    private readonly record struct Scored(string File, LabelledText Row, float Score, bool Inspected, double Microseconds);

    /// <summary>Scores every row of every <c>*.jsonl</c> below a folder.</summary>
    /// <param name="folder">The folder; see <see cref="LabelledText.ReadFile"/> for a row.</param>
    /// <param name="classifier">The detector, without memory of texts, or times would be those of its memory.</param>
    /// <param name="detector">Its name and version.</param>
    /// <param name="threshold">Its shipped threshold.</param>
    /// <param name="progress">Told the files done and to do; may be null.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or no rows in it.</exception>
    /// <exception cref="InvalidDataException">A row is malformed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationReport Run(
        string folder, ITextClassifier classifier, string detector, float threshold, IProgress<(int Done, int Files)>? progress, CancellationToken cancel)
    {
        string[] paths = Directory.GetFiles(folder, "*.jsonl", SearchOption.AllDirectories);
        Array.Sort(paths, StringComparer.Ordinal);
        var scored = new List<Scored>();
        for (int i = 0; i < paths.Length; i++)
        {
            string name = Path.ChangeExtension(Path.GetRelativePath(folder, paths[i]), null).Replace('\\', '/');
            foreach (LabelledText row in LabelledText.ReadFile(paths[i]))
            {
                cancel.ThrowIfCancellationRequested();
                scored.Add(Score(name, row, classifier));
            }
            progress?.Report((i + 1, paths.Length));
        }
        if (scored.Count == 0)
            throw new DirectoryNotFoundException($"{folder} has no *.jsonl file with rows.");
        return Report(scored, detector, threshold);
    }

    /// <summary>The role a row's <c>kind</c> stands for; a person's where it names none.</summary>
    public static TextRole Role(string kind) => kind switch
    {
        "document" => TextRole.Document,
        "tool_result" => TextRole.ToolResult,
        "tool_description" => TextRole.ToolDescription,
        "system" => TextRole.System,
        "assistant" => TextRole.Assistant,
        _ => TextRole.User,
    };

    private static Scored Score(string file, LabelledText row, ITextClassifier classifier)
    {
        long start = Stopwatch.GetTimestamp();
        ScanOutcome outcome = classifier.Score(row.Text, Role(row.Kind), out float score);
        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        bool inspected = outcome == ScanOutcome.Complete;
        return new Scored(file, row, inspected ? score : 1, inspected, microseconds);
    }

    private static EvaluationReport Report(List<Scored> scored, string detector, float threshold)
    {
        float[] ordinary = [.. scored.Where(s => !s.Row.IsAttack).Select(s => s.Score)];
        float[] attacks = [.. scored.Where(s => s.Row.IsAttack).Select(s => s.Score)];
        float atOnePercent = ordinary.Length == 0 ? float.NaN : Ranking.Threshold(ordinary, OnePercent);

        EvaluationSet Set(IGrouping<(string Name, bool IsAttack), Scored> group)
        {
            float[] scores = [.. group.Select(s => s.Score)];
            return new EvaluationSet(
                group.Key.Name, group.Key.IsAttack, scores.Length, Ranking.Share(scores, threshold),
                float.IsNaN(atOnePercent) ? double.NaN : Ranking.Share(scores, atOnePercent),
                group.Key.IsAttack ? Ranking.Auc(scores, ordinary) : Ranking.Auc(attacks, scores),
                group.Count(s => !s.Inspected), group.Average(s => s.Microseconds));
        }

        return new EvaluationReport(
            detector, threshold, atOnePercent,
            [.. scored.GroupBy(s => (s.File, s.Row.IsAttack)).Select(Set).OrderBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Label, StringComparer.Ordinal)],
            [.. scored.Where(s => s.Row.Language.Length > 0).GroupBy(s => (s.Row.Language, s.Row.IsAttack)).Select(Set).OrderBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Label, StringComparer.Ordinal)]);
    }
}
