namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>What a window is.</summary>
internal static class NgramWindow
{
    /// <summary>A window counts as having at least so many features, or one word would decide with full weight.</summary>
    public const int LeastFeatures = 24;

    /// <summary>What a window's sum is multiplied by: one over the root of its features, so that length alone says little.</summary>
    public static float Scale(int features) => 1 / MathF.Sqrt(Math.Max(features, LeastFeatures));

    /// <summary>Windows of so many chunks.</summary>
    public static int Count(int chunks) => Math.Max(1, chunks - 1);
}
