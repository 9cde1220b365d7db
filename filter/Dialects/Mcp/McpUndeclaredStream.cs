namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// Official clients read what answers their GET as an event stream, whatever its content type says. A body that has events
/// must say so, so that it is read as one here too.
/// </summary>
internal static class McpUndeclaredStream
{
    /// <summary>Whether a line of a body is data of an event.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith("\uFEFF"u8))
            body = body[3..];
        while (true)
        {
            if (body.StartsWith("data"u8) && (body.Length == 4 || body[4] is (byte)':' or (byte)'\r' or (byte)'\n'))
                return true;
            int end = body.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
                return false;
            body = body[(end + 1)..];
        }
    }
}
