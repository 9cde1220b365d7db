using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Pictures, films, sound and documents of Bedrock's content blocks.</summary>
internal static class ConverseMedia
{
    /// <summary>Reads <c>{format, source}</c> of what is no text.</summary>
    /// <returns>False if a key stands there in another case.</returns>
    public static bool Take(Message message, ref SegmentSweep sweep, int media, OpaqueKind kind)
    {
        JsonTape tape = sweep.Tape;
        if (media < 0)
            return true;
        if (KnownKeys.HasVariant(tape, media, BedrockKeys.Block))
            return false;
        sweep.TakeLabel(tape.Find(media, "format"u8));
        return TakeSource(message, ref sweep, tape.Find(media, "source"u8), kind);
    }

    /// <summary>Reads a document: its name, its source in any form, what the sender says about it.</summary>
    /// <returns>False if a key stands there in another case.</returns>
    public static bool TakeDocument(Message message, ref SegmentSweep sweep, int document)
    {
        JsonTape tape = sweep.Tape;
        if (document < 0)
            return true;
        if (!Take(message, ref sweep, document, OpaqueKind.File))
            return false;
        sweep.Take(tape.Find(document, "name"u8), TextRole.FileName);
        sweep.Take(tape.Find(document, "context"u8), TextRole.Document);
        return true;
    }

    /// <summary>Reads <c>source</c>: the thing itself in base64, a place in a bucket, or (of a document) text.</summary>
    public static bool TakeSource(Message message, ref SegmentSweep sweep, int source, OpaqueKind kind)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, source, BedrockKeys.Block))
            return false;
        Media.TakePayload(message, ref sweep, tape.Find(source, "bytes"u8), kind);
        int place = tape.Find(source, "s3Location"u8);
        if (place >= 0)
        {
            message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, sweep.Document, tape[place].Start, tape[place].Length));
            sweep.Take(tape.Find(place, "uri"u8), TextRole.Url);
            sweep.TakeLabels(place);
        }
        sweep.Take(tape.Find(source, "text"u8), TextRole.Document);
        TakeTexts(ref sweep, tape.Find(source, "content"u8), TextRole.Document);
        return true;
    }

    /// <summary>Reads a list of <c>{text}</c>.</summary>
    public static void TakeTexts(ref SegmentSweep sweep, int list, TextRole role, int channel = -1)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(list, JsonKind.Array))
            return;
        for (int item = JsonTape.FirstChild(list); item < tape[list].End; item = tape[item].End)
            sweep.Take(tape.Find(item, "text"u8), role, channel);
    }
}
