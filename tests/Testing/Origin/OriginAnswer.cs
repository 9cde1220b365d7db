using System.Text;

namespace EnvoyExtAuthz.Testing.Origin;

/// <summary>One piece of an answer's body, flushed on its own.</summary>
/// <param name="Bytes">What is sent.</param>
/// <param name="Before">How long the origin waits before it.</param>
public sealed record OriginChunk(ReadOnlyMemory<byte> Bytes, TimeSpan Before = default);

/// <summary>What an origin answers.</summary>
public sealed record OriginAnswer
{
    /// <summary>The status.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Response headers, in order; a name may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body, piece by piece.</summary>
    public IReadOnlyList<OriginChunk> Body { get; init; } = [];

    /// <summary>Response trailers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers { get; init; } = [];

    /// <summary>Send a <c>content-length</c>; otherwise chunked or DATA frames alone.</summary>
    public bool ContentLength { get; init; }

    /// <summary>Wait before the head.</summary>
    public TimeSpan BeforeHead { get; init; }

    /// <summary>Break the connection after the last chunk instead of ending the body.</summary>
    public bool AbortAtEnd { get; init; }

    /// <summary>The whole body.</summary>
    public byte[] Bytes => [.. Body.SelectMany(chunk => chunk.Bytes.ToArray())];

    /// <summary>A JSON answer with its length.</summary>
    /// <param name="json">The body.</param>
    /// <param name="status">The status.</param>
    public static OriginAnswer Json(string json, int status = 200) => new()
    {
        Status = status,
        Headers = [new("content-type", "application/json")],
        Body = [new(Encoding.UTF8.GetBytes(json))],
        ContentLength = true,
    };

    /// <summary>A server-sent event stream: each text is one flushed piece, exactly as given.</summary>
    /// <param name="between">The wait before each piece.</param>
    /// <param name="pieces">Texts, with their own line ends.</param>
    public static OriginAnswer EventStream(TimeSpan between, params IEnumerable<string> pieces) => new()
    {
        Headers = [new("content-type", "text/event-stream")],
        Body = [.. pieces.Select(piece => new OriginChunk(Encoding.UTF8.GetBytes(piece), between))],
    };

    /// <summary>Any bytes as one piece.</summary>
    /// <param name="contentType">The media type.</param>
    /// <param name="body">The body.</param>
    public static OriginAnswer Of(string contentType, ReadOnlyMemory<byte> body) => new()
    {
        Headers = [new("content-type", contentType)],
        Body = [new(body)],
        ContentLength = true,
    };
}
