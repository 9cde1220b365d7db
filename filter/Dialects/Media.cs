using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Parts of a message that are not text. Their bytes are never decoded, scanned or copied.</summary>
internal static class Media
{
    private const int LongestMediaType = 256;

    /// <summary>
    /// Takes what an address stands for: a <c>data:</c> URL is the thing itself, anything else is fetched by the other side.
    /// An address may stand alone or as <c>url</c> in an object.
    /// </summary>
    public static void TakeAddress(Message message, ref SegmentSweep sweep, int node, OpaqueKind inline)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(node, JsonKind.Object))
            node = tape.Find(node, "url"u8);
        if (!tape.Is(node, JsonKind.String))
            return;
        ReadOnlySpan<byte> raw = tape.Raw(node);
        bool data = raw.StartsWith("data:"u8);
        if (data && IsBase64(raw))
        {
            TakePayload(message, ref sweep, node, raw.StartsWith("data:text"u8) ? OpaqueKind.File : inline);
            return;
        }
        // A data URL without base64 is the thing itself and readable besides (an SVG with words in it).
        Add(message, sweep, node, data ? inline : OpaqueKind.RemoteReference);
        sweep.Take(node, TextRole.Url);
    }

    /// <summary>Takes an inline payload, or a reference that is no address.</summary>
    public static void TakePayload(Message message, ref SegmentSweep sweep, int node, OpaqueKind kind)
    {
        if (!sweep.Tape.Is(node, JsonKind.String))
            return;
        Add(message, sweep, node, kind);
        sweep.Skip(node);
    }

    private static bool IsBase64(ReadOnlySpan<byte> url)
    {
        ReadOnlySpan<byte> head = url[..Math.Min(url.Length, LongestMediaType)];
        int comma = head.IndexOf((byte)',');
        return comma > 0 && head[..comma].EndsWith(";base64"u8);
    }

    private static void Add(Message message, in SegmentSweep sweep, int node, OpaqueKind kind)
    {
        JsonNode found = sweep.Tape[node];
        if (found.Length > 0)
            message.Opaque.Add(new OpaquePart(kind, sweep.Document, found.Start, found.Length));
    }
}
