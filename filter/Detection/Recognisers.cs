namespace EnvoyExtAuthz.Detection;

/// <summary>Finds secrets and personal data by prefix, structure, checksum and context.</summary>
public static class Recognisers
{
    /// <summary>Settled bytes that must stay before an unsettled rest for it to be judged as in the whole text.</summary>
    public const int ContextBytes = 64;

    /// <summary>Finds everything a plan wants, in one pass.</summary>
    /// <param name="text">Decoded UTF-8.</param>
    /// <param name="plan">What to look for.</param>
    /// <param name="into">Gets the findings, in order of where they start, none overlapping.</param>
    public static void Find(ReadOnlySpan<byte> text, ScanPlan plan, List<Finding> into)
    {
    }

    /// <summary>How much of a growing text is settled; see <see cref="Scanner.Settled"/>.</summary>
    public static int Settled(ReadOnlySpan<byte> text, ScanPlan plan) => text.Length;
}
