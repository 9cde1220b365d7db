namespace EnvoyExtAuthz.Identity;

/// <summary>
/// Says who calls, from the connection first (DESIGN.md rule 2): the peer's certificate as Envoy attests it; what a named
/// hop forwarded, if the peer is that hop; a waypoint's verified principal; a token that we verified. A header that the
/// caller could have written is never an identity. A token beside a peer's certificate adds claims to that caller; alone it
/// is the identity. A token of a known issuer that does not verify is refused even beside a good certificate.
/// The same peer gives the same <see cref="Caller"/> instance, without allocating. Thread-safe, synchronous, no I/O.
/// </summary>
public sealed class IdentityResolver
{
    // An entry of the first can hold a certificate as text (about 4 KiB), of the second a header; together below 48 MiB.
    private const int MaxPeers = 4_096;
    private const int MaxForwarded = 2_048;
    private const int MaxForwardedBytes = 8 << 10;
    private const int MaxCallers = 16_384;

    private readonly bool _trustWaypoint;
    private readonly ITokenVerifier? _tokens;
    private readonly TrustDomainTable _domains;
    private readonly ForwardedCallers _hops;
    private readonly BoundedCache<PeerKey, IdentityResult> _peers = new(MaxPeers);
    private readonly BoundedCache<ForwardedKey, IdentityResult> _forwarded = new(MaxForwarded, ForwardedKeyComparer.Instance);
    private readonly BoundedCache<CallerKey, Caller> _callers = new(MaxCallers);

    private readonly record struct PeerKey(bool? Mtls, string? UriSan, string? Certificate, bool? Valid, string? AllSans, string? Waypoint);

    private readonly record struct ForwardedKey(Caller Peer, string? Local, ReadOnlyMemory<byte> Header);

    private readonly record struct CallerKey(SpiffeId? Id, IdentityProof Proof, string? Via, TokenClaims? Token);

    /// <summary>Makes a resolver.</summary>
    /// <param name="options">Whom the policy trusts.</param>
    /// <param name="tokens">Verifies tokens; null where no issuer is configured.</param>
    public IdentityResolver(IdentityOptions options, ITokenVerifier? tokens)
    {
        _trustWaypoint = options.TrustWaypointPrincipal;
        _tokens = tokens;
        _domains = new TrustDomainTable(options.TrustDomains);
        _hops = new ForwardedCallers(options, _domains);
    }

    /// <summary>Says who calls.</summary>
    /// <param name="facts">What Envoy attests.</param>
    /// <param name="presented">What the caller sent.</param>
    public IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented)
    {
        IdentityResult peer = Peer(facts);
        if (peer.Fault != IdentityFault.None)
            return peer;
        IdentityResult known = Forwarded(peer.Caller, facts, presented.ForwardedClientCert);
        if (known.Fault != IdentityFault.None || _tokens is null || presented.Authorization.IsEmpty)
            return known;
        IdentityFault fault = _tokens.Verify(presented.Authorization.Span, out TokenClaims? claims);
        if (fault != IdentityFault.None)
            return Faulty(fault);
        return claims is null ? known : new IdentityResult(WithToken(known.Caller, claims), IdentityFault.None);
    }

    private IdentityResult Peer(in PeerFacts facts)
    {
        var key = new PeerKey(facts.Mtls, facts.UriSan, facts.PeerCertificate, facts.PeerCertificateValid, facts.AllUriSans, facts.WaypointPrincipal);
        if (_peers.TryGet(key, out IdentityResult known))
            return known;
        IdentityResult result = ReadPeer(facts);
        _peers.Set(key, result);
        return result;
    }

    private IdentityResult ReadPeer(in PeerFacts facts)
    {
        if (facts.Mtls == true && facts.PeerCertificateValid == false)
            return Faulty(IdentityFault.CertificateNotValid);
        if (facts is { Mtls: true, UriSan: { } uri })
            return SeveralNames(uri, facts) is var fault and not IdentityFault.None ? Faulty(fault) : Named(uri, IdentityProof.PeerCertificate, null);
        if (_trustWaypoint && facts.WaypointPrincipal is { Length: > 0 } principal && principal != "-")
            return principal.Contains(',', StringComparison.Ordinal) ? Faulty(IdentityFault.SeveralUriSans) : Named(principal, IdentityProof.Waypoint, null);
        return new IdentityResult(Caller.Unauthenticated, IdentityFault.None);
    }

    /// <summary>Envoy names the first URI SAN only: whatever else shows the others must show no more than that one.</summary>
    private static IdentityFault SeveralNames(string uri, in PeerFacts facts)
    {
        if (facts.AllUriSans is { Length: > 0 } all && all != uri)
            return IdentityFault.SeveralUriSans;
        if (facts.PeerCertificate is not { Length: > 0 } pem)
            return IdentityFault.None;
        IdentityFault fault = PeerCertificate.Read(pem, out string only);
        return fault == IdentityFault.None && only != uri ? IdentityFault.SeveralUriSans : fault;
    }

    private IdentityResult Forwarded(Caller peer, in PeerFacts facts, ReadOnlyMemory<byte> header)
    {
        if (header.IsEmpty || !_hops.MayCount(peer.Id, facts.Mtls))
            return new IdentityResult(peer, IdentityFault.None);
        var key = new ForwardedKey(peer, facts.LocalUriSan, header);
        if (_forwarded.TryGet(key, out IdentityResult known))
            return known;
        IdentityResult result = ReadForwarded(peer, facts.LocalUriSan, header.Span);
        // The header's memory is the request's; what is kept is our own. A fault is cheap to find again.
        if (result.Fault == IdentityFault.None && header.Length <= MaxForwardedBytes)
            _forwarded.Set(key with { Header = header.ToArray() }, result);
        return result;
    }

    private IdentityResult ReadForwarded(Caller peer, string? local, ReadOnlySpan<byte> header) =>
        _hops.Read(header, peer.Id, local, out SpiffeId caller, out SpiffeId via) switch
        {
            ForwardedReading.Caller => Named(caller.ToString(), IdentityProof.ForwardedByHop, via.ToString()),
            ForwardedReading.Nobody => new IdentityResult(Caller.Unauthenticated, IdentityFault.None),
            ForwardedReading.Malformed => Faulty(IdentityFault.MalformedForwardedCertificate),
            _ => new IdentityResult(peer, IdentityFault.None),
        };

    private IdentityResult Named(string uri, IdentityProof proof, string? via)
    {
        // A trust domain's own ID, without a path, never names a workload (X509-SVID §2).
        if (!SpiffeId.TryParse(uri, out SpiffeId id) || id.Path.Length == 0)
            return Faulty(IdentityFault.MalformedSpiffeId);
        if (!_domains.TryAccept(ref id))
            return Faulty(IdentityFault.UnknownTrustDomain);
        return new IdentityResult(Interned(new CallerKey(id, proof, via, null)), IdentityFault.None);
    }

    private Caller WithToken(Caller caller, TokenClaims token) => caller.Id is null
        ? Interned(new CallerKey(null, IdentityProof.JsonWebToken, token.Issuer, token))
        : Interned(new CallerKey(caller.Id, caller.Proof, caller.Via, token));

    private Caller Interned(in CallerKey key) => _callers.GetOrMake(key, static k => new Caller(k.Id, k.Proof, k.Via, k.Token?.Claims));

    private static IdentityResult Faulty(IdentityFault fault) => new(Caller.Unauthenticated, fault);

    private sealed class ForwardedKeyComparer : IEqualityComparer<ForwardedKey>
    {
        public static ForwardedKeyComparer Instance { get; } = new();

        public bool Equals(ForwardedKey x, ForwardedKey y) =>
            ReferenceEquals(x.Peer, y.Peer) && x.Local == y.Local && x.Header.Span.SequenceEqual(y.Header.Span);

        public int GetHashCode(ForwardedKey key)
        {
            var hash = new HashCode();
            hash.AddBytes(key.Header.Span);
            return hash.ToHashCode();
        }
    }
}
