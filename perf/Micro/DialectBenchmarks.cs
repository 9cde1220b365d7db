using BenchmarkDotNet.Attributes;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Perf.Micro;

/// <summary>Reading a request in its protocol: parse, segments, tools.</summary>
[MemoryDiagnoser]
public class DialectBenchmarks : IDisposable
{
    private static readonly byte[] Path = "/v1/chat/completions"u8.ToArray();
    private readonly Message _message = new();
    private readonly HttpHead _head = new HttpHead().Add(":method", "POST").Add(":path", "/v1/chat/completions").Add("content-type", "application/json");
    private byte[] _request = [];

    /// <summary>Size of the request, bytes.</summary>
    [Params(4096, 65536)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _request = Samples.ChatRequest(Bytes);
        // A request that is turned away early would be fast, too.
        if (ReadChatRequest() != ReadFault.None)
            throw new InvalidOperationException("the sample is no chat request");
    }

    [Benchmark]
    public ReadFault ReadChatRequest()
    {
        _message.Clear();
        _message.Dialect = OpenAiChatDialect.Instance;
        return OpenAiChatDialect.Instance.ReadRequest(_head, Path, _request, JsonLimits.Default, _message);
    }

    public void Dispose()
    {
        _message.Dispose();
        GC.SuppressFinalize(this);
    }
}
