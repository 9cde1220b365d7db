using System.Net;
using System.Reflection;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Engine.Audit;
using EnvoyExtAuthz.Host.Configuration;
using EnvoyExtAuthz.Host.Grpc;
using EnvoyExtAuthz.Identity.Tokens;
using EnvoyExtAuthz.Policy;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Prometheus;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>
/// The running filter: Envoy's gRPC services on a Unix socket or TCP, probes and metrics on a port of their own. Made from
/// a configuration and a first policy, both already checked.
/// </summary>
internal sealed class FilterServer : IAsyncDisposable
{
    private const int StreamsPerConnection = 100_000;

    // Tokens are refused until their keys are there; an issuer that does not answer at all must not keep everybody else waiting.
    private static readonly TimeSpan FirstKeys = TimeSpan.FromSeconds(3);
    private readonly WebApplication _app;
    private readonly FilterConfiguration _configuration;
    private readonly IDecisionLog _log;
    private readonly PolicyStore? _store;
    private readonly JwksStore _keys;

    private FilterServer(WebApplication app, FilterConfiguration configuration, IDecisionLog log, PolicyStore? store, JwksStore keys)
    {
        _keys = keys;
        _app = app;
        _configuration = configuration;
        _log = log;
        _store = store;
    }

    /// <summary>The build's version.</summary>
    public static string Version { get; } = typeof(FilterServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Makes a server; nothing listens before <see cref="Start"/>.</summary>
    /// <param name="configuration">What it is told.</param>
    /// <param name="policy">The policy to begin with.</param>
    /// <param name="store">Where changed policies come from; null if the policy never changes.</param>
    /// <param name="scanner">Detectors.</param>
    /// <param name="modelVersion">Version of the injection model.</param>
    /// <param name="time">The clock.</param>
    /// <param name="quiet">Log warnings only.</param>
    /// <param name="decisions">Takes decisions down in place of the configured audit file; null for that one.</param>
    public static FilterServer Make(FilterConfiguration configuration, PolicySnapshot policy, PolicyStore? store, Scanner scanner, string modelVersion, TimeProvider time, bool quiet = false, IDecisionLog? decisions = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            o.UseUtcTimestamp = true;
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("EnvoyExtAuthz", quiet ? LogLevel.Warning : LogLevel.Information);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(5));

        CollectorRegistry registry = Prometheus.Metrics.NewCustomRegistry();
        IDecisionLog log = decisions ?? (configuration.AuditFile is { } file
            ? new AuditLog(new AuditOptions(file) { FileBytes = configuration.AuditFileBytes, FilesKept = configuration.AuditFilesKept }, time)
            : new NoAudit());
        var keys = new JwksStore(time);
        var policies = new PolicyInForceSource(policy, keys);
        var services = new ExchangeServices(policies, new Protocols(), scanner, configuration.Limits, log, new EngineMetrics(registry), time, configuration.Workload);
        var metrics = new HostMetrics(registry, log, () => services.Memory.Used, modelVersion, time);
        var readiness = new Readiness();
        var stopping = new StopSignal();
        var pool = new ExchangePool(services);
        var health = new HealthServiceImpl();
        health.SetStatus("", global::Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus.Serving);

        builder.Services.AddGrpc(o =>
        {
            o.MaxReceiveMessageSize = Math.Max(configuration.Limits.RequestBodyBytes, configuration.Limits.ResponseBodyBytes) + (1 << 20);
            o.MaxSendMessageSize = null;
            o.EnableDetailedErrors = false;
        });
        builder.Services.AddSingleton(new ExternalProcessing(pool, new EnvoyOptions(true, configuration.AllowModeOverride), stopping));
        builder.Services.AddSingleton(new Grpc.Authorization(pool));
        builder.Services.AddSingleton(health);
        builder.WebHost.UseKestrelCore().ConfigureKestrel((_, kestrel) => Listen(kestrel, configuration, time));
        WebApplication app = builder.Build();
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("EnvoyExtAuthz");
        metrics.InForce(policy);
        foreach (JwksReading reading in keys.Latest())
            Log.Keys(logger, reading);
        keys.Read += reading => Log.Keys(logger, reading);
        Follow(store, policies, metrics, readiness, logger);
        app.Lifetime.ApplicationStopping.Register(() => Drain(readiness, health, services, stopping, configuration.Drain, logger));

        var admin = new AdminEndpoints(registry, readiness, policies, log, modelVersion);
        app.MapWhen(c => c.Connection.LocalPort == configuration.Admin?.Port && c.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal), admin.Map);
        app.MapGrpcService<ExternalProcessing>();
        app.MapGrpcService<Grpc.Authorization>();
        app.MapGrpcService<HealthServiceImpl>();
        Log.Serving(logger, Version, configuration.Listen.ToString(), policy.Name, policy.Hash[..12]);
        return new FilterServer(app, configuration, log, store, keys);
    }

    /// <summary>Begins to listen.</summary>
    public async Task Start(CancellationToken cancelled)
    {
        await Task.WhenAny(_keys.FirstReadings(), Task.Delay(FirstKeys, cancelled));
        if (_configuration.Listen.UnixSocket is { } path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // A socket left behind by a killed process would refuse us the address.
            File.Delete(path);
        }
        await _app.StartAsync(cancelled);
        if (_configuration.Listen.UnixSocket is { } socket && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, (UnixFileMode)_configuration.SocketMode);
    }

    /// <summary>Serves until the process is told to stop.</summary>
    public Task Wait(CancellationToken cancelled) => _app.WaitForShutdownAsync(cancelled);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _store?.Dispose();
        await _keys.DisposeAsync();
        if (_log is IAsyncDisposable log)
            await log.DisposeAsync();
    }

    private static void Listen(KestrelServerOptions kestrel, FilterConfiguration configuration, TimeProvider time)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        // Each exchange holds a stream for its life, and model answers stream for minutes.
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1 << 20;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 8 << 20;
        kestrel.Limits.Http2.MaxFrameSize = 1 << 17;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        ListenAddress listen = configuration.Listen;
        if (listen.UnixSocket is { } path)
        {
            kestrel.ListenUnixSocket(path, o => o.Protocols = HttpProtocols.Http2);
        }
        else
        {
            TlsFiles? tls = configuration.Tls is { } files
                ? new TlsFiles(files, time, kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("EnvoyExtAuthz"))
                : null;
            kestrel.Listen(AddressOf(listen), listen.Port, o =>
            {
                o.Protocols = HttpProtocols.Http2;
                if (tls is not null)
                    o.UseHttps(tls.Configure);
            });
        }
        if (configuration.Admin is { } admin)
            kestrel.Listen(AddressOf(admin), admin.Port, o => o.Protocols = HttpProtocols.Http1);
    }

    private static IPAddress AddressOf(ListenAddress listen) => listen.Host switch
    {
        "localhost" => IPAddress.Loopback,
        "*" => IPAddress.IPv6Any,
        { } host => IPAddress.Parse(host),
        null => IPAddress.Loopback,
    };

    private static void Follow(PolicyStore? store, PolicyInForceSource policies, HostMetrics metrics, Readiness readiness, ILogger logger)
    {
        if (store is null)
            return;
        store.Reloaded += reload =>
        {
            metrics.Reloaded(reload.Succeeded);
            if (reload.Result?.Snapshot is { } snapshot)
            {
                policies.Replace(snapshot);
                metrics.InForce(snapshot);
                readiness.PolicyFault = null;
                Log.PolicyInForce(logger, snapshot.Name, snapshot.Hash[..12]);
                return;
            }
            string fault = reload.Fault ?? string.Join(" ", reload.Result!.Diagnostics.Where(d => d.Severity == Policy.Yaml.DiagnosticSeverity.Error).Take(3).Select(d => d.Format("policy")));
            readiness.PolicyFault = fault;
            Log.PolicyRefused(logger, fault);
        };
    }

    /// <summary>Not ready, then wait for what is open; then the rest is ended by us, refused in its own words where it can be.</summary>
    private static void Drain(Readiness readiness, HealthServiceImpl health, ExchangeServices services, StopSignal stopping, TimeSpan most, ILogger logger)
    {
        readiness.Stop();
        health.SetStatus("", global::Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus.NotServing);
        Log.Draining(logger, (int)services.Metrics.Open, most.TotalSeconds);
        long began = services.Time.GetTimestamp();
        while (services.Metrics.Open > 0 && services.Time.GetElapsedTime(began) < most)
            Thread.Sleep(50);
        if (services.Metrics.Open > 0)
            Log.DrainExpired(logger, (int)services.Metrics.Open);
        stopping.Expire();
        // Time for the last words to leave before connections are closed.
        for (int i = 0; i < 20 && services.Metrics.Open > 0; i++)
            Thread.Sleep(50);
    }
}
