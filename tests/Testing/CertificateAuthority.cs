using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EnvoyExtAuthz.Testing;

/// <summary>A certificate with its key, as PEM files for Envoy and as an object for .NET clients.</summary>
/// <param name="Certificate">The certificate with its private key.</param>
/// <param name="CertificateFile">PEM file of the certificate.</param>
/// <param name="KeyFile">PEM file of its key.</param>
public sealed record IssuedCertificate(X509Certificate2 Certificate, string CertificateFile, string KeyFile);

/// <summary>A certificate authority of a test's own, making SPIFFE certificates, good ones and odd ones.</summary>
public sealed class CertificateAuthority : IDisposable
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);

    private readonly TestFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private int _issued;

    /// <summary>Makes the authority.</summary>
    /// <param name="name">Its common name.</param>
    public CertificateAuthority(string name = "lab CA")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        BundleFile = _folder.Write("ca.pem", _certificate.ExportCertificatePem());
    }

    /// <summary>PEM file of the authority's own certificate.</summary>
    public string BundleFile { get; }

    /// <summary>A certificate with these URI SANs, in this order, written as they are; none leaves the extension with a DNS name only.</summary>
    /// <param name="uris">The URI SANs.</param>
    public IssuedCertificate Issue(params IEnumerable<string> uris) => Issue(uris, expired: false);

    /// <summary>A certificate with these URI SANs that was valid until yesterday.</summary>
    /// <param name="uris">The URI SANs.</param>
    public IssuedCertificate IssueExpired(params IEnumerable<string> uris) => Issue(uris, expired: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
        _folder.Dispose();
    }

    private IssuedCertificate Issue(IEnumerable<string> uris, bool expired)
    {
        int number = Interlocked.Increment(ref _issued);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(Names([.. uris]));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        byte[] serial = BitConverter.GetBytes(RandomNumberGenerator.GetInt32(1, int.MaxValue));
        using X509Certificate2 signed = request.Create(_certificate, now.AddDays(-7), expired ? now.AddDays(-1) : now.AddDays(7), serial);
        string certificateFile = _folder.Write($"{number}.pem", signed.ExportCertificatePem());
        string keyFile = _folder.Write($"{number}.key", key.ExportPkcs8PrivateKeyPem());
        using X509Certificate2 withKey = signed.CopyWithPrivateKey(key);
        // A certificate whose key lives in memory only is not offered in a handshake on every platform; a PKCS#12 round trip mends that.
        return new IssuedCertificate(X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null), certificateFile, keyFile);
    }

    /// <summary>The names as given, even those that <see cref="SubjectAlternativeNameBuilder"/> would refuse.</summary>
    private static X509Extension Names(IReadOnlyList<string> uris)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string uri in uris)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, UriTag);
            if (uris.Count == 0)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, "lab.test", DnsTag);
        }
        return new X509Extension(new Oid(SubjectAlternativeName), writer.Encode(), critical: false);
    }
}
