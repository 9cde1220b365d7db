using System.Net.Sockets;

namespace EnvoyExtAuthz.Testing;

/// <summary>Asks whether something listens on a Unix socket.</summary>
public static class UnixSocket
{
    /// <summary>True if a connection is taken.</summary>
    /// <param name="path">The socket's path.</param>
    public static async Task<bool> Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
