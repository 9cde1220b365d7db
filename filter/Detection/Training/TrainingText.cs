using EnvoyExtAuthz.Detection.Evaluation;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>A text to learn from, with its features once they were needed.</summary>
/// <param name="row">The text and what is known about it.</param>
internal sealed class TrainingText(LabelledText row)
{
    /// <summary>Longest stretch of a text that is learnt from, in features: some 8 KiB of English.</summary>
    public const int LongestFeatures = 128 * NgramFeaturiser.ChunkLength;

    private int[]? _features;

    /// <summary>The text.</summary>
    public byte[] Bytes => row.Text;

    /// <summary>Its label.</summary>
    public bool IsAttack => row.IsAttack;

    /// <summary>Its language, or empty.</summary>
    public string Language => row.Language;

    /// <summary>Its pair, or empty.</summary>
    public string Pair => row.Pair;

    /// <summary>A bare order: an attack where a stranger's text holds it, an ordinary request from a person.</summary>
    public bool IsPayload => row.Kind == "payload";

    /// <summary>Text of strangers.</summary>
    public bool IsStrangers => row.Kind is "document" or "tool_result" or "tool_description" or "template";

    /// <summary>Text that other text can be hidden in.</summary>
    public bool IsCarrier => !row.IsAttack && IsStrangers && row.Text.Length >= 120;

    /// <summary>A request that a person makes.</summary>
    public bool IsRequest => row.Kind is "user" or "";

    /// <summary>Its features, without padding.</summary>
    public ReadOnlySpan<int> Features => _features ??= Featurise(row.Text);

    /// <summary>A text's features, without padding, cut at <see cref="LongestFeatures"/>.</summary>
    public static int[] Featurise(ReadOnlySpan<byte> text)
    {
        using var folded = new FoldedText(text);
        var features = new List<int>(256);
        Span<int> chunk = stackalloc int[NgramFeaturiser.ChunkLength];
        var featuriser = new NgramFeaturiser(folded.Bytes);
        while (features.Count < LongestFeatures && featuriser.Next(chunk) is > 0 and int count)
            features.AddRange(chunk[..count]);
        return [.. features];
    }
}
