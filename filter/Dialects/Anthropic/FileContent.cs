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
    /// <param name="limits">Bounds of JSON, where it is that.</param>
    public static ReadFault Read(Message message, ReadOnlyMemory<byte> body, ReadOnlySpan<byte> type, in JsonLimits limits)
    {
        Take(message, 0, body.Length, type, limits);
        return ReadFault.None;
    }

    /// <summary>Takes a range of the body that is a file.</summary>
    public static void Take(Message message, int start, int length, ReadOnlySpan<byte> type, in JsonLimits limits)
    {
        if (length == 0)
            return;
        ReadOnlySpan<byte> content = message.Body.Span.Slice(start, length);
        // What is text whatever it says it is, is inspected as well.
        bool readable = Utf8.IsValid(content) && !content.Contains((byte)0);
        if (ContentTypes.IsJson(type) && TakeJson(message, start, length, limits))
            return;
        if (readable)
            message.Segments.Add(new Segment(TextRole.Document, -1, start, length, false));
        if (!readable || !IsText(type))
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, start, length));
    }

    /// <summary>Takes JSON's strings one by one, without their escapes.</summary>
    /// <returns>False if it is no strict JSON: text like any other.</returns>
    private static bool TakeJson(Message message, int start, int length, in JsonLimits limits)
    {
        int document = message.OpenPart(start, length, limits);
        if (document < 0)
        {
            message.JsonFault = JsonFault.None;
            return false;
        }
        var sweep = new SegmentSweep(message, document);
        sweep.Finish(TextRole.Document);
        return true;
    }

    private static bool IsText(ReadOnlySpan<byte> type) =>
        type.StartsWith("text/"u8) || ContentTypes.IsJson(type) || type.SequenceEqual("application/x-ndjson"u8) || type.SequenceEqual("application/x-jsonl"u8)
        || type.SequenceEqual("application/xml"u8) || type.EndsWith("+xml"u8) || type.SequenceEqual("application/yaml"u8) || type.SequenceEqual("application/toml"u8);
}
