using System.Text;

namespace EnvoyExtAuthz.Testing.Wire;

/// <summary>How a response ended, as seen on the wire.</summary>
public enum ResponseEnd
{
    /// <summary>The framing says that everything came.</summary>
    Complete,

    /// <summary>The connection ended, or the stream was reset, before that.</summary>
    Cut,

    /// <summary>Nothing more came in the time that the test gave.</summary>
    TimedOut,

    /// <summary>Nothing came at all.</summary>
    Nothing,
}

/// <summary>A response exactly as the client saw it.</summary>
/// <param name="Status">The status; 0 if none came.</param>
/// <param name="Headers">The headers in order.</param>
/// <param name="Chunks">The body's pieces: HTTP/1.1 chunks as framed, or reads where there are none.</param>
/// <param name="Trailers">Trailers after the body.</param>
/// <param name="End">How it ended.</param>
/// <param name="Interim">Statuses of 1xx responses before it.</param>
/// <param name="ResetCode">HTTP/2: the error code of RST_STREAM or GOAWAY; null if none.</param>
public sealed record RawResponse(
    int Status,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    IReadOnlyList<byte[]> Chunks,
    IReadOnlyList<KeyValuePair<string, string>> Trailers,
    ResponseEnd End,
    IReadOnlyList<int> Interim,
    long? ResetCode = null)
{
    /// <summary>The whole body.</summary>
    public byte[] Body => [.. Chunks.SelectMany(chunk => chunk)];

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The values of one header, comma-joined; null if absent.</summary>
    /// <param name="name">The header's name in any case.</param>
    public string? Header(string name)
    {
        string[] values = [.. Headers.Where(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];
        return values.Length == 0 ? null : string.Join(", ", values);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Status} {End} [{string.Join("; ", Headers.Select(h => $"{h.Key}: {h.Value}"))}] {(Text.Length > 600 ? Text[..600] : Text)}";
}
