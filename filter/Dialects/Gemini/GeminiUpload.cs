using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// A file on its way to the provider (<c>/upload/…</c>), which later prompts refer to. A resumable upload begins with a
/// request that describes the file in JSON; the bytes follow in requests of their own. Bytes that are the whole file and are
/// text are a document; anything else is a file that nobody here can read.
/// </summary>
internal static class GeminiUpload
{
    /// <summary>Reads a request of an upload.</summary>
    public static ReadFault Read(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        if (head.CountOf("x-goog-upload-command") > 1 || head.CountOf("x-goog-upload-offset") > 1 || head.CountOf("x-goog-upload-protocol") > 1)
            return ReadFault.Ambiguous;
        ReadOnlySpan<byte> command = head.First("x-goog-upload-command").Span.Trim((byte)' ');
        bool begun = head.Path.Span.IndexOf("upload_id="u8) >= 0;
        if (command.SequenceEqual("start"u8) && !begun)
            return ReadDescription(head, body, limits, message);
        if (Multipart.Is(ContentTypes.Of(head, out _)))
            return begun ? ReadFault.UnknownContentType : ReadParts(head, body, limits, message);
        bool whole = !begun || (command.SequenceEqual("upload, finalize"u8) && head.First("x-goog-upload-offset").Span.SequenceEqual("0"u8));
        TakeContent(message, 0, body.Length, whole, limits);
        return ReadFault.None;
    }

    /// <summary>Description and content in one body.</summary>
    private static ReadFault ReadParts(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        var parts = new List<MultipartPart>();
        ReadFault fault = Multipart.Read(head, body, parts);
        if (fault != ReadFault.None || parts.Count != 2)
            return fault != ReadFault.None ? fault : ReadFault.WrongShape;
        int description = message.OpenPart(parts[0].Start, parts[0].Length, limits);
        if (description < 0)
            return ReadFault.NotStrictJson;
        TakeDescription(message, description);
        TakeContent(message, parts[1].Start, parts[1].Length, whole: true, limits);
        return ReadFault.None;
    }

    private static void TakeContent(Message message, int start, int length, bool whole, in JsonLimits limits)
    {
        if (length == 0)
            return;
        // JSON as a document: what its strings say, not how they are written.
        if (whole && message.Body.Span.Slice(start, length).TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] && message.OpenPart(start, length, limits) is >= 0 and var document)
        {
            var sweep = new SegmentSweep(message, document);
            NestedJson.Take(message, ref sweep, 0, TextRole.Document, limits);
            sweep.Finish(TextRole.Document);
            return;
        }
        message.JsonFault = JsonFault.None;
        if (whole && IsText(message.Body.Span.Slice(start, length)))
            message.Segments.Add(new Segment(TextRole.Document, -1, start, length, false));
        else
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, start, length));
    }

    private static ReadFault ReadDescription(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        if (head.First("x-goog-upload-file-name") is { IsEmpty: false } name)
            message.ExtraTexts.Add(name);
        if (body.IsEmpty)
            return ReadFault.None;
        if (!GeminiHead.IsJson(head))
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return fault;
        TakeDescription(message, 0);
        return ReadFault.None;
    }

    private static void TakeDescription(Message message, int document)
    {
        var sweep = new SegmentSweep(message, document);
        int file = sweep.Tape.Find(0, "file"u8);
        foreach (int holder in (ReadOnlySpan<int>)[0, file])
        {
            sweep.Take(GeminiFields.DisplayName.In(sweep.Tape, holder), TextRole.FileName);
            sweep.TakeLabel(GeminiFields.Name.In(sweep.Tape, holder));
            sweep.TakeLabel(GeminiFields.MimeType.In(sweep.Tape, holder));
        }
        sweep.Finish(TextRole.Unknown);
    }

    /// <summary>UTF-8 without control characters that is no format whose words are hidden in it.</summary>
    private static bool IsText(ReadOnlySpan<byte> file)
    {
        if (!Utf8.IsValid(file) || file.StartsWith("\uFEFF"u8))
            return false;
        foreach (byte b in file)
        {
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 0x0C))
                return false;
        }
        return file[..Math.Min(file.Length, 1024)].IndexOf("%PDF-"u8) < 0 && !file.TrimStart(" \t\r\n"u8).StartsWith("{\\rtf"u8);
    }
}
