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
        ReadOnlySpan<byte> body = message.Body.Span;
        if (!MultipartForm.TryRead(head, body, out List<FormPart> parts))
            return ReadFault.Ambiguous;
        foreach (FormPart part in parts)
        {
            if (!Utf8.IsValid(body[part.Name]) || !Utf8.IsValid(body[part.FileName]))
                return ReadFault.Ambiguous;
            TakeText(message, part.Name, TextRole.Metadata);
            TakeText(message, part.FileName, TextRole.FileName);
            (int start, int length) = part.Content.GetOffsetAndLength(body.Length);
            // A field that is no file is text, whatever its type.
            FileContent.Take(message, start, length, part.IsFile ? Lower(body[part.Type]) : "text/plain"u8, limits);
        }
        return ReadFault.None;
    }

    private static void TakeText(Message message, Range range, TextRole role)
    {
        (int start, int length) = range.GetOffsetAndLength(message.Body.Length);
        if (length > 0)
            message.Segments.Add(new Segment(role, -1, start, length, false));
    }

    private static byte[] Lower(ReadOnlySpan<byte> type)
    {
        var lower = new byte[type.Length];
        return Ascii.ToLower(type, lower, out _) == System.Buffers.OperationStatus.Done ? lower : [];
    }
}
