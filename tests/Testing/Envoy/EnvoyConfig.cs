namespace EnvoyExtAuthz.Testing.Envoy;

/// <summary>How Envoy asks the filter.</summary>
public enum FilterProtocol
{
    /// <summary>No filter at all: the bare proxy that latencies are compared with.</summary>
    None,

    /// <summary>ext_proc: a stream an exchange.</summary>
    ExternalProcessing,

    /// <summary>ext_authz: one call a request.</summary>
    ExternalAuthorization,
}

/// <summary>ext_proc's <c>processing_mode</c>, in Envoy's own words; null leaves a field out.</summary>
/// <param name="RequestHeader">SEND, SKIP or DEFAULT.</param>
/// <param name="RequestBody">NONE, STREAMED, BUFFERED, BUFFERED_PARTIAL, FULL_DUPLEX_STREAMED or (1.40) GRPC.</param>
/// <param name="ResponseHeader">SEND, SKIP or DEFAULT.</param>
/// <param name="ResponseBody">As <paramref name="RequestBody"/>.</param>
/// <param name="RequestTrailer">SEND, SKIP or DEFAULT.</param>
/// <param name="ResponseTrailer">SEND, SKIP or DEFAULT; FULL_DUPLEX_STREAMED needs SEND.</param>
public sealed record EnvoyMode(
    string RequestHeader = "SEND",
    string RequestBody = "BUFFERED",
    string ResponseHeader = "SEND",
    string ResponseBody = "FULL_DUPLEX_STREAMED",
    string? RequestTrailer = null,
    string? ResponseTrailer = "SEND")
{
    /// <summary>The recommended mode: whole requests, responses as a full-duplex stream.</summary>
    public static EnvoyMode Full { get; } = new();

    /// <summary>The lean mode: no response by default; asked for per exchange with <c>mode_override</c>.</summary>
    public static EnvoyMode Lean { get; } = new(ResponseHeader: "SKIP", ResponseBody: "NONE", ResponseTrailer: null);

    /// <summary>Requests and responses whole.</summary>
    public static EnvoyMode Buffered { get; } = new(ResponseBody: "BUFFERED");
}

/// <summary>TLS on Envoy's listener.</summary>
/// <param name="CertificateChain">PEM file of the server's certificate.</param>
/// <param name="PrivateKey">PEM file of its key.</param>
/// <param name="TrustedCa">PEM file of the CA that clients' certificates must come from.</param>
/// <param name="RequireClientCertificate">Refuse a client without a certificate already in the handshake.</param>
public sealed record EnvoyTls(string CertificateChain, string PrivateKey, string TrustedCa, bool RequireClientCertificate);

/// <summary>One route before the catch-all.</summary>
/// <param name="Prefix">The path prefix it takes.</param>
/// <param name="DirectStatus">Envoy answers itself with this status; null sends on to the origin.</param>
/// <param name="Mode">A processing mode of the route's own.</param>
/// <param name="FilterDisabled">The route is not inspected at all.</param>
public sealed record EnvoyRoute(string Prefix, int? DirectStatus = null, EnvoyMode? Mode = null, bool FilterDisabled = false);

/// <summary>One Envoy in front of one origin, asking one filter. Becomes a bootstrap with <see cref="EnvoyBootstrap"/>.</summary>
public sealed record EnvoyConfig
{
    /// <summary>The request attributes that the filter's identity needs, and the one that tells of several URI SANs.</summary>
    public static IReadOnlyList<string> IdentityAttributes { get; } =
    [
        "connection.mtls", "connection.uri_san_peer_certificate", "connection.uri_san_local_certificate", "connection.peer_certificate",
        "connection.peer_certificate_valid", "filter_state['envoy_extauthz.peer_uri_sans']", "source.address", "destination.port", "request.id", "xds.route_name",
    ];

    /// <summary>How Envoy asks.</summary>
    public FilterProtocol Protocol { get; init; } = FilterProtocol.ExternalProcessing;

    /// <summary>Where the filter is: <c>unix:PATH</c> or <c>tcp:HOST:PORT</c>.</summary>
    public required string Filter { get; init; }

    /// <summary>The origin's port on 127.0.0.1.</summary>
    public required int OriginPort { get; init; }

    /// <summary>The origin speaks HTTP/2 without TLS.</summary>
    public bool Http2Origin { get; init; }

    /// <summary>What is sent to the filter.</summary>
    public EnvoyMode Mode { get; init; } = EnvoyMode.Full;

    /// <summary>ext_proc's <c>request_attributes</c>.</summary>
    public IReadOnlyList<string> RequestAttributes { get; init; } = IdentityAttributes;

    /// <summary>The filter may change the mode in its answer to headers.</summary>
    public bool AllowModeOverride { get; init; }

    /// <summary>Envoy lets exchanges through when the filter fails. Never in production; for tests that show why.</summary>
    public bool FailureModeAllow { get; init; }

    /// <summary>How long Envoy waits for one answer, where it waits with a clock.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Envoy's own idle timeout of an exchange; zero switches it off, as Istio does.</summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The route's timeout; zero switches it off.</summary>
    public TimeSpan RouteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The listener's <c>per_connection_buffer_limit_bytes</c>; null leaves Envoy's 1 MiB.</summary>
    public int? BufferLimitBytes { get; init; }

    /// <summary>HTTP/2's stream window, which is the body limit there; null leaves Envoy's 16 MiB.</summary>
    public int? Http2StreamWindowBytes { get; init; }

    /// <summary>TLS on the listener; null listens in plaintext.</summary>
    public EnvoyTls? Tls { get; init; }

    /// <summary>What happens to <c>x-forwarded-client-cert</c>: SANITIZE, FORWARD_ONLY, APPEND_FORWARD, SANITIZE_SET or ALWAYS_FORWARD_ONLY.</summary>
    public string ForwardClientCertificate { get; init; } = "SANITIZE";

    /// <summary>Upgrades that Envoy allows, e.g. <c>websocket</c>, <c>CONNECT</c>.</summary>
    public IReadOnlyList<string> Upgrades { get; init; } = [];

    /// <summary>HTTP/1.1 trailers are read and written.</summary>
    public bool EnableTrailers { get; init; }

    /// <summary>Failed upstream requests (5xx) are sent again once.</summary>
    public bool RetryOn5xx { get; init; }

    /// <summary>Routes before the one that takes everything.</summary>
    public IReadOnlyList<EnvoyRoute> Routes { get; init; } = [];

    /// <summary>Requests of no listed route find none (404 by Envoy).</summary>
    public bool NoCatchAll { get; init; }

    /// <summary>ext_authz: the largest body sent to the filter; beyond it Envoy answers 413. With 0 no body is sent.</summary>
    public int MaxRequestBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>ext_authz: a too large body is sent in part, and passes whole.</summary>
    public bool AllowPartialMessage { get; init; }

    /// <summary>ext_authz: the body as bytes; without it anything that is not UTF-8 is replaced.</summary>
    public bool PackAsBytes { get; init; } = true;
}
