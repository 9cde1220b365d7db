using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EnvoyExtAuthz.Host.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>
/// Certificates of a TCP listener, read again when their files change (looked at no more than once a second). Clients must
/// show a certificate of the configured authorities, and one of the configured SPIFFE IDs if there are any.
/// </summary>
internal sealed class TlsFiles
{
    private readonly TlsConfiguration _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _loading = new();
    private Loaded _loaded;
    private long _looked;

    private sealed record Loaded(X509Certificate2 Certificate, X509Certificate2Collection Chain, X509Certificate2Collection Authorities, DateTime Changed);

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="CryptographicException">A file holds no certificate or key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public TlsFiles(TlsConfiguration files, TimeProvider time, ILogger logger)
    {
        _files = files;
        _time = time;
        _logger = logger;
        _loaded = Load();
        _looked = time.GetTimestamp();
    }

    /// <summary>Sets a listener up.</summary>
    public void Configure(HttpsConnectionAdapterOptions options)
    {
        options.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        options.ServerCertificateSelector = (_, _) => Current().Certificate;
        options.ClientCertificateValidation = Accepts;
        options.SslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13;
    }

    private bool Accepts(X509Certificate2 client, X509Chain? _, SslPolicyErrors errors)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current().Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || !chain.Build(client))
            return false;
        if (_files.ClientIds.Count == 0)
            return true;
        return Identity.PeerCertificateNames.Only(client) is { } id && _files.ClientIds.Contains(id);
    }

    private Loaded Current()
    {
        Loaded loaded = Volatile.Read(ref _loaded);
        if (_time.GetElapsedTime(Volatile.Read(ref _looked)) < TimeSpan.FromSeconds(1))
            return loaded;
        lock (_loading)
        {
            Volatile.Write(ref _looked, _time.GetTimestamp());
            try
            {
                if (Changed() != _loaded.Changed)
                    Volatile.Write(ref _loaded, Load());
            }
            catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
            {
                Log.CertificateRefused(_logger, e.GetType().Name);
            }
            return _loaded;
        }
    }

    private Loaded Load()
    {
        DateTime changed = Changed();
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(_files.Certificate, _files.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_files.Certificate);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(_files.ClientAuthorities);
        return new Loaded(certificate, chain, authorities, changed);
    }

    private DateTime Changed() => new[] { _files.Certificate, _files.Key, _files.ClientAuthorities }.Max(File.GetLastWriteTimeUtc);
}
