using System.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// The address that a server of 2024-11-05 names for its client's messages. One at another host takes all that is said out of
/// reach; official clients refuse it, others need not.
/// </summary>
internal static class McpEndpoint
{
    /// <summary>Whether an address is at the host that was asked for it, for every client that reads addresses by WHATWG URL or RFC 3986.</summary>
    /// <param name="authority">The authority of the request; empty if unknown.</param>
    /// <param name="address">The event's data.</param>
    public static bool IsOf(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> address)
    {
        // Backslashes are slashes to some, and line ends are nothing to some.
        if (address.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0 || address.Contains((byte)'\\'))
            return false;
        if (address.StartsWith("//"u8))
            return Names(authority, address[2..]);
        if (address.StartsWith("http://"u8))
            return Names(authority, address[7..]);
        if (address.StartsWith("https://"u8))
            return Names(authority, address[8..]);
        int path = address.IndexOfAny("/?#"u8);
        return !(path < 0 ? address : address[..path]).Contains((byte)':');
    }

    private static bool Names(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOfAny("/?#"u8);
        return !authority.IsEmpty && Ascii.EqualsIgnoreCase(end < 0 ? rest : rest[..end], authority);
    }
}
