using System.Text;
using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Reads an upload of files: a multipart form.</summary>
internal static class FileUpload
{
    /// <summary>Reads a request's body, which was taken before.</summary>
    public static ReadFault Read(HttpHead head, Message message, in JsonLimits limits)
    {
        if (!ContentTypes.Of(head, out _).SequenceEqual("multipart/form-data"u8))
            return ReadFault.UnknownContentType;
        var parts = new List<MultipartPart>();
        ReadFault fault = Multipart.Read(head, message.Body, parts);
        for (int i = 0; i < parts.Count && fault == ReadFault.None; i++)
            fault = ReadPart(message, parts[i], limits);
        return fault;
    }

    private static ReadFault ReadPart(Message message, in MultipartPart part, in JsonLimits limits)
    {
        if (part.Name.IsEmpty || !Utf8.IsValid(part.Name.Span) || !Utf8.IsValid(part.FileName.Span))
            return ReadFault.Ambiguous;
        TakeText(message, part.Name, TextRole.Metadata);
        TakeText(message, part.FileName, TextRole.FileName);
        // A field that is no file is text, whatever its type.
        FileContent.Take(message, part.Start, part.Length, part.FileName.IsEmpty ? "text/plain"u8 : MediaTypeOf(part), limits);
        return ReadFault.None;
    }

    /// <summary>Takes a slice of the body where it stands, so that it can be edited there.</summary>
    private static void TakeText(Message message, ReadOnlyMemory<byte> text, TextRole role)
    {
        if (!text.IsEmpty && message.Body.Span.Overlaps(text.Span, out int start))
            message.Segments.Add(new Segment(role, -1, start, text.Length, false));
    }

    private static ReadOnlySpan<byte> MediaTypeOf(in MultipartPart part)
    {
        ReadOnlySpan<byte> type = part.ContentType.Span;
        int parameters = type.IndexOf((byte)';');
        type = (parameters < 0 ? type : type[..parameters]).Trim(" \t"u8);
        var lower = new byte[type.Length];
        return Ascii.ToLower(type, lower, out _) == System.Buffers.OperationStatus.Done ? lower : [];
    }
}
