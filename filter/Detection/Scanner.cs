using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection;

/// <summary>Looks for everything a plan wants in one text. Thread-safe.</summary>
/// <param name="classifier">Scores texts for injection.</param>
public sealed class Scanner(ITextClassifier classifier)
{
    /// <summary>Scans a text.</summary>
    /// <param name="text">Decoded UTF-8.</param>
    /// <param name="role">Who put it there.</param>
    /// <param name="plan">What to look for.</param>
    /// <param name="into">Gets the findings, in order of where they start, none overlapping within a family.</param>
    public ScanOutcome Scan(ReadOnlySpan<byte> text, TextRole role, ScanPlan plan, List<Finding> into)
    {
        if (text.IsEmpty || plan.IsEmpty)
            return ScanOutcome.Complete;
        if (plan.HasRecognisers)
            Recognisers.Find(text, plan, into);
        return Classify(text, role, plan, into);
    }

    /// <summary>Scores a text with the classifiers a plan wants, and nothing else.</summary>
    /// <param name="text">Decoded UTF-8, whole.</param>
    /// <param name="role">Who put it there.</param>
    /// <param name="plan">What to look for.</param>
    /// <param name="into">Gets a finding over the whole text for each score at or over its threshold.</param>
    public ScanOutcome Classify(ReadOnlySpan<byte> text, TextRole role, ScanPlan plan, List<Finding> into)
    {
        if (text.IsEmpty || !plan.HasClassifiers)
            return ScanOutcome.Complete;
        ScanOutcome outcome = classifier.Score(text, role, out float score);
        if (outcome == ScanOutcome.Complete && score >= plan.Threshold(FindingKinds.Injection.Id))
            into.Add(new Finding(FindingKinds.Injection.Id, 0, text.Length, score));
        return outcome;
    }

    /// <summary>
    /// How much of a growing text is settled: whatever is appended, no recogniser will report anything that starts before.
    /// </summary>
    /// <param name="text">The text so far; may begin in the middle, at a place that was settled before.</param>
    /// <param name="plan">What is looked for.</param>
    /// <returns>Bytes, 0 to the text's length, at a character's boundary.</returns>
    public static int Settled(ReadOnlySpan<byte> text, ScanPlan plan) => plan.HasRecognisers ? Recognisers.Settled(text, plan) : text.Length;
}
