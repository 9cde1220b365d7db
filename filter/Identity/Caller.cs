namespace EnvoyExtAuthz.Identity;

/// <summary>How a caller's identity was established, strongest first.</summary>
public enum IdentityProof : byte
{
    /// <summary>Not at all: the caller is <see cref="Caller.Unauthenticated"/>.</summary>
    None,

    /// <summary>The peer certificate of the connection, as Envoy attests it.</summary>
    PeerCertificate,

    /// <summary>The principal that a waypoint verified on the outer connection.</summary>
    Waypoint,

    /// <summary>Forwarded in XFCC by a hop that the policy names and whose own certificate was verified.</summary>
    ForwardedByHop,

    /// <summary>A JSON Web Token that we verified.</summary>
    JsonWebToken,
}

/// <summary>Why no identity could be had from what was presented. Each is refused unless a rule admits the unauthenticated.</summary>
public enum IdentityFault : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>A name that is no SPIFFE ID.</summary>
    MalformedSpiffeId,

    /// <summary>A certificate with more than one URI SAN: not a SPIFFE identity (X509-SVID §2).</summary>
    SeveralUriSans,

    /// <summary>A trust domain that is neither ours, an alias, nor federated.</summary>
    UnknownTrustDomain,

    /// <summary>A certificate that did not pass path validation.</summary>
    CertificateNotValid,

    /// <summary>An XFCC header that breaks its grammar or contradicts the connection.</summary>
    MalformedForwardedCertificate,

    /// <summary>A token that did not verify: signature, issuer, audience, time, algorithm or form.</summary>
    TokenNotValid,

    /// <summary>The keys to verify a token with could not be had.</summary>
    KeysUnavailable,
}

/// <summary>Who calls, and how sure we are. One instance a distinct caller: compare by reference where it is a cache key.</summary>
public sealed class Caller
{
    /// <summary>Nobody we know.</summary>
    public static Caller Unauthenticated { get; } = new(null, IdentityProof.None, null, null);

    /// <summary>Makes a caller.</summary>
    public Caller(SpiffeId? id, IdentityProof proof, string? via, IReadOnlyDictionary<string, string>? claims)
    {
        Id = id;
        Proof = proof;
        Via = via;
        Claims = claims ?? System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
        Name = id?.ToString() ?? (Claims.TryGetValue("sub", out string? subject) ? $"jwt:{via}#{subject}" : proof == IdentityProof.JsonWebToken ? $"jwt:{via}" : "unauthenticated");
    }

    /// <summary>The SPIFFE ID, with trust-domain aliases already replaced; null if there is none.</summary>
    public SpiffeId? Id { get; }

    /// <summary>How it was proven.</summary>
    public IdentityProof Proof { get; }

    /// <summary>The hop or issuer that vouches for it; null for a direct peer.</summary>
    public string? Via { get; }

    /// <summary>Verified claims of a JWT, text values only; empty without one.</summary>
    public IReadOnlyDictionary<string, string> Claims { get; }

    /// <summary>The name in audit lines: the SPIFFE ID, <c>jwt:issuer#subject</c>, <c>jwt:issuer</c> where the token has no subject, or <c>unauthenticated</c>.</summary>
    public string Name { get; }
}

/// <summary>What Envoy attests of the connection a request came on. Null: Envoy said nothing.</summary>
/// <param name="Mtls"><c>connection.mtls</c>.</param>
/// <param name="UriSan"><c>connection.uri_san_peer_certificate</c>, or ext_authz <c>source.principal</c> where that is a URI: the first URI SAN only.</param>
/// <param name="PeerCertificate"><c>connection.peer_certificate</c> or ext_authz <c>source.certificate</c>: PEM, URL-encoded or not; shows every SAN.</param>
/// <param name="PeerCertificateValid"><c>connection.peer_certificate_valid</c>.</param>
/// <param name="AllUriSans">A filter state set from <c>%DOWNSTREAM_PEER_URI_SAN%</c>: comma-joined, <c>-</c> for none.</param>
/// <param name="WaypointPrincipal"><c>filter_state['io.istio.peer_principal']</c>.</param>
/// <param name="LocalUriSan"><c>connection.uri_san_local_certificate</c>: who we are, for checking XFCC's <c>By</c>.</param>
public readonly record struct PeerFacts(
    bool? Mtls,
    string? UriSan,
    string? PeerCertificate = null,
    bool? PeerCertificateValid = null,
    string? AllUriSans = null,
    string? WaypointPrincipal = null,
    string? LocalUriSan = null);

/// <summary>What the caller itself sent, worth something only where the policy says so.</summary>
/// <param name="ForwardedClientCert">The XFCC header's value, several joined by commas; empty if there is none.</param>
/// <param name="Authorization">The Authorization header's value; empty if there is none, or more than one.</param>
public readonly record struct PresentedCredentials(ReadOnlyMemory<byte> ForwardedClientCert, ReadOnlyMemory<byte> Authorization);

/// <summary>Outcome of establishing an identity.</summary>
/// <param name="Caller">The caller; <see cref="Caller.Unauthenticated"/> after a fault.</param>
/// <param name="Fault">What was wrong with what was presented.</param>
public readonly record struct IdentityResult(Caller Caller, IdentityFault Fault);
