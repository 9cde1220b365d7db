using System.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>One part of a multipart body.</summary>
/// <param name="Name">The form field's name, as it stands; empty without one.</param>
/// <param name="FileName">The file's name, as it stands; empty without one.</param>
/// <param name="ContentType">The part's content type, as it stands; empty without one.</param>
/// <param name="Start">First byte of its content in the body.</param>
/// <param name="Length">Bytes of its content.</param>
internal readonly record struct MultipartPart(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> FileName, ReadOnlyMemory<byte> ContentType, int Start, int Length);

/// <summary>
/// Cuts <c>multipart/*</c> bodies (RFC 2046 §5.1, RFC 7578). Servers differ widely in what they make of odd ones, so only
/// what all read alike is read: CRLF line ends, nothing before the first and after the last delimiter, each field and
/// parameter once, no extended names (<c>filename*</c>), no folded lines, no transfer encodings, no charset but UTF-8.
/// </summary>
internal static class Multipart
{
    private const int MaxParts = 256;
    private const int MaxFieldBytes = 4096;
    private const int MaxBoundary = 70;

    /// <summary>Whether a content type is multipart.</summary>
    public static bool Is(ReadOnlySpan<byte> mediaType) => mediaType.StartsWith("multipart/"u8);

    /// <summary>Cuts a body.</summary>
    /// <param name="head">Names the boundary.</param>
    /// <param name="body">The body.</param>
    /// <param name="parts">Gets the parts.</param>
    /// <returns><see cref="ReadFault.Ambiguous"/> for whatever servers read in different ways.</returns>
    public static ReadFault Read(HttpHead head, ReadOnlyMemory<byte> body, List<MultipartPart> parts)
    {
        if (head.CountOf("content-type") != 1 || !TryBoundary(head.First("content-type").Span, out byte[] delimiter))
            return ReadFault.Ambiguous;
        ReadOnlySpan<byte> all = body.Span;
        if (!all.StartsWith(delimiter.AsSpan(2)))
            return ReadFault.Ambiguous;
        int at = delimiter.Length - 2;
        while (true)
        {
            ReadOnlySpan<byte> rest = all[at..];
            if (rest.StartsWith("--"u8))
                return rest[2..].IsEmpty || rest[2..].SequenceEqual("\r\n"u8) ? ReadFault.None : ReadFault.Ambiguous;
            if (!rest.StartsWith("\r\n"u8) || parts.Count == MaxParts)
                return ReadFault.Ambiguous;
            int start = at + 2;
            int end = all[start..].IndexOf(delimiter);
            // A part without content: its fields' blank line is the delimiter's.
            if (end < 0 || !TryPart(body.Slice(start, end), start, out MultipartPart part))
                return ReadFault.Ambiguous;
            parts.Add(part);
            at = start + end + delimiter.Length;
        }
    }

    private static bool TryPart(ReadOnlyMemory<byte> bytes, int offset, out MultipartPart part)
    {
        part = default;
        ReadOnlyMemory<byte> name = default, fileName = default, type = default;
        bool hasDisposition = false, hasType = false;
        int at = 0;
        while (true)
        {
            int length = bytes.Span[at..].IndexOf("\r\n"u8);
            if (length < 0 || at > MaxFieldBytes)
                return false;
            ReadOnlyMemory<byte> line = bytes.Slice(at, length);
            at += length + 2;
            if (length == 0)
                break;
            int colon = line.Span.IndexOf((byte)':');
            if (colon <= 0 || line.Span.ContainsAnyInRange((byte)0, (byte)0x1F) || line.Span[0] == (byte)' ' || line.Span[colon - 1] == (byte)' ')
                return false;
            ReadOnlySpan<byte> field = line.Span[..colon];
            ReadOnlyMemory<byte> value = line[(colon + 1)..];
            if (Ascii.EqualsIgnoreCase(field, "content-disposition"u8))
            {
                if (hasDisposition || !TryDisposition(value, out name, out fileName))
                    return false;
                hasDisposition = true;
            }
            else if (Ascii.EqualsIgnoreCase(field, "content-type"u8))
            {
                if (hasType)
                    return false;
                hasType = true;
                type = value;
            }
            else if (Ascii.EqualsIgnoreCase(field, "content-transfer-encoding"u8) ? !IsPlainTransfer(value.Span) : Ascii.EqualsIgnoreCase(field, "content-encoding"u8) || Ascii.EqualsIgnoreCase(field, "content-length"u8))
            {
                return false;
            }
        }
        part = new MultipartPart(name, fileName, type, offset + at, bytes.Length - at);
        // Another character set, of the part's own or of the whole form (HTML's _charset_), is another reading.
        return ContentTypes.HasPlainCharset(type.Span) && !name.Span.SequenceEqual("_charset_"u8);
    }

    private static bool IsPlainTransfer(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t"u8);
        return Ascii.EqualsIgnoreCase(value, "binary"u8) || Ascii.EqualsIgnoreCase(value, "8bit"u8) || Ascii.EqualsIgnoreCase(value, "7bit"u8);
    }

    private static bool TryDisposition(ReadOnlyMemory<byte> value, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> fileName)
    {
        name = fileName = default;
        bool hasName = false, hasFileName = false;
        int semicolon = value.Span.IndexOf((byte)';');
        while (semicolon >= 0)
        {
            value = value[(semicolon + 1)..];
            if (!TryParameter(ref value, out ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> text))
                return false;
            if (key.Contains((byte)'*'))
                return false;
            if (Ascii.EqualsIgnoreCase(key, "name"u8))
            {
                if (hasName)
                    return false;
                (hasName, name) = (true, text);
            }
            else if (Ascii.EqualsIgnoreCase(key, "filename"u8))
            {
                if (hasFileName)
                    return false;
                (hasFileName, fileName) = (true, text);
            }
            semicolon = value.Span.IndexOf((byte)';');
        }
        return true;
    }

    /// <summary>One <c>key=value</c> or <c>key="value"</c>; a backslash in quotes is read in different ways, so there is none.</summary>
    private static bool TryParameter(ref ReadOnlyMemory<byte> value, out ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> text)
    {
        key = default;
        text = default;
        int equals = value.Span.IndexOf((byte)'=');
        if (equals < 0)
            return false;
        key = value.Span[..equals].Trim(" \t"u8);
        value = value[(equals + 1)..];
        if (value.Span.StartsWith("\""u8))
        {
            int end = value.Span[1..].IndexOf((byte)'"');
            if (end < 0)
                return false;
            text = value.Slice(1, end);
            value = value[(end + 2)..];
            ReadOnlySpan<byte> rest = value.Span.TrimStart(" \t"u8);
            return !text.Span.Contains((byte)'\\') && (rest.IsEmpty || rest[0] == (byte)';');
        }
        int semicolon = value.Span.IndexOf((byte)';');
        text = semicolon < 0 ? value : value[..semicolon];
        value = semicolon < 0 ? default : value[semicolon..];
        return !text.Span.Contains((byte)'"');
    }

    private static bool TryBoundary(ReadOnlySpan<byte> type, out byte[] delimiter)
    {
        delimiter = [];
        int at = -1;
        for (int i = type.IndexOf((byte)';'); i >= 0 && i < type.Length; i++)
        {
            ReadOnlySpan<byte> rest = type[i..].TrimStart("; \t"u8);
            if (rest.Length < 9 || !Ascii.EqualsIgnoreCase(rest[..9], "boundary="u8) || type[i] is not ((byte)';' or (byte)' ' or (byte)'\t'))
                continue;
            int found = type.Length - rest.Length + 9;
            if (at >= 0 && at != found)
                return false;
            at = found;
        }
        if (at < 0)
            return false;
        ReadOnlySpan<byte> boundary = type[at..];
        int semicolon = boundary.IndexOf((byte)';');
        if (semicolon >= 0)
            boundary = boundary[..semicolon];
        boundary = boundary.TrimEnd(" \t"u8);
        if (boundary.Length >= 2 && boundary[0] == (byte)'"' && boundary[^1] == (byte)'"')
            boundary = boundary[1..^1];
        if (boundary.Length is 0 or > MaxBoundary)
            return false;
        foreach (byte b in boundary)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && "'()+_,-./:=?"u8.IndexOf(b) < 0)
                return false;
        }
        delimiter = [.. "\r\n--"u8, .. boundary];
        return true;
    }
}
