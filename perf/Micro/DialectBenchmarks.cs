using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Perf.Micro;

/// <summary>
/// Reading a request of several protocols and sizes beside a bare pass of <see cref="Utf8JsonReader"/> over the same bytes. Short turns
/// are the hard case: one node for every few bytes. A warm message reads without allocating.
/// </summary>
[MemoryDiagnoser]
public class DialectBenchmarks : IDisposable
{
    private readonly Message _message = new();
    private readonly HttpHead _head = new();
    private byte[] _body = [];
    private byte[] _path = [];
    private Dialect _dialect = null!;

    /// <summary>Size of the body, bytes.</summary>
    [Params(1 << 10, 16 << 10, 64 << 10, 512 << 10, 4 << 20)]
    public int Bytes { get; set; }

    /// <summary>Which requests: one long text, or many short turns of a protocol.</summary>
    [Params("openai-chat long", "openai-chat", "openai-responses", "anthropic", "gemini")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        (_body, string path) = Samples.Request(Kind, Bytes);
        _path = Encoding.UTF8.GetBytes(path);
        _head.Clear();
        _head.Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        _dialect = DialectRegistry.Recognise("POST"u8, _path)!;
        if (ReadRequest() != ReadFault.None)
            throw new InvalidOperationException($"The sample of {Kind} is not read: a fault is not worth measuring.");
    }

    [Benchmark(Baseline = true)]
    public int BareReader()
    {
        var reader = new Utf8JsonReader(_body);
        int tokens = 0;
        while (reader.Read())
            tokens++;
        return tokens;
    }

    [Benchmark]
    public ReadFault ReadRequest()
    {
        _message.Clear();
        _message.Dialect = _dialect;
        return _dialect.ReadRequest(_head, _path, _body, JsonLimits.Default, _message);
    }

    public void Dispose()
    {
        _message.Dispose();
        GC.SuppressFinalize(this);
    }
}
