using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Engine;

/// <summary>Bounds of one exchange and of all together. At a bound new work is refused and counted; running work goes on.</summary>
public sealed record ExchangeLimits
{
    /// <summary>Largest request body, bytes. A multimodal turn of 12 MiB is ordinary.</summary>
    public int RequestBodyBytes { get; init; } = 32 << 20;

    /// <summary>Largest response body that is judged whole, bytes.</summary>
    public int ResponseBodyBytes { get; init; } = 32 << 20;

    /// <summary>Most bytes that one byte of a compressed body may stand for, beyond the first mebibyte.</summary>
    public int CompressionRatio { get; init; } = 200;

    /// <summary>Largest single event of a stream, bytes.</summary>
    public int EventBytes { get; init; } = 8 << 20;

    /// <summary>Bytes of a stream held back before their verdict.</summary>
    public int HeldBytes { get; init; } = 8 << 20;

    /// <summary>Most text of one body that is scanned, decoded bytes; more is <c>budget-spent</c>.</summary>
    public int TextBytes { get; init; } = 4 << 20;

    /// <summary>Exchanges open at once.</summary>
    public int OpenExchanges { get; init; } = 10_000;

    /// <summary>Body bytes kept by all exchanges together.</summary>
    public long TotalBodyBytes { get; init; } = 1L << 30;

    /// <summary>From a request's head to the end of its body.</summary>
    public TimeSpan RequestBodyTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>From the end of a request to its response's head: a first token can take minutes.</summary>
    public TimeSpan FirstByteTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>From a response's head to the end of its body, where it is judged whole.</summary>
    public TimeSpan WholeResponseTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Between two pieces of a stream.</summary>
    public TimeSpan StreamIdleTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Bounds of JSON.</summary>
    public JsonLimits Json { get; init; } = JsonLimits.Default;
}
