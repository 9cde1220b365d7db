using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>A file's bytes, on their way up or down: text where they say so and are, an opaque file otherwise.</summary>
internal static class FileContent
{
    /// <summary>Reads a whole body that is a file.</summary>
    /// <param name="message">Gets the text or the opaque part.</param>
    /// <param name="body">The body.</param>
    /// <param name="type">Its media type, in lower case.</param>
    public static ReadFault Read(Message message, ReadOnlyMemory<byte> body, ReadOnlySpan<byte> type)
    {
        Take(message, 0, body.Length, type);
        return ReadFault.None;
    }

    /// <summary>Takes a range of the body that is a file.</summary>
    public static void Take(Message message, int start, int length, ReadOnlySpan<byte> type)
    {
        if (length == 0)
            return;
        ReadOnlySpan<byte> content = message.Body.Span.Slice(start, length);
        // What is text whatever it says it is, is inspected as well.
        bool readable = Utf8.IsValid(content) && !content.Contains((byte)0);
        if (readable)
            message.Segments.Add(new Segment(TextRole.Document, -1, start, length, false));
        if (!readable || !IsText(type))
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, start, length));
    }

    private static bool IsText(ReadOnlySpan<byte> type) =>
        type.StartsWith("text/"u8) || ContentTypes.IsJson(type) || type.SequenceEqual("application/x-ndjson"u8) || type.SequenceEqual("application/x-jsonl"u8)
        || type.SequenceEqual("application/xml"u8) || type.EndsWith("+xml"u8) || type.SequenceEqual("application/yaml"u8) || type.SequenceEqual("application/toml"u8);
}
