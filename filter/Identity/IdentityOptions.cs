namespace EnvoyExtAuthz.Identity;

/// <summary>Whom we trust for names, as a policy says it. Immutable.</summary>
public sealed record IdentityOptions
{
    /// <summary>Accepts any trust domain that Envoy verified, no hops, no tokens.</summary>
    public static IdentityOptions Default { get; } = new();

    /// <summary>Accepted trust domains; empty accepts every domain that Envoy's validation let in.</summary>
    public IReadOnlyList<TrustDomainOptions> TrustDomains { get; init; } = [];

    /// <summary>
    /// SPIFFE IDs of hops whose XFCC we believe. Where the connection has a client certificate, it must be that hop's. Where
    /// it has none, the header's own <c>By</c> is believed (see <see cref="VerifiedHopsOnly"/>).
    /// </summary>
    public IReadOnlyList<SpiffeId> TrustedHops { get; init; } = [];

    /// <summary>
    /// Believe a named hop's XFCC only on a connection whose certificate is that hop's. False by default, because behind a
    /// waypoint, and for ext_authz there, no certificate is seen: naming the hop then says that nothing else can reach this
    /// listener without a certificate. If something can, and Envoy does not strip the header (it does in every mode but
    /// <c>ALWAYS_FORWARD_ONLY</c>), it can claim any identity: set this where plain text is permitted beside mTLS.
    /// </summary>
    public bool VerifiedHopsOnly { get; init; }

    /// <summary>Take <see cref="PeerFacts.WaypointPrincipal"/> for the caller where the connection itself has no certificate.</summary>
    public bool TrustWaypointPrincipal { get; init; }

    /// <summary>Issuers whose tokens we verify. An issuer is listed once; of several entries the first counts.</summary>
    public IReadOnlyList<JwtIssuerOptions> JwtIssuers { get; init; } = [];
}

/// <summary>A trust domain that may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Aliases">Older or other names of the same domain; replaced by <paramref name="Name"/>.</param>
/// <param name="Federated">Another organisation's domain: identities keep its name.</param>
public sealed record TrustDomainOptions(string Name, IReadOnlyList<string> Aliases, bool Federated);

/// <summary>A token issuer.</summary>
/// <param name="Issuer">The <c>iss</c> claim, exactly.</param>
/// <param name="Audiences">Accepted <c>aud</c> values; at least one.</param>
/// <param name="Algorithms">Accepted <c>alg</c> values of RS, PS and ES 256, 384 and 512; at least one.</param>
/// <param name="JwksFile">File with the keys (RFC 7517), reloaded when it changes; null if there is an endpoint.</param>
/// <param name="JwksUri">Endpoint with the keys; null if there is a file.</param>
public sealed record JwtIssuerOptions(string Issuer, IReadOnlyList<string> Audiences, IReadOnlyList<string> Algorithms, string? JwksFile, Uri? JwksUri);
