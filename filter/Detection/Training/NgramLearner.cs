using System.Numerics.Tensors;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>
/// Teaches a network one text at a time. An attack pulls up its highest windows, ordinary text pushes down its highest ones.
/// Rows learn by Adagrad with one rate a row, so that rare features move as far as common ones; the head by plain steps.
/// </summary>
/// <param name="network">What learns.</param>
/// <param name="random">Decides which features are left out.</param>
internal sealed class NgramLearner(NgramNetwork network, Random random)
{
    /// <summary>A row's largest number: what a signed byte holds at the export's step.</summary>
    public const float RowLimit = 3f;

    private const int Width = NgramNetwork.Width;
    private const int Hidden = NgramNetwork.Hidden;
    private const int Pushed = 3;

    private readonly float[] _pace = new float[NgramFeaturiser.Buckets];
    private float[] _sums = new float[64 * Width];
    private float[] _logits = new float[64];
    private int[] _kept = new int[64 * NgramFeaturiser.ChunkLength];
    private int[] _counts = new int[64];
    private readonly float[] _paceInward = new float[Width * Hidden];
    private readonly float[] _paceBias = new float[TextOrigins.Count * Hidden];
    private readonly float[] _paceOutward = new float[Hidden];
    private float _paceOut;

    /// <summary>Share of features left out of each text, 0 to 1.</summary>
    public float LeftOut { get; init; } = 0.25f;

    /// <summary>Learns from one text.</summary>
    /// <param name="features">Its features without padding.</param>
    /// <param name="origin">Its origin.</param>
    /// <param name="target">What the score should be, 0 to 1; under 0.5 is ordinary.</param>
    /// <param name="weight">How much it counts.</param>
    /// <param name="rate">How far to go.</param>
    /// <returns>The loss before learning, in nats.</returns>
    public float Learn(ReadOnlySpan<int> features, TextOrigin origin, float target, float weight, float rate)
    {
        int chunks = Keep(features);
        int windows = NgramWindow.Count(chunks);
        Span<float> sum = stackalloc float[Width];
        Span<float> hidden = stackalloc float[Hidden];
        for (int w = 0; w < windows; w++)
        {
            Both(w, chunks, sum);
            _logits[w] = network.Window(sum, Features(w, chunks), origin, hidden);
        }
        float loss = 0;
        int steps = Math.Min(target < 0.5f ? Pushed : 1, windows);
        for (int step = 0; step < steps; step++)
        {
            int w = TensorPrimitives.IndexOfMax(_logits.AsSpan(0, windows));
            float score = NgramNetwork.Score(_logits[w]);
            float error = (score - target) * weight;
            if (step == 0)
                loss = -((target * MathF.Log(score + 1e-7f)) + ((1 - target) * MathF.Log(1 - score + 1e-7f)));
            _logits[w] = float.NegativeInfinity;
            if (MathF.Abs(error) < 1e-3f)
                break;
            Both(w, chunks, sum);
            Step(w, chunks, sum, origin, error, rate);
        }
        return loss;
    }

    private int Keep(ReadOnlySpan<int> features)
    {
        int chunks = Math.Max(1, (features.Length + NgramFeaturiser.ChunkLength - 1) / NgramFeaturiser.ChunkLength);
        if (_counts.Length < chunks)
        {
            _sums = new float[chunks * Width];
            _logits = new float[chunks];
            _counts = new int[chunks];
            _kept = new int[chunks * NgramFeaturiser.ChunkLength];
        }
        for (int c = 0; c < chunks; c++)
        {
            int start = c * NgramFeaturiser.ChunkLength;
            Span<float> sum = _sums.AsSpan(c * Width, Width);
            sum.Clear();
            int count = 0;
            foreach (int feature in features[start..Math.Min(features.Length, start + NgramFeaturiser.ChunkLength)])
            {
                if (random.NextSingle() < LeftOut)
                    continue;
                _kept[start + count++] = feature;
                network.AddRow(feature, sum);
            }
            _counts[c] = count;
        }
        return chunks;
    }

    private void Both(int window, int chunks, Span<float> sum)
    {
        _sums.AsSpan(window * Width, Width).CopyTo(sum);
        if (chunks > 1)
            TensorPrimitives.Add(sum, _sums.AsSpan((window + 1) * Width, Width), sum);
    }

    private int Features(int window, int chunks) => _counts[window] + (chunks > 1 ? _counts[window + 1] : 0);

    private void Step(int window, int chunks, ReadOnlySpan<float> sum, TextOrigin origin, float error, float rate)
    {
        Span<float> hidden = stackalloc float[Hidden];
        Span<float> inner = stackalloc float[Hidden];
        Span<float> row = stackalloc float[Width];
        int features = Features(window, chunks);
        network.Window(sum, features, origin, hidden);
        float scale = NgramWindow.Scale(features);
        for (int h = 0; h < Hidden; h++)
            inner[h] = hidden[h] > 0 ? error * network.Outward[h] : 0;
        for (int i = 0; i < Width; i++)
            row[i] = TensorPrimitives.Dot(inner, network.Inward.AsSpan(i * Hidden, Hidden)) * scale;
        float headRate = rate * 0.2f;
        for (int h = 0; h < Hidden; h++)
            Adapt(ref network.Outward[h], ref _paceOutward[h], error * hidden[h], headRate);
        for (int i = 0; i < Width; i++)
        {
            for (int h = 0; h < Hidden; h++)
                Adapt(ref network.Inward[(i * Hidden) + h], ref _paceInward[(i * Hidden) + h], inner[h] * sum[i] * scale, headRate);
        }
        for (int h = 0; h < Hidden; h++)
            Adapt(ref network.OriginBias[((int)origin * Hidden) + h], ref _paceBias[((int)origin * Hidden) + h], inner[h], headRate);
        float bias = network.Bias;
        Adapt(ref bias, ref _paceOut, error, headRate);
        network.Bias = bias;
        Rows(window, row, rate);
        if (chunks > 1)
            Rows(window + 1, row, rate);
    }

    private void Rows(int chunk, ReadOnlySpan<float> gradient, float rate)
    {
        float square = TensorPrimitives.SumOfSquares(gradient) / Width;
        int start = chunk * NgramFeaturiser.ChunkLength;
        foreach (int feature in _kept.AsSpan(start, _counts[chunk]))
        {
            float pace = _pace[feature] += square;
            float step = rate / MathF.Sqrt(pace + 1e-8f);
            Span<float> row = network.Table.AsSpan(feature * Width, Width);
            TensorPrimitives.MultiplyAdd(gradient, -step, row, row);
            TensorPrimitives.Min(row, RowLimit, row);
            TensorPrimitives.Max(row, -RowLimit, row);
        }
    }

    private static void Adapt(ref float weight, ref float pace, float gradient, float rate)
    {
        pace += gradient * gradient;
        weight -= rate * gradient / MathF.Sqrt(pace + 1e-6f);
    }
}
