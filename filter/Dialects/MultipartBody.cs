using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Multipart bodies of any API: JSON and text in their parts are read, other files are opaque.</summary>
internal static class MultipartBody
{
    /// <summary>Reads all parts of the body that the message took.</summary>
    /// <param name="message">Gets segments, documents and opaque parts.</param>
    /// <param name="head">Names the boundary.</param>
    /// <param name="role">Whose words the fields are; text files are <see cref="TextRole.Document"/>.</param>
    /// <param name="limits">Bounds of JSON.</param>
    public static ReadFault Read(Message message, HttpHead head, TextRole role, in JsonLimits limits)
    {
        var parts = new List<MultipartPart>();
        ReadFault fault = Multipart.Read(head, message.Body, parts);
        for (int i = 0; i < parts.Count && fault == ReadFault.None; i++)
            fault = ReadPart(message, parts[i], role, limits);
        return fault;
    }

    private static ReadFault ReadPart(Message message, in MultipartPart part, TextRole role, in JsonLimits limits)
    {
        foreach (ReadOnlyMemory<byte> beside in (ReadOnlySpan<ReadOnlyMemory<byte>>)[part.Name, part.FileName])
        {
            if (!Utf8.IsValid(beside.Span))
                return ReadFault.Ambiguous;
            if (!beside.IsEmpty)
                message.ExtraTexts.Add(beside);
        }
        if (part.Length == 0)
            return ReadFault.None;
        bool isFile = !part.FileName.IsEmpty;
        ReadOnlyMemory<byte> content = message.Body.Slice(part.Start, part.Length);
        ReadOnlySpan<byte> first = content.Span.TrimStart(" \t\r\n"u8);
        if (first.Length > 0 && first[0] is (byte)'{' or (byte)'[' && message.OpenPart(part.Start, part.Length, limits) is >= 0 and int document)
        {
            var sweep = new SegmentSweep(message, document);
            NestedJson.Take(message, ref sweep, 0, isFile ? TextRole.Document : role, limits);
            sweep.Finish(role);
            return ReadFault.None;
        }
        message.JsonFault = JsonFault.None;
        if (Utf8.IsValid(content.Span) && !content.Span.Contains((byte)0))
            message.Segments.Add(new Segment(isFile ? TextRole.Document : role, -1, part.Start, part.Length, false));
        else if (isFile)
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, part.Start, part.Length));
        else
            return ReadFault.UnknownContentType;
        return ReadFault.None;
    }
}
