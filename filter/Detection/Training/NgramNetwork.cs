using System.Numerics.Tensors;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>
/// The network in managed code: rows of a table summed over a window of two chunks, divided by the root of their number, one
/// hidden layer whose bias depends on the text's origin, one output; a text's logit is its highest window's. What the
/// trainer learns and what the shipped ONNX graph is checked against.
/// </summary>
internal sealed class NgramNetwork
{
    /// <summary>Numbers a feature has.</summary>
    public const int Width = 8;

    /// <summary>Hidden units.</summary>
    public const int Hidden = 32;

    /// <summary>Feature rows, <see cref="NgramFeaturiser.Buckets"/> × <see cref="Width"/>; row 0 is zero.</summary>
    public float[] Table { get; } = new float[NgramFeaturiser.Buckets * Width];

    /// <summary>Window to hidden, <see cref="Width"/> × <see cref="Hidden"/>, by input.</summary>
    public float[] Inward { get; } = new float[Width * Hidden];

    /// <summary>Bias of the hidden units, one row an origin.</summary>
    public float[] OriginBias { get; } = new float[TextOrigins.Count * Hidden];

    /// <summary>Hidden to logit.</summary>
    public float[] Outward { get; } = new float[Hidden];

    /// <summary>Bias of the logit.</summary>
    public float Bias { get; set; }

    /// <summary>A network that knows nothing yet.</summary>
    /// <param name="random">Where its first weights come from.</param>
    public NgramNetwork(Random random)
    {
        Fill(Inward, random, MathF.Sqrt(2f / Width));
        Fill(Outward, random, MathF.Sqrt(2f / Hidden));
        // Rows begin at zero, so the hidden units must begin open or nothing would ever reach the rows.
        Array.Fill(OriginBias, 0.3f);
        Bias = -1;
    }

    /// <summary>The logit of one window.</summary>
    /// <param name="sum">The sum of its rows.</param>
    /// <param name="features">Its number of features.</param>
    /// <param name="origin">The text's origin.</param>
    /// <param name="hidden">Gets the hidden units' values, <see cref="Hidden"/> long.</param>
    public float Window(ReadOnlySpan<float> sum, int features, TextOrigin origin, Span<float> hidden)
    {
        OriginBias.AsSpan((int)origin * Hidden, Hidden).CopyTo(hidden);
        float scale = NgramWindow.Scale(features);
        for (int i = 0; i < Width; i++)
            TensorPrimitives.MultiplyAdd(Inward.AsSpan(i * Hidden, Hidden), sum[i] * scale, hidden, hidden);
        TensorPrimitives.Max(hidden, 0f, hidden);
        return TensorPrimitives.Dot(hidden, Outward) + Bias;
    }

    /// <summary>Adds a feature's row to a sum.</summary>
    public void AddRow(int feature, Span<float> sum) => TensorPrimitives.Add(sum, Table.AsSpan(feature * Width, Width), sum);

    /// <summary>The logit of a whole text.</summary>
    /// <param name="features">Its features, as <see cref="NgramFeaturiser"/> gives them, without padding.</param>
    /// <param name="origin">Its origin.</param>
    public float Text(ReadOnlySpan<int> features, TextOrigin origin)
    {
        Span<float> before = stackalloc float[Width];
        Span<float> now = stackalloc float[Width];
        Span<float> both = stackalloc float[Width];
        Span<float> hidden = stackalloc float[Hidden];
        before.Clear();
        float best = float.NegativeInfinity;
        int countBefore = 0;
        for (int start = 0; start < features.Length || start == 0; start += NgramFeaturiser.ChunkLength)
        {
            ReadOnlySpan<int> chunk = features[start..Math.Min(features.Length, start + NgramFeaturiser.ChunkLength)];
            now.Clear();
            foreach (int feature in chunk)
                AddRow(feature, now);
            bool whole = start > 0 || features.Length <= NgramFeaturiser.ChunkLength;
            if (whole)
            {
                TensorPrimitives.Add(before, now, both);
                best = Math.Max(best, Window(both, countBefore + chunk.Length, origin, hidden));
            }
            now.CopyTo(before);
            countBefore = chunk.Length;
        }
        return best;
    }

    /// <summary>A logit as a score, 0 to 1.</summary>
    public static float Score(float logit) => 1 / (1 + MathF.Exp(-logit));

    private static void Fill(float[] weights, Random random, float spread)
    {
        for (int i = 0; i < weights.Length; i++)
            weights[i] = ((random.NextSingle() * 2) - 1) * spread;
    }
}
