using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EnvoyExtAuthz.Identity;

/// <summary>
/// What an X.509 certificate says of a SPIFFE identity (X509-SVID §2 and §4): exactly one URI SAN, a key for
/// signatures, and no right to sign other certificates. The path to a trusted root is Envoy's to check.
/// </summary>
internal static class PeerCertificate
{
    /// <summary>Reads a leaf certificate.</summary>
    /// <param name="pem">PEM, URL-encoded or not; the first certificate counts.</param>
    /// <param name="uri">Its one URI SAN.</param>
    /// <returns>What keeps it from being an identity; <see cref="IdentityFault.None"/> if nothing does.</returns>
    public static IdentityFault Read(string pem, out string uri)
    {
        uri = "";
        try
        {
            string text = pem.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(pem) : pem;
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(text);
            foreach (X509Extension extension in certificate.Extensions)
            {
                if (extension is X509BasicConstraintsExtension { CertificateAuthority: true })
                    return IdentityFault.CertificateNotValid;
                if (extension is X509KeyUsageExtension usage && !MayAuthenticate(usage.KeyUsages))
                    return IdentityFault.CertificateNotValid;
            }
            List<string> uris = Uris(certificate);
            if (uris.Count > 1)
                return IdentityFault.SeveralUriSans;
            if (uris.Count == 0)
                return IdentityFault.MalformedSpiffeId;
            uri = uris[0];
            return IdentityFault.None;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException or UriFormatException)
        {
            return IdentityFault.CertificateNotValid;
        }
    }

    private static bool MayAuthenticate(X509KeyUsageFlags usages) =>
        usages.HasFlag(X509KeyUsageFlags.DigitalSignature) && (usages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) == 0;

    internal static List<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != "2.5.29.17")
                continue;
            AsnReader names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            var uriTag = new Asn1Tag(TagClass.ContextSpecific, 6);
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(uriTag))
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, uriTag));
                else
                    names.ReadEncodedValue();
            }
        }
        return uris;
    }
}
