using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>One part of a form: where its name, its file's name and its content stand in the body.</summary>
/// <param name="Name">The field's name, as it stands in quotes.</param>
/// <param name="FileName">The file's name, as it stands in quotes; empty ranges are no file names.</param>
/// <param name="IsFile">Whether there is a file name, be it empty.</param>
/// <param name="Type">The part's media type, without parameters, as it stands there; empty without one.</param>
/// <param name="Content">The content.</param>
internal readonly record struct FormPart(Range Name, Range FileName, bool IsFile, Range Type, Range Content);

/// <summary>
/// Reads <c>multipart/form-data</c> (RFC 7578, RFC 2046 §5.1) where it has one reading: lines end with CRLF, nothing stands
/// before the first boundary or after the last, no boundary stands anywhere else, no header is folded or there twice, no
/// part is encoded. What lenient parsers make of anything else differs.
/// </summary>
internal static class MultipartForm
{
    private const int MaxParts = 256;
    private const int LongestBoundary = 70;
    private static readonly SearchValues<byte> NotInBoundary = SearchValues.Create("\";, \t\\"u8);

    /// <summary>Finds the parts of a body.</summary>
    /// <param name="head">The message's head, whose content type names the boundary.</param>
    /// <param name="body">The body.</param>
    /// <param name="parts">The parts, when true.</param>
    /// <returns>False if the body has more than one reading.</returns>
    public static bool TryRead(HttpHead head, ReadOnlySpan<byte> body, out List<FormPart> parts)
    {
        parts = [];
        if (!TryBoundary(head.First("content-type").Span, out byte[] delimiter) || head.CountOf("content-type") != 1)
            return false;
        int at = 0;
        if (!body.StartsWith(delimiter))
            return false;
        while (true)
        {
            at += delimiter.Length;
            ReadOnlySpan<byte> rest = body[at..];
            if (rest.StartsWith("--"u8))
                return rest.Length == 2 || rest[2..].SequenceEqual("\r\n"u8);
            if (!rest.StartsWith("\r\n"u8) || parts.Count == MaxParts)
                return false;
            int start = at + 2;
            int next = body[start..].IndexOf(delimiter);
            if (next < 2 || !body[start..(start + next)].EndsWith("\r\n"u8) || !TryReadPart(body, start, start + next - 2, out FormPart part))
                return false;
            parts.Add(part);
            at = start + next;
        }
    }

    private static bool TryBoundary(ReadOnlySpan<byte> contentType, out byte[] delimiter)
    {
        delimiter = [];
        int at = contentType.IndexOf("boundary="u8);
        if (at < 0 || contentType[(at + 9)..].IndexOf("boundary"u8) >= 0 || contentType.Contains((byte)'*'))
            return false;
        ReadOnlySpan<byte> value = contentType[(at + 9)..].Trim(" \t"u8);
        if (value.StartsWith("\""u8))
        {
            int quote = value[1..].IndexOf((byte)'"');
            if (quote < 0 || !value[(quote + 2)..].IsEmpty)
                return false;
            value = value.Slice(1, quote);
        }
        if (value.Length is 0 or > LongestBoundary || value.IndexOfAny(NotInBoundary) >= 0)
            return false;
        delimiter = [.. "--"u8, .. value];
        return true;
    }

    private static bool TryReadPart(ReadOnlySpan<byte> body, int start, int end, out FormPart part)
    {
        part = default;
        bool disposed = false, typed = false;
        while (start <= end)
        {
            int length = body[start..end].IndexOf("\r\n"u8);
            if (length == 0)
            {
                part = part with { Content = (start + 2)..end };
                return disposed;
            }
            if (length < 0)
                return false;
            Range line = start..(start + length);
            if (!TryReadHeader(body, line, ref part, ref disposed, ref typed))
                return false;
            start += length + 2;
        }
        return false;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> body, Range line, ref FormPart part, ref bool disposed, ref bool typed)
    {
        ReadOnlySpan<byte> text = body[line];
        int colon = text.IndexOf((byte)':');
        if (colon <= 0 || text.ContainsAnyInRange((byte)0, (byte)31) || text[..colon].IndexOfAny(" \t"u8) >= 0)
            return false;
        ReadOnlySpan<byte> name = text[..colon];
        if (Ascii.EqualsIgnoreCase(name, "content-disposition"u8))
        {
            if (disposed || !TryReadDisposition(body, (line.Start.Value + colon + 1)..line.End.Value, ref part))
                return false;
            disposed = true;
        }
        else if (Ascii.EqualsIgnoreCase(name, "content-type"u8))
        {
            if (typed)
                return false;
            typed = true;
            ReadOnlySpan<byte> value = text[(colon + 1)..];
            int parameters = value.IndexOf((byte)';');
            ReadOnlySpan<byte> type = parameters < 0 ? value : value[..parameters];
            int from = line.Start.Value + colon + 1 + (type.Length - type.TrimStart(" \t"u8).Length);
            part = part with { Type = from..(from + type.Trim(" \t"u8).Length) };
        }
        else if (Ascii.EqualsIgnoreCase(name, "content-transfer-encoding"u8) || Ascii.EqualsIgnoreCase(name, "content-encoding"u8))
        {
            return false;
        }
        return true;
    }

    /// <summary>Reads <c>form-data; name="…"; filename="…"</c>: quoted, in any order, each once, nothing else.</summary>
    private static bool TryReadDisposition(ReadOnlySpan<byte> body, Range value, ref FormPart part)
    {
        int at = value.Start.Value;
        int end = value.End.Value;
        ReadOnlySpan<byte> text = body[at..end];
        int kind = text.Length - text.TrimStart(" \t"u8).Length;
        if (!text[kind..].StartsWith("form-data"u8))
            return false;
        at += kind + "form-data".Length;
        bool named = false;
        while (at < end)
        {
            ReadOnlySpan<byte> rest = body[at..end];
            int skipped = rest.Length - rest.TrimStart(" \t;"u8).Length;
            at += skipped;
            rest = rest[skipped..];
            if (rest.IsEmpty)
                break;
            bool isName = rest.StartsWith("name=\""u8);
            bool isFile = rest.StartsWith("filename=\""u8);
            int from = isName ? "name=\"".Length : "filename=\"".Length;
            if (skipped == 0 || (!isName && !isFile) || (isName && named) || (isFile && part.IsFile))
                return false;
            int quote = rest[from..].IndexOf((byte)'"');
            if (quote < 0 || rest.Slice(from, quote).Contains((byte)'\\'))
                return false;
            Range found = (at + from)..(at + from + quote);
            part = isName ? part with { Name = found } : part with { FileName = found, IsFile = true };
            named |= isName;
            at += from + quote + 1;
        }
        return named;
    }
}
