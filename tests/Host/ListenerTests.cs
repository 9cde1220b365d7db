using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using EnvoyExtAuthz.Host.Configuration;
using EnvoyExtAuthz.Host.Serving;
using EnvoyExtAuthz.Testing;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace EnvoyExtAuthz.Host.Tests;

/// <summary>The TCP listener: mutual TLS, by authority and by name, with certificates that change while it runs.</summary>
public sealed class ListenerTests
{
    [Fact]
    public async Task A_client_of_our_authority_is_served_and_any_other_is_not()
    {
        using var authority = new CertificateAuthority();
        using var stranger = new CertificateAuthority("other");
        IssuedCertificate server = authority.Issue("spiffe://lab.test/ns/x/sa/filter");
        await using Running running = await Running.Start(server, authority, ["spiffe://lab.test/ns/x/sa/envoy"]);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await running.Ask(authority.Issue("spiffe://lab.test/ns/x/sa/envoy").Certificate));
        await Assert.ThrowsAsync<RpcException>(() => running.Ask(authority.Issue("spiffe://lab.test/ns/x/sa/someone").Certificate));
        await Assert.ThrowsAsync<RpcException>(() => running.Ask(authority.Issue("spiffe://lab.test/ns/x/sa/envoy", "spiffe://lab.test/ns/x/sa/second").Certificate));
        await Assert.ThrowsAsync<RpcException>(() => running.Ask(stranger.Issue("spiffe://lab.test/ns/x/sa/envoy").Certificate));
        await Assert.ThrowsAsync<RpcException>(() => running.Ask(null));
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_without_a_restart()
    {
        using var authority = new CertificateAuthority();
        IssuedCertificate server = authority.Issue("spiffe://lab.test/ns/x/sa/filter");
        await using Running running = await Running.Start(server, authority, []);
        X509Certificate2 client = authority.Issue("spiffe://lab.test/ns/x/sa/envoy").Certificate;
        await running.Ask(client);
        string first = running.Shown;
        IssuedCertificate renewed = authority.Issue("spiffe://lab.test/ns/x/sa/filter");
        File.Copy(renewed.CertificateFile, server.CertificateFile, overwrite: true);
        File.Copy(renewed.KeyFile, server.KeyFile, overwrite: true);
        File.SetLastWriteTimeUtc(server.KeyFile, DateTime.UtcNow.AddSeconds(2));
        for (int i = 0; i < 100 && running.Shown == first; i++)
        {
            await Task.Delay(100);
            await running.Ask(client);
        }
        Assert.Equal(renewed.Certificate.Thumbprint, running.Shown);
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly FilterServer _server;
        private readonly int _port;

        private Running(FilterServer server, int port)
        {
            _server = server;
            _port = port;
        }

        /// <summary>Thumbprint of the certificate the server showed last.</summary>
        public string Shown { get; private set; } = "";

        public static async Task<Running> Start(IssuedCertificate server, CertificateAuthority authority, IReadOnlyList<string> clients)
        {
            int port = FreePort.Next();
            var configuration = new FilterConfiguration
            {
                Listen = new ListenAddress(null, "127.0.0.1", port),
                Admin = null,
                Drain = TimeSpan.Zero,
                Tls = new TlsConfiguration(server.CertificateFile, server.KeyFile, authority.BundleFile, clients),
            };
            (Detection.Scanner scanner, string model) = Detectors.Load();
            FilterServer running = FilterServer.Make(configuration, EmbeddedPolicy.Compile(new Protocols()), null, scanner, model, TimeProvider.System, quiet: true);
            await running.Start(CancellationToken.None);
            return new Running(running, port);
        }

        public async Task<HealthCheckResponse.Types.ServingStatus> Ask(X509Certificate2? certificate)
        {
            var options = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, _) =>
                {
                    Shown = ((X509Certificate2)shown!).Thumbprint;
                    return true;
                },
            };
            if (certificate is not null)
                options.ClientCertificates = [certificate];
            using var channel = GrpcChannel.ForAddress($"https://127.0.0.1:{_port}", new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { SslOptions = options, UseProxy = false } });
            HealthCheckResponse answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), deadline: DateTime.UtcNow.AddSeconds(20));
            return answer.Status;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
