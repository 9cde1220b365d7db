using EnvoyExtAuthz.Engine;

namespace EnvoyExtAuthz.Host.Configuration;

/// <summary>Where Envoy reaches the filter.</summary>
/// <param name="UnixSocket">Path of a Unix socket; null for TCP.</param>
/// <param name="Host">Address to listen on; null for a Unix socket.</param>
/// <param name="Port">TCP port; 0 lets the system choose.</param>
internal sealed record ListenAddress(string? UnixSocket, string? Host, int Port)
{
    /// <summary>Reads <c>unix:PATH</c> or <c>tcp:HOST:PORT</c>.</summary>
    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new ListenAddress(null, null, 0);
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text.Length > 5)
        {
            // unix:///run/x.sock, as gRPC writes it, is the same socket.
            string path = text[5..];
            address = new ListenAddress(path.StartsWith("//", StringComparison.Ordinal) ? "/" + path.TrimStart('/') : path, null, 0);
            return true;
        }
        string tcp = text.StartsWith("tcp:", StringComparison.Ordinal) ? text[4..] : "";
        int colon = tcp.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(tcp.AsSpan(colon + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int port) || port > 65535)
            return false;
        address = new ListenAddress(null, tcp[..colon].Trim('[', ']'), port);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => UnixSocket is not null ? $"unix:{UnixSocket}" : $"tcp:{Host}:{Port}";
}

/// <summary>Certificates for a TCP listener; files are read again when they change.</summary>
/// <param name="Certificate">PEM file of our certificate and its chain.</param>
/// <param name="Key">PEM file of its key.</param>
/// <param name="ClientAuthorities">PEM file of the authorities whose clients may connect.</param>
/// <param name="ClientIds">SPIFFE IDs of clients that may connect; empty accepts every certificate of those authorities.</param>
internal sealed record TlsConfiguration(string Certificate, string Key, string ClientAuthorities, IReadOnlyList<string> ClientIds);

/// <summary>Everything the filter can be told besides its policy. Immutable.</summary>
internal sealed record FilterConfiguration
{
    /// <summary>The policy file; null for the embedded demonstration policy.</summary>
    public string? Policy { get; init; }

    /// <summary>How often the policy file is looked at.</summary>
    public TimeSpan PolicyInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Where Envoy reaches the filter.</summary>
    public ListenAddress Listen { get; init; } = new("/var/run/envoy-extauthz/extauthz.sock", null, 0);

    /// <summary>Permission bits of a Unix socket, octal.</summary>
    public int SocketMode { get; init; } = Convert.ToInt32("660", 8);

    /// <summary>Certificates for TCP; null for plain text, which is accepted on loopback only.</summary>
    public TlsConfiguration? Tls { get; init; }

    /// <summary>Where metrics and probes are; null for none.</summary>
    public ListenAddress? Admin { get; init; } = new(null, "127.0.0.1", 9902);

    /// <summary>The audit file; null writes none.</summary>
    public string? AuditFile { get; init; }

    /// <summary>A full audit file's size, bytes.</summary>
    public long AuditFileBytes { get; init; } = 64 << 20;

    /// <summary>Full audit files kept.</summary>
    public int AuditFilesKept { get; init; } = 16;

    /// <summary>The workload behind the filter, for routes that name it.</summary>
    public string? Workload { get; init; }

    /// <summary>Envoy has <c>allow_mode_override</c>: responses are asked for only where the policy needs them.</summary>
    public bool AllowModeOverride { get; init; }

    /// <summary>How long a stopping process waits for open exchanges.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Bounds.</summary>
    public ExchangeLimits Limits { get; init; } = new();
}
