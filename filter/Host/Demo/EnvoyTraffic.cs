using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EnvoyExtAuthz.Host.Recorded;

namespace EnvoyExtAuthz.Host.Demo;

/// <summary>Carries the demonstration through a real Envoy: mutual TLS in front, the filter beside it, the origin behind.</summary>
internal sealed class EnvoyTraffic : IDemoTraffic
{
    private readonly Process _envoy;
    private readonly string _folder;
    private readonly int _port;
    private readonly DemoPki _pki;
    private readonly Dictionary<string, HttpClient> _clients = [];

    private EnvoyTraffic(Process envoy, string folder, int port, DemoPki pki, string version)
    {
        _envoy = envoy;
        _folder = folder;
        _port = port;
        _pki = pki;
        Description = $"a real Envoy ({version}), mutual TLS";
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>An Envoy from <c>ENVOY_BIN</c> or PATH; null if there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("ENVOY_BIN") is { Length: > 0 } named)
            return File.Exists(named) ? named : null;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(p => p.Length > 0).Select(p => Path.Combine(p, "envoy")).FirstOrDefault(File.Exists);
    }

    /// <summary>Starts Envoy and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">Envoy did not start.</exception>
    public static async Task<EnvoyTraffic> Start(string binary, string socket, int originPort, string folder, CancellationToken cancelled)
    {
        var pki = new DemoPki();
        pki.Issue("spiffe://cluster.local/ns/demo/sa/server", out string certificate, out string key);
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), pki.AuthorityPem, cancelled);
        await File.WriteAllTextAsync(Path.Combine(folder, "server.pem"), certificate, cancelled);
        await File.WriteAllTextAsync(Path.Combine(folder, "server.key"), key, cancelled);
        int port = FreePort(), admin = FreePort();
        string config = Path.Combine(folder, "envoy.json");
        await File.WriteAllBytesAsync(config, DemoEnvoyConfig.Write(folder, socket, port, admin, originPort), cancelled);
        var start = new ProcessStartInfo(binary) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["-c", config, "--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id"])
            start.ArgumentList.Add(argument);
        Process envoy = Process.Start(start)!;
        _ = envoy.StandardError.ReadToEndAsync(cancelled);
        _ = envoy.StandardOutput.ReadToEndAsync(cancelled);
        using var probe = new HttpClient();
        string version = await WaitUntilReady(probe, envoy, admin, cancelled);
        return new EnvoyTraffic(envoy, folder, port, pki, version);
    }

    /// <inheritdoc/>
    public async Task<DemoAnswer> Send(int index, RecordedExchange exchange, CancellationToken cancelled)
    {
        HttpClient client = ClientOf(exchange.Caller ?? "");
        using var request = new HttpRequestMessage(new HttpMethod(exchange.Method), $"https://127.0.0.1:{_port}{exchange.Path}");
        request.Headers.Add(DemoOrigin.Selector, index.ToString(CultureInfo.InvariantCulture));
        if (exchange.Request.Body.Length > 0)
            request.Content = new ByteArrayContent(exchange.Request.Body);
        foreach ((string name, string value) in exchange.Request.Headers)
        {
            if (name == "content-type" && request.Content is not null)
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancelled);
        return new DemoAnswer((int)response.StatusCode, body, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _clients.Values)
            client.Dispose();
        _envoy.Kill();
        await _envoy.WaitForExitAsync();
        _envoy.Dispose();
        _pki.Dispose();
    }

    private HttpClient ClientOf(string caller)
    {
        if (_clients.TryGetValue(caller, out HttpClient? known))
            return known;
        var options = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown && _pki.Issued(shown),
        };
        if (caller.Length > 0)
        {
            _pki.Issue(caller, out string certificate, out string key);
            using X509Certificate2 pem = X509Certificate2.CreateFromPem(certificate, key);
            options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)];
        }
        return _clients[caller] = new HttpClient(new SocketsHttpHandler { SslOptions = options, UseProxy = false, AutomaticDecompression = DecompressionMethods.None });
    }

    private static async Task<string> WaitUntilReady(HttpClient probe, Process envoy, int admin, CancellationToken cancelled)
    {
        for (int i = 0; i < 200 && !envoy.HasExited; i++)
        {
            try
            {
                string info = await probe.GetStringAsync($"http://127.0.0.1:{admin}/server_info", cancelled);
                if (info.Contains("\"LIVE\"", StringComparison.Ordinal))
                    return info.Split("\"version\": \"")[1].Split('"')[0].Split('/') is [_, var version, ..] ? version : "unknown version";
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(50, cancelled);
        }
        throw new InvalidOperationException("Envoy did not start.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
