using System.Net;
using System.Net.Sockets;

namespace EnvoyExtAuthz.Testing;

/// <summary>Finds a free TCP port for programs that cannot choose one themselves.</summary>
public static class FreePort
{
    /// <summary>A port on 127.0.0.1 that nothing listened on a moment ago.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
