using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection;

/// <summary>A model that scores a whole text. Implementations are thread-safe.</summary>
public interface ITextClassifier
{
    /// <summary>Scores one text.</summary>
    /// <param name="text">Decoded UTF-8 of any length.</param>
    /// <param name="role">Who put it there.</param>
    /// <param name="score">0 (ordinary) to 1 (an injection).</param>
    /// <returns>How it ended; the score counts only after <see cref="ScanOutcome.Complete"/>.</returns>
    ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score);
}
