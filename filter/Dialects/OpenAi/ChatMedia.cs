using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Parts of a message that are not text. Their bytes are never decoded, scanned or copied.</summary>
internal static class ChatMedia
{
    /// <summary>Takes an address: a <c>data:</c> URL is the thing itself, anything else is fetched by the other side.</summary>
    public static void TakeAddress(Message message, ref SegmentSweep sweep, int node, OpaqueKind inline)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(node, JsonKind.String))
            return;
        ReadOnlySpan<byte> raw = tape.Raw(node);
        if (raw.StartsWith("data:"u8) && raw[..Math.Min(raw.Length, 128)].IndexOf(";base64,"u8) > 0 && !raw.StartsWith("data:text"u8))
        {
            TakePayload(message, ref sweep, node, inline);
            return;
        }
        JsonNode found = tape[node];
        message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, sweep.Document, found.Start, found.Length));
        sweep.Take(node, TextRole.Url);
    }

    /// <summary>Takes an inline payload.</summary>
    public static void TakePayload(Message message, ref SegmentSweep sweep, int node, OpaqueKind kind)
    {
        if (!sweep.Tape.Is(node, JsonKind.String))
            return;
        JsonNode found = sweep.Tape[node];
        message.Opaque.Add(new OpaquePart(kind, sweep.Document, found.Start, found.Length));
        sweep.Skip(node);
    }
}
