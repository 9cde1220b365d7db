using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>A port that leads to another, which a file names and which may change: an origin for Envoy whose server is started later.</summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _target;
    private readonly Task _accepting;

    /// <summary>Listens.</summary>
    /// <param name="target">A file that holds the port on 127.0.0.1 to lead to.</param>
    public TcpForwarder(string target)
    {
        _target = target;
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = Forward(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Forward(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                int port = int.Parse(await File.ReadAllTextAsync(_target, _stop.Token), CultureInfo.InvariantCulture);
                await server.ConnectAsync("localhost", port, _stop.Token);
                await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(client.GetStream(), _stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
            }
        }
    }
}
