using System.Buffers;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Pictures, sound, video and files: inline, or by an address the other side fetches.</summary>
internal static class GeminiMedia
{
    private static readonly SearchValues<byte> PathMarks = SearchValues.Create("/?#\\%."u8);

    private static readonly byte[][] UploadedFiles =
    [
        "https://generativelanguage.googleapis.com/v1beta/files/"u8.ToArray(),
        "https://generativelanguage.googleapis.com/v1/files/"u8.ToArray(),
        "https://generativelanguage.googleapis.com/v1alpha/files/"u8.ToArray(),
    ];

    /// <summary>Reads <c>inlineData</c> and <c>fileData</c> of a part, or of a part of a function's response.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int part)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadInline(message, ref sweep, GeminiFields.InlineData.In(tape, part));
        return fault != ReadFault.None ? fault : ReadReference(message, ref sweep, GeminiFields.FileData.In(tape, part));
    }

    /// <summary>What a media type says that a payload is.</summary>
    public static OpaqueKind KindOf(JsonTape tape, int mimeType)
    {
        if (!tape.Is(mimeType, JsonKind.String))
            return OpaqueKind.File;
        ReadOnlySpan<byte> type = tape.Raw(mimeType);
        if (type.StartsWith("image/"u8))
            return OpaqueKind.Image;
        if (type.StartsWith("audio/"u8))
            return OpaqueKind.Audio;
        return type.StartsWith("video/"u8) ? OpaqueKind.Video : OpaqueKind.File;
    }

    /// <summary>Takes an address: of a file the provider keeps, of a thing elsewhere, or the thing itself (<c>data:</c>).</summary>
    public static void TakeUri(Message message, ref SegmentSweep sweep, int uri, OpaqueKind inline)
    {
        if (!sweep.Tape.Is(uri, JsonKind.String))
            return;
        if (IsUploaded(sweep.Tape.Raw(uri)))
            Media.TakePayload(message, ref sweep, uri, OpaqueKind.ServerState);
        else
            Media.TakeAddress(message, ref sweep, uri, inline);
    }

    private static ReadFault ReadInline(Message message, ref SegmentSweep sweep, int blob)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadHead(ref sweep, blob);
        if (blob < 0 || fault != ReadFault.None)
            return fault;
        Media.TakePayload(message, ref sweep, GeminiFields.Data.In(tape, blob), KindOf(tape, GeminiFields.MimeType.In(tape, blob)));
        return ReadFault.None;
    }

    private static ReadFault ReadReference(Message message, ref SegmentSweep sweep, int file)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadHead(ref sweep, file);
        if (file < 0 || fault != ReadFault.None)
            return fault;
        int uri = GeminiFields.FileUri.In(tape, file);
        if (!tape.Is(uri, JsonKind.String))
            return ReadFault.WrongShape;
        TakeUri(message, ref sweep, uri, KindOf(tape, GeminiFields.MimeType.In(tape, file)));
        return ReadFault.None;
    }

    private static ReadFault ReadHead(ref SegmentSweep sweep, int media)
    {
        JsonTape tape = sweep.Tape;
        if (media < 0)
            return ReadFault.None;
        if (!tape.Is(media, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.MediaShape.IsAmbiguous(tape, media))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(GeminiFields.MimeType.In(tape, media));
        sweep.Take(GeminiFields.DisplayName.In(tape, media), TextRole.FileName);
        return ReadFault.None;
    }

    /// <summary>A file that was sent to the provider before: nothing is fetched from elsewhere.</summary>
    private static bool IsUploaded(ReadOnlySpan<byte> uri)
    {
        foreach (byte[] files in UploadedFiles)
        {
            if (uri.StartsWith(files))
                return uri[files.Length..].IndexOfAny(PathMarks) < 0;
        }
        return false;
    }
}
