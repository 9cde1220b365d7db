namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// The one reading of a request's path: percent-decoded once where decoding changes nothing about its structure, without
/// query. A path that servers read in two ways (dot segments, doubled slashes, encoded slashes or dots, backslashes,
/// semicolons that some cut off as parameters, control bytes, bad escapes, bytes that are no UTF-8, a fragment) has no normal
/// form here and is refused.
/// </summary>
/// <remarks>
/// One escape stays as it is: the slash in the ARN that AWS SDKs put into one segment after <c>/model/</c>,
/// <c>/guardrail/</c> or <c>/async-invoke/</c>. It stands there as <c>%2F</c>, the only percent sign a normal form can hold, and neither it nor a
/// reader that decodes it makes a dot segment or an empty one.
/// </remarks>
public static class RequestPath
{
    /// <summary>Normalises <c>:path</c>.</summary>
    /// <param name="raw">As it came, query included.</param>
    /// <param name="normal">The path without query: a slice of the input unless it held escapes.</param>
    /// <param name="query">What follows the first <c>?</c>; empty if nothing does.</param>
    /// <returns>False if the path has more than one reading.</returns>
    public static bool TryNormalise(ReadOnlyMemory<byte> raw, out ReadOnlyMemory<byte> normal, out ReadOnlyMemory<byte> query)
    {
        ReadOnlySpan<byte> span = raw.Span;
        int mark = span.IndexOf((byte)'?');
        query = mark < 0 ? default : raw[(mark + 1)..];
        normal = mark < 0 ? raw : raw[..mark];
        ReadOnlySpan<byte> path = normal.Span;
        if (path.IsEmpty || path[0] != (byte)'/' || path.IndexOfAny("\\#;"u8) >= 0 || path.IndexOfAnyInRange((byte)0, (byte)0x20) >= 0 || path.Contains((byte)0x7F))
            return false;
        if (path.Contains((byte)'%'))
        {
            byte[]? decoded = Decode(path);
            if (decoded is null)
                return false;
            normal = decoded;
            path = decoded;
        }
        else if (!System.Text.Unicode.Utf8.IsValid(path))
        {
            return false;
        }
        return HasPlainSegments(path) && HasPlainArn(path);
    }

    private static bool HasPlainSegments(ReadOnlySpan<byte> path) =>
        path.IndexOf("//"u8) < 0 && path.IndexOf("/./"u8) < 0 && path.IndexOf("/../"u8) < 0 && !path.EndsWith("/."u8) && !path.EndsWith("/.."u8);

    /// <summary>Escaped slashes stand between parts of a name that is not empty nor dots.</summary>
    private static bool HasPlainArn(ReadOnlySpan<byte> path)
    {
        for (int at = path.IndexOf("%2F"u8); at >= 0; at = path.IndexOf("%2F"u8))
        {
            path = path[(at + 3)..];
            int end = path.IndexOfAny("/%"u8);
            if ((end < 0 ? path : path[..end]).Trim((byte)'.').IsEmpty)
                return false;
        }
        return true;
    }

    private static byte[]? Decode(ReadOnlySpan<byte> path)
    {
        var decoded = new byte[path.Length];
        int length = 0;
        for (int i = 0; i < path.Length; i++)
        {
            byte b = path[i];
            if (b == (byte)'%')
            {
                if (i + 2 >= path.Length || !Byte(path[i + 1], path[i + 2], out b))
                    return null;
                i += 2;
                // An escaped separator or dot is another path to some servers and the same to others; an escaped
                // percent sign invites a second decoding.
                if (b == (byte)'/' && IsInArn(decoded.AsSpan(0, length)))
                {
                    "%2F"u8.CopyTo(decoded.AsSpan(length));
                    length += 3;
                    continue;
                }
                if (b is (byte)'/' or (byte)'\\' or (byte)'.' or (byte)'%' or (byte)'?' or (byte)'#' or (byte)';' or < 0x20 or 0x7F)
                    return null;
            }
            decoded[length++] = b;
        }
        return System.Text.Unicode.Utf8.IsValid(decoded.AsSpan(0, length)) ? decoded[..length] : null;
    }

    /// <summary>The segment that a path, so far, ends with is an ARN in a place where AWS has one.</summary>
    private static bool IsInArn(ReadOnlySpan<byte> path)
    {
        int last = path.LastIndexOf((byte)'/');
        return last >= 0 && path[last..].StartsWith("/arn:"u8)
            && (path[..last].EndsWith("/model"u8) || path[..last].EndsWith("/guardrail"u8) || path[..last].EndsWith("/async-invoke"u8));
    }

    private static bool Byte(byte high, byte low, out byte value)
    {
        value = 0;
        if (!char.IsAsciiHexDigit((char)high) || !char.IsAsciiHexDigit((char)low))
            return false;
        value = (byte)((Digit(high) << 4) | Digit(low));
        return true;
    }

    private static int Digit(byte digit) => digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
