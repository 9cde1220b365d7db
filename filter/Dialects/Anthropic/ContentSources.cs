using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Where an image or a document comes from: the body itself, an address, a file the other side holds.</summary>
internal static class ContentSources
{
    /// <summary>Reads a <c>source</c>. Whatever its type says, an address in it is one, and so is a file's id.</summary>
    /// <param name="message">Gets segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="source">Its node; -1 for none.</param>
    /// <param name="inline">What data in the body itself is.</param>
    /// <param name="context">Where the block stands.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int source, OpaqueKind inline, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(source, JsonKind.Object))
            return ReadFault.None;
        if (KnownKeys.HasVariant(tape, source, AnthropicKeys.Source))
            return ReadFault.Ambiguous;
        int type = tape.Find(source, "type"u8);
        sweep.TakeLabel(type);
        sweep.TakeLabel(tape.Find(source, "media_type"u8));
        Media.TakeAddress(message, ref sweep, tape.Find(source, "url"u8), inline);
        Media.TakePayload(message, ref sweep, tape.Find(source, "file_id"u8), OpaqueKind.ServerState);
        TakeData(message, ref sweep, tape.Find(source, "data"u8), type, inline, context);
        return ContentBlocks.Read(message, ref sweep, tape.Find(source, "content"u8), context.InDocument, limits);
    }

    private static void TakeData(Message message, ref SegmentSweep sweep, int data, int type, OpaqueKind inline, in BlockContext context)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(data, JsonKind.String))
            return;
        bool typed = tape.Is(type, JsonKind.String);
        if (typed && tape.KeyEquals(type, "text"u8))
        {
            sweep.Take(data, context.Attached);
            return;
        }
        // Of any type but base64 nobody knows whether it is text: it is both.
        if (!typed || !tape.KeyEquals(type, "base64"u8))
            sweep.Take(data, TextRole.Unknown);
        Media.TakePayload(message, ref sweep, data, inline);
    }
}
