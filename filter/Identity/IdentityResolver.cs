using System.Collections.Concurrent;

namespace EnvoyExtAuthz.Identity;

/// <summary>Verifies a bearer token; the identity comes from its claims. Synchronous: keys are fetched beforehand.</summary>
public interface ITokenVerifier
{
    /// <summary>Verifies a token.</summary>
    /// <param name="authorization">The Authorization header's value.</param>
    /// <param name="claims">Verified text claims; null if the header holds no token of a known issuer.</param>
    /// <returns>What is wrong with a token of a known issuer; <see cref="IdentityFault.None"/> otherwise.</returns>
    IdentityFault Verify(ReadOnlySpan<byte> authorization, out TokenClaims? claims);
}

/// <summary>Claims of a verified token. The same token gives the same instance while it is valid.</summary>
/// <param name="Issuer">Its issuer.</param>
/// <param name="Claims">Text claims.</param>
public sealed record TokenClaims(string Issuer, IReadOnlyDictionary<string, string> Claims);

/// <summary>
/// Says who calls, from the connection first (DESIGN.md rule 2): the peer's certificate as Envoy attests it; what a named
/// hop forwarded, if the peer is that hop; a waypoint's verified principal; a token that we verified. A header that the
/// caller could have written is never an identity. The same peer gives the same <see cref="Caller"/> instance. Thread-safe.
/// </summary>
/// <param name="options">Whom the policy trusts.</param>
/// <param name="tokens">Verifies tokens; null where no issuer is configured.</param>
public sealed class IdentityResolver(IdentityOptions options, ITokenVerifier? tokens)
{
    private const int MaxCached = 16_384;
    private readonly ConcurrentDictionary<PeerKey, IdentityResult> _peers = new();
    private readonly ConcurrentDictionary<CallerKey, Caller> _callers = new();

    private readonly record struct PeerKey(bool? Mtls, string? UriSan, string? Certificate, bool? Valid, string? AllSans, string? Waypoint);

    private readonly record struct CallerKey(SpiffeId? Id, IdentityProof Proof, string? Via, TokenClaims? Token);

    /// <summary>Says who calls.</summary>
    /// <param name="facts">What Envoy attests.</param>
    /// <param name="presented">What the caller sent.</param>
    public IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented)
    {
        IdentityResult peer = Peer(facts);
        if (peer.Fault != IdentityFault.None)
            return peer;
        IdentityResult forwarded = Forwarded(peer.Caller, facts, presented);
        if (forwarded.Fault != IdentityFault.None || tokens is null || presented.Authorization.IsEmpty)
            return forwarded;
        IdentityFault fault = tokens.Verify(presented.Authorization.Span, out TokenClaims? claims);
        if (fault != IdentityFault.None)
            return new IdentityResult(Caller.Unauthenticated, fault);
        return claims is null ? forwarded : new IdentityResult(WithToken(forwarded.Caller, claims), IdentityFault.None);
    }

    private IdentityResult Peer(in PeerFacts facts)
    {
        var key = new PeerKey(facts.Mtls, facts.UriSan, facts.PeerCertificate, facts.PeerCertificateValid, facts.AllUriSans, facts.WaypointPrincipal);
        if (_peers.TryGetValue(key, out IdentityResult known))
            return known;
        IdentityResult result = ReadPeer(facts);
        Bound(_peers);
        _peers[key] = result;
        return result;
    }

    private IdentityResult ReadPeer(in PeerFacts facts)
    {
        if (facts.Mtls == true && facts.PeerCertificateValid == false)
            return Faulty(IdentityFault.CertificateNotValid);
        string? uri = facts.Mtls == true ? facts.UriSan : null;
        IdentityProof proof = IdentityProof.PeerCertificate;
        if (uri is not null && facts.AllUriSans is { Length: > 0 } all && all != "-" && all != uri)
            return Faulty(IdentityFault.SeveralUriSans);
        if (uri is not null && facts.PeerCertificate is { Length: > 0 } pem)
        {
            IdentityFault fault = PeerCertificate.Read(pem, out string only);
            if (fault != IdentityFault.None)
                return Faulty(fault);
            if (only != uri)
                return Faulty(IdentityFault.SeveralUriSans);
        }
        if (uri is null && options.TrustWaypointPrincipal && facts.WaypointPrincipal is { Length: > 0 } principal && principal != "-")
        {
            uri = principal;
            proof = IdentityProof.Waypoint;
        }
        if (uri is null)
            return new IdentityResult(Caller.Unauthenticated, IdentityFault.None);
        return Named(uri, proof, null);
    }

    private IdentityResult Forwarded(Caller peer, in PeerFacts facts, in PresentedCredentials presented)
    {
        if (options.TrustedHops.Count == 0 || presented.ForwardedClientCert.IsEmpty)
            return new IdentityResult(peer, IdentityFault.None);
        // A peer that was verified and is no named hop is the caller itself, whatever it forwards.
        if (peer.Id is { } verified && !options.TrustedHops.Contains(verified))
            return new IdentityResult(peer, IdentityFault.None);
        if (!ForwardedClientCert.TryParse(presented.ForwardedClientCert.Span, out List<ForwardedElement> elements))
            return peer.Id is null ? new IdentityResult(peer, IdentityFault.None) : Faulty(IdentityFault.MalformedForwardedCertificate);
        int last = elements.Count - 1;
        // Our own Envoy may have appended what it knows of the hop; the hop's own element is the one before.
        if (peer.Id is { } hop && elements[last].Uri == hop && elements[last].By is { } by && by.ToString() == facts.LocalUriSan)
            last--;
        if (last < 0)
            return new IdentityResult(peer, IdentityFault.None);
        ForwardedElement element = elements[last];
        // Without a verified peer the hop is named by the element alone: the policy's hop list then stands for "nothing
        // but these can reach this socket" (a waypoint that speaks to us in plain text). Documented in docs/policy.md.
        if (element.By is not { } author || !options.TrustedHops.Contains(author) || (peer.Id is { } connected && connected != author))
            return new IdentityResult(peer, IdentityFault.None);
        return element.Uri is { } caller
            ? Named(caller.ToString(), IdentityProof.ForwardedByHop, author.ToString())
            : new IdentityResult(Caller.Unauthenticated, IdentityFault.None);
    }

    private IdentityResult Named(string uri, IdentityProof proof, string? via)
    {
        if (!SpiffeId.TryParse(uri, out SpiffeId id) || id.Path.Length == 0)
            return Faulty(IdentityFault.MalformedSpiffeId);
        if (!TryAccept(ref id))
            return Faulty(IdentityFault.UnknownTrustDomain);
        return new IdentityResult(Interned(new CallerKey(id, proof, via, null)), IdentityFault.None);
    }

    private bool TryAccept(ref SpiffeId id)
    {
        if (options.TrustDomains.Count == 0)
            return true;
        string domain = id.TrustDomain;
        foreach (TrustDomainOptions known in options.TrustDomains)
        {
            if (known.Name == domain)
                return true;
            if (known.Aliases.Contains(domain))
            {
                id = id.InTrustDomain(known.Name);
                return true;
            }
        }
        return false;
    }

    private Caller WithToken(Caller caller, TokenClaims token)
    {
        IdentityProof proof = caller.Id is null ? IdentityProof.JsonWebToken : caller.Proof;
        return Interned(new CallerKey(caller.Id, proof, caller.Id is null ? token.Issuer : caller.Via, token));
    }

    private Caller Interned(in CallerKey key)
    {
        if (_callers.TryGetValue(key, out Caller? known))
            return known;
        Bound(_callers);
        return _callers.GetOrAdd(key, static k => new Caller(k.Id, k.Proof, k.Via, k.Token?.Claims));
    }

    /// <summary>Full caches start over: simpler than ageing, and a flood of distinct peers gains nothing from it.</summary>
    private static void Bound<TKey, TValue>(ConcurrentDictionary<TKey, TValue> cache) where TKey : notnull
    {
        if (cache.Count >= MaxCached)
            cache.Clear();
    }

    private static IdentityResult Faulty(IdentityFault fault) => new(Caller.Unauthenticated, fault);
}
