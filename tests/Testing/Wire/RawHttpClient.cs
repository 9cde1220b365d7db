using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EnvoyExtAuthz.Testing.Wire;

/// <summary>
/// An HTTP/1.1 client that is a socket: sends bytes as they are and shows what came back with its framing. One connection,
/// kept between requests.
/// </summary>
public sealed class RawHttpClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly RawResponseReader _reader;

    private RawHttpClient(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
        _reader = new RawResponseReader(stream);
    }

    /// <summary>Opens a plaintext connection.</summary>
    /// <param name="port">The port on 127.0.0.1.</param>
    public static async Task<RawHttpClient> Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawHttpClient(socket, new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Opens a TLS connection.</summary>
    /// <param name="port">The port on 127.0.0.1.</param>
    /// <param name="certificate">The client's certificate with its key; null offers none.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake failed.</exception>
    public static async Task<RawHttpClient> ConnectTls(int port, X509Certificate2? certificate)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "lab.test",
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            ClientCertificates = certificate is null ? [] : [certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return new RawHttpClient(socket, tls);
    }

    /// <summary>One request's bytes: head with <c>host</c> and a body of its own <c>content-length</c>.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">The request target.</param>
    /// <param name="body">The body; null sends none and no length.</param>
    /// <param name="headers">More headers, each <c>name: value</c>.</param>
    public static byte[] Request(string method, string target, byte[]? body, params IEnumerable<string> headers)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nhost: lab.test\r\n");
        foreach (string header in headers)
            head.Append(header).Append("\r\n");
        if (body is not null)
            head.Append(CultureInfo.InvariantCulture, $"content-length: {body.Length}\r\n");
        head.Append("\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body ?? []];
    }

    /// <summary>A JSON POST.</summary>
    /// <param name="target">The request target.</param>
    /// <param name="json">The body.</param>
    /// <param name="headers">More headers, each <c>name: value</c>.</param>
    public static byte[] Post(string target, string json, params IEnumerable<string> headers) =>
        Request("POST", target, Encoding.UTF8.GetBytes(json), ["content-type: application/json", .. headers]);

    /// <summary>Sends bytes as they are.</summary>
    /// <param name="bytes">What to send.</param>
    public async Task Send(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    /// <summary>Reads the next response.</summary>
    /// <param name="method">The request's method; a HEAD's response has no body.</param>
    /// <param name="limit">How long to wait in all; 15 s if null.</param>
    public Task<RawResponse> Receive(string method = "GET", TimeSpan? limit = null) => _reader.Read(method, limit ?? TimeSpan.FromSeconds(15));

    /// <summary>Reads until a text has come in a response's body, or the limit.</summary>
    /// <param name="text">What to wait for.</param>
    /// <param name="limit">How long to wait in all.</param>
    /// <returns>Everything read so far, head included, not consumed.</returns>
    public Task<string> Peek(string text, TimeSpan limit) => _reader.Peek(text, limit);

    /// <summary>Sends a request and reads its response.</summary>
    /// <param name="request">The request's bytes.</param>
    /// <param name="method">Its method.</param>
    public async Task<RawResponse> Exchange(ReadOnlyMemory<byte> request, string method = "POST")
    {
        await Send(request);
        return await Receive(method);
    }

    /// <summary>Ends the sending half of the connection.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Breaks the connection with a TCP reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
