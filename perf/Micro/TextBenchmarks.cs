using BenchmarkDotNet.Attributes;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Perf.Micro;

/// <summary>Bytes and text: the JSON tape and folding.</summary>
[MemoryDiagnoser]
public class TextBenchmarks : IDisposable
{
    private readonly JsonTape _tape = new();
    private byte[] _request = [];
    private byte[] _text = [];
    private byte[] _folded = [];

    /// <summary>Size of the input, bytes.</summary>
    [Params(4096, 65536)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _request = Samples.ChatRequest(Bytes);
        _text = Samples.Text(Bytes);
        _folded = new byte[TextFold.MaxLength(Bytes)];
    }

    [Benchmark]
    public JsonFault JsonTapeParse() => _tape.Parse(_request, JsonLimits.Default);

    [Benchmark]
    public int Fold() => TextFold.Fold(_text, _folded, out _);

    public void Dispose()
    {
        _tape.Dispose();
        GC.SuppressFinalize(this);
    }
}
