using System.Net;
using System.Net.Sockets;

namespace EnvoyExtAuthz.Testing.Origin;

/// <summary>
/// An origin that is a socket and nothing more: keeps every byte it gets and answers bytes as they are, for framing that
/// no server library would send.
/// </summary>
public sealed class RawOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryStream _received = new();
    private readonly byte[] _answer;
    private readonly bool _closeAfter;
    private readonly Task _loop;

    private RawOrigin(byte[] answer, bool closeAfter)
    {
        _answer = answer;
        _closeAfter = closeAfter;
        _listener.Start();
        _loop = Accept();
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every byte that came, over all connections.</summary>
    public byte[] Received
    {
        get
        {
            lock (_received)
                return _received.ToArray();
        }
    }

    /// <summary>Starts an origin that answers each received request head with the same bytes.</summary>
    /// <param name="answer">The bytes of one response, head and body.</param>
    /// <param name="closeAfter">Close the connection after them.</param>
    public static RawOrigin Start(byte[] answer, bool closeAfter = false) => new(answer, closeAfter);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
        _listener.Dispose();
    }

    private async Task Accept()
    {
        var connections = new List<Task>();
        try
        {
            while (!_stop.IsCancellationRequested)
                connections.Add(Serve(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The listener was stopped: the end of every test.
        }
        await Task.WhenAll(connections);
    }

    private async Task Serve(Socket socket)
    {
        using Socket connection = socket;
        byte[] buffer = new byte[64 * 1024];
        var head = new List<byte>();
        try
        {
            int read;
            while ((read = await connection.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                lock (_received)
                    _received.Write(buffer, 0, read);
                head.AddRange(buffer.AsSpan(0, read));
                if (!EndsWithBlankLine(head))
                    continue;
                head.Clear();
                await connection.SendAsync(_answer, _stop.Token);
                if (_closeAfter)
                    return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The peer went, or the test ended.
        }
    }

    private static bool EndsWithBlankLine(List<byte> bytes) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).IndexOf("\r\n\r\n"u8) >= 0;
}
