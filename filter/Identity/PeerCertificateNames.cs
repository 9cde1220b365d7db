using System.Security.Cryptography.X509Certificates;

namespace EnvoyExtAuthz.Identity;

/// <summary>Names in a certificate that was already verified.</summary>
public static class PeerCertificateNames
{
    /// <summary>The certificate's one URI SAN, or null if it has none or several.</summary>
    public static string? Only(X509Certificate2 certificate) => PeerCertificate.Uris(certificate) is [var only] ? only : null;
}
