using System.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>The content-type field (RFC 9110 §8.3).</summary>
internal static class ContentTypes
{
    /// <summary>The media type in lower case, without parameters; empty if there is none.</summary>
    /// <param name="head">The message's head.</param>
    /// <param name="plainCharset">False if a charset other than UTF-8 or US-ASCII is named, or the field stands there twice.</param>
    public static ReadOnlySpan<byte> Of(HttpHead head, out bool plainCharset)
    {
        ReadOnlySpan<byte> value = head.First("content-type").Span;
        plainCharset = head.CountOf("content-type") <= 1 && HasPlainCharset(value);
        int parameters = value.IndexOf((byte)';');
        ReadOnlySpan<byte> type = (parameters < 0 ? value : value[..parameters]).Trim(" \t"u8);
        if (!type.ContainsAnyInRange((byte)'A', (byte)'Z'))
            return type;
        var lower = new byte[type.Length];
        Ascii.ToLower(type, lower, out _);
        return lower;
    }

    /// <summary>Whether a media type is JSON: <c>application/json</c>, <c>text/json</c> or one that ends in <c>+json</c>.</summary>
    public static bool IsJson(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("application/json"u8) || type.SequenceEqual("text/json"u8) || type.EndsWith("+json"u8);

    /// <summary>
    /// Whether a message is of a media type, said once, in UTF-8: some clients decode even an event stream by the charset it
    /// names, and see other letters than are read here.
    /// </summary>
    /// <param name="head">The message's head.</param>
    /// <param name="type">In lower case, such as <c>text/event-stream</c>.</param>
    public static bool Is(HttpHead head, ReadOnlySpan<byte> type) => Of(head, out bool plainCharset).SequenceEqual(type) && plainCharset;

    /// <summary>Whether a content type names no charset but UTF-8 and US-ASCII.</summary>
    /// <param name="value">The field's value; empty names none.</param>
    public static bool HasPlainCharset(ReadOnlySpan<byte> value)
    {
        Span<byte> lower = stackalloc byte[256];
        if (value.Length > lower.Length)
            return false;
        if (Ascii.ToLower(value, lower, out int length) != System.Buffers.OperationStatus.Done)
            return false;
        ReadOnlySpan<byte> rest = lower[..length];
        int at = rest.IndexOf("charset"u8);
        if (at < 0)
            return true;
        ReadOnlySpan<byte> charset = rest[(at + 7)..].Trim(" \t="u8);
        int end = charset.IndexOf((byte)';');
        charset = (end < 0 ? charset : charset[..end]).Trim(" \t\"'"u8);
        return !rest[(at + 7)..].Contains((byte)'*') && rest[(at + 7)..].IndexOf("charset"u8) < 0
            && (charset.SequenceEqual("utf-8"u8) || charset.SequenceEqual("utf8"u8) || charset.SequenceEqual("us-ascii"u8));
    }
}
