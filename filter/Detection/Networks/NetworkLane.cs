using EnvoyExtAuthz.Detection.Ngrams;
using Microsoft.ML.OnnxRuntime;

namespace EnvoyExtAuthz.Detection.Networks;

/// <summary>
/// Buffers of one run at a time, bound to the session once a size, so that a run allocates nothing. A text is scored in runs of
/// up to <see cref="LongestRun"/> windows; the next run begins where the last one's windows would have gone on.
/// </summary>
internal sealed class NetworkLane : IDisposable
{
    /// <summary>Windows in the largest run.</summary>
    public const int LongestRun = 8;

    private const int Window = 128;
    private const int Stride = 96;
    private const int Pad = 1;

    private readonly InferenceSession _session;
    private readonly UnigramTokenizer _tokenizer;
    private readonly RunOptions _options = new();
    private readonly long[] _ids = GC.AllocateArray<long>(Window + ((LongestRun - 1) * Stride), pinned: true);
    private readonly float[] _stranger = GC.AllocateArray<float>(1, pinned: true);
    private readonly float[] _logit = GC.AllocateArray<float>(1, pinned: true);
    private readonly List<IDisposable> _owned = [];
    private readonly OrtIoBinding[] _bindings;
    private int _count;
    private int _runs;
    private float _highest;

    /// <summary>Binds every size.</summary>
    public NetworkLane(InferenceSession session, PieceTable pieces)
    {
        _session = session;
        _tokenizer = new UnigramTokenizer(pieces);
        _owned.Add(_options);
        OrtValue stranger = Own(OrtValue.CreateTensorValueFromMemory(_stranger, [1, 1]));
        OrtValue logit = Own(OrtValue.CreateTensorValueFromMemory(_logit, [1]));
        var bindings = new List<OrtIoBinding>();
        for (int windows = 1; windows <= LongestRun; windows *= 2)
        {
            OrtIoBinding binding = Own(session.CreateIoBinding());
            int length = LengthOf(windows);
            binding.BindInput(NetworkModel.Ids, Own(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _ids.AsMemory(0, length), [1, length])));
            binding.BindInput(NetworkModel.Stranger, stranger);
            binding.BindOutput(NetworkModel.Logit, logit);
            bindings.Add(binding);
        }
        _bindings = [.. bindings];
    }

    /// <summary>The logit of a text's highest window.</summary>
    /// <param name="text">Decoded UTF-8 of any length.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="mostRuns">Runs at most; windows beyond them are not looked at.</param>
    /// <exception cref="OnnxRuntimeException">The runtime failed.</exception>
    public float Score(ReadOnlySpan<byte> text, TextOrigin origin, int mostRuns)
    {
        (_count, _runs, _highest) = (0, mostRuns, float.NegativeInfinity);
        _stranger[0] = origin == TextOrigin.Stranger ? 1 : 0;
        var sink = new Sink(this);
        _tokenizer.Segment(text, ref sink);
        // After a full run only the windows' overlap is left over: it was seen.
        if (_count > 0 && (float.IsNegativeInfinity(_highest) || _count > Window - Stride))
            Run();
        return _highest;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
    }

    private static int LengthOf(int windows) => Window + ((windows - 1) * Stride);

    private void Add(int piece)
    {
        if (_runs == 0)
            return;
        _ids[_count++] = piece;
        if (_count < _ids.Length)
            return;
        Run();
        int kept = Window - Stride;
        _ids.AsSpan(_ids.Length - kept).CopyTo(_ids);
        _count = kept;
    }

    private void Run()
    {
        if (_runs == 0)
            return;
        _runs--;
        int size = 0;
        int windows = 1;
        for (; LengthOf(windows) < _count; windows *= 2)
            size++;
        _ids.AsSpan(_count, LengthOf(windows) - _count).Fill(Pad);
        _session.RunWithBinding(_options, _bindings[size]);
        _highest = Math.Max(_highest, _logit[0]);
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private readonly struct Sink(NetworkLane lane) : UnigramTokenizer.ISink
    {
        public void Add(int piece) => lane.Add(piece);
    }
}
