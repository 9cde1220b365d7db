using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace EnvoyExtAuthz.Testing.Wire;

/// <summary>An HTTP/2 client (prior knowledge without TLS, or over TLS) that shows how a response ended.</summary>
public sealed class Http2Client : IDisposable
{
    private readonly HttpClient _client;

    /// <summary>Makes a client of one Envoy.</summary>
    /// <param name="port">The port on 127.0.0.1.</param>
    /// <param name="tls">Speak TLS.</param>
    /// <param name="certificate">The client's certificate with its key; null offers none.</param>
    public Http2Client(int port, bool tls = false, X509Certificate2? certificate = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                ClientCertificates = certificate is null ? [] : [certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
            },
        };
        _client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"{(tls ? "https" : "http")}://127.0.0.1:{port}"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends a request and reads its response to whatever end it has.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="body">The body; null sends none.</param>
    /// <param name="headers">More headers.</param>
    /// <param name="limit">How long to wait in all; 15 s if null.</param>
    /// <param name="withLength">Send a <c>content-length</c>, which HTTP/2 does not need.</param>
    public async Task<RawResponse> Exchange(string method, string target, byte[]? body, IEnumerable<KeyValuePair<string, string>>? headers = null, TimeSpan? limit = null, bool withLength = true)
    {
        using var timeout = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(15));
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(target, UriKind.Relative))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (body is not null)
            request.Content = withLength ? new ByteArrayContent(body) : new StreamContent(new UnseekableStream(body));
        foreach ((string name, string value) in headers ?? [])
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        var chunks = new List<byte[]>();
        int status = 0;
        KeyValuePair<string, string>[] fields = [];
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            status = (int)response.StatusCode;
            fields = [.. Flat(response.Headers), .. Flat(response.Content.Headers)];
            await using Stream stream = await response.Content.ReadAsStreamAsync(timeout.Token);
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, timeout.Token)) > 0)
                chunks.Add(buffer[..read]);
            return new RawResponse(status, fields, chunks, [.. Flat(response.TrailingHeaders)], ResponseEnd.Complete, []);
        }
        catch (OperationCanceledException)
        {
            return new RawResponse(status, fields, chunks, [], ResponseEnd.TimedOut, []);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            long? code = (e as HttpProtocolException ?? e.InnerException as HttpProtocolException)?.ErrorCode;
            return new RawResponse(status, fields, chunks, [], status == 0 ? ResponseEnd.Nothing : ResponseEnd.Cut, [], code);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Bytes whose number is not known beforehand.</summary>
    private sealed class UnseekableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    private static IEnumerable<KeyValuePair<string, string>> Flat(IEnumerable<KeyValuePair<string, IEnumerable<string>>> headers) =>
        headers.SelectMany(h => h.Value.Select(value => new KeyValuePair<string, string>(h.Key, value)));
}
