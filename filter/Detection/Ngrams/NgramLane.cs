using Microsoft.ML.OnnxRuntime;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>
/// Buffers of one run at a time, bound to the session once a size, so that a run allocates nothing. Sizes are powers of two:
/// what a text leaves free is filled with its last two chunks in turn, which repeats its last window and changes no maximum.
/// </summary>
internal sealed class NgramLane : IDisposable
{
    /// <summary>Chunks in the largest run.</summary>
    public const int LongestRun = 32;

    private const int ChunkLength = NgramFeaturiser.ChunkLength;

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly int[] _features = GC.AllocateArray<int>(LongestRun * ChunkLength, pinned: true);
    private readonly int[] _counts = new int[LongestRun];
    private readonly float[] _scales = GC.AllocateArray<float>(LongestRun - 1, pinned: true);
    private readonly int[] _origin = GC.AllocateArray<int>(1, pinned: true);
    private readonly float[] _score = GC.AllocateArray<float>(1, pinned: true);
    private readonly List<IDisposable> _owned = [];
    private readonly OrtIoBinding[] _bindings;

    /// <summary>Binds every size.</summary>
    public NgramLane(InferenceSession session)
    {
        _session = session;
        _owned.Add(_options);
        OrtValue origin = Own(OrtValue.CreateTensorValueFromMemory(_origin, [1]));
        OrtValue score = Own(OrtValue.CreateTensorValueFromMemory(_score, [1]));
        var bindings = new List<OrtIoBinding>();
        for (int chunks = 2; chunks <= LongestRun; chunks *= 2)
        {
            OrtIoBinding binding = Own(session.CreateIoBinding());
            OrtMemoryInfo memory = OrtMemoryInfo.DefaultInstance;
            binding.BindInput(NgramModel.Features, Own(OrtValue.CreateTensorValueFromMemory(memory, _features.AsMemory(0, chunks * ChunkLength), [chunks, ChunkLength])));
            binding.BindInput(NgramModel.Scale, Own(OrtValue.CreateTensorValueFromMemory(memory, _scales.AsMemory(0, chunks - 1), [chunks - 1, 1])));
            binding.BindInput(NgramModel.Origin, origin);
            binding.BindOutput(NgramModel.Score, score);
            bindings.Add(binding);
        }
        _bindings = [.. bindings];
    }

    /// <summary>Scores a folded text of any length: its highest window.</summary>
    /// <exception cref="OnnxRuntimeException">The runtime failed.</exception>
    public float Score(ReadOnlySpan<byte> folded, TextOrigin origin)
    {
        _origin[0] = (int)origin;
        var featuriser = new NgramFeaturiser(folded);
        float highest = 0;
        int chunks = 0;
        bool first = true;
        while (true)
        {
            int count = featuriser.Next(Chunk(chunks));
            if (count > 0)
                _counts[chunks++] = count;
            if (count > 0 && chunks < LongestRun)
                continue;
            // Only what no run has seen: in a later run the first chunk is the one before's last.
            if (chunks > (first ? 0 : 1))
                highest = Math.Max(highest, Run(chunks));
            if (count == 0)
                return highest;
            Chunk(chunks - 1).CopyTo(Chunk(0));
            _counts[0] = _counts[chunks - 1];
            chunks = 1;
            first = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
    }

    private float Run(int chunks)
    {
        if (chunks == 1)
        {
            Chunk(1).Clear();
            _counts[1] = 0;
            chunks = 2;
        }
        int size = 0;
        int padded = 2;
        for (; padded < chunks; padded *= 2)
            size++;
        for (int i = chunks; i < padded; i++)
        {
            Chunk(i - 2).CopyTo(Chunk(i));
            _counts[i] = _counts[i - 2];
        }
        for (int i = 0; i < padded - 1; i++)
            _scales[i] = NgramWindow.Scale(_counts[i] + _counts[i + 1]);
        _session.RunWithBinding(_options, _bindings[size]);
        return _score[0];
    }

    private Span<int> Chunk(int index) => _features.AsSpan(index * ChunkLength, ChunkLength);

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
