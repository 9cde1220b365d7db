namespace EnvoyExtAuthz.Identity;

/// <summary>What an XFCC header says of the caller, once the policy names hops to believe.</summary>
internal enum ForwardedReading : byte
{
    /// <summary>Nothing that counts: the connection's own peer is the caller.</summary>
    Peer,

    /// <summary>A named hop says who its caller is.</summary>
    Caller,

    /// <summary>A named hop says that its caller had no identity.</summary>
    Nobody,

    /// <summary>It breaks its grammar or contradicts the connection.</summary>
    Malformed,
}

/// <summary>
/// Finds the caller in XFCC from the end, where the nearest hop writes. Each element believed must be written (<c>By</c>) by
/// a hop that the policy names and that the step before proved: the connection's certificate for the last element, that
/// element's <c>URI</c> for the one before it, and so on through a chain of named hops.
/// </summary>
/// <param name="options">The hops.</param>
/// <param name="domains">Aliases of trust domains, so that a hop is known under each of its names.</param>
internal sealed class ForwardedCallers(IdentityOptions options, TrustDomainTable domains)
{
    private readonly HashSet<SpiffeId> _hops = [.. options.TrustedHops.Select(domains.Canonical)];

    /// <summary>Whether a header of this connection may count at all.</summary>
    /// <param name="peer">The connection's verified peer; null if it has no identity.</param>
    /// <param name="mtls">The connection has a client certificate.</param>
    public bool MayCount(SpiffeId? peer, bool? mtls)
    {
        if (_hops.Count == 0)
            return false;
        // A verified peer that is no named hop is the caller itself, whatever it forwards; so is one whose certificate is no SPIFFE identity.
        return peer is { } verified ? _hops.Contains(verified) : mtls != true && !options.VerifiedHopsOnly;
    }

    /// <summary>Reads a header that may count.</summary>
    /// <param name="header">The header's value.</param>
    /// <param name="peer">The connection's verified peer, a named hop; null if the header alone names the hop.</param>
    /// <param name="local">Our own SPIFFE ID as the connection shows it; null if Envoy did not say.</param>
    /// <param name="caller">The caller.</param>
    /// <param name="via">The hop that vouches for it.</param>
    public ForwardedReading Read(ReadOnlySpan<byte> header, SpiffeId? peer, string? local, out SpiffeId caller, out SpiffeId via)
    {
        caller = via = default;
        if (!ForwardedClientCert.TryParse(header, out List<ForwardedElement> elements))
            return ForwardedReading.Malformed;
        int at = elements.Count - 1;
        if (peer is { } connected && IsOurs(elements[at], connected, local))
            at--;
        // Our own Envoy's element alone: the hop forwarded nobody and calls for itself.
        if (at < 0)
            return ForwardedReading.Peer;
        SpiffeId? author = Canonical(elements[at].By);
        if (peer is null && (author is not { } named || !_hops.Contains(named)))
            return ForwardedReading.Peer;
        // A named hop's header that the hop itself did not write last: somebody else's words in its mouth.
        if (peer is not null && author != peer)
            return ForwardedReading.Malformed;
        return Follow(elements, at, author!.Value, out caller, out via);
    }

    private ForwardedReading Follow(List<ForwardedElement> elements, int at, SpiffeId author, out SpiffeId caller, out SpiffeId via)
    {
        caller = default;
        via = author;
        while (true)
        {
            if (elements[at].Uri is not { } named)
                return ForwardedReading.Nobody;
            caller = named;
            SpiffeId next = domains.Canonical(named);
            if (at == 0 || !_hops.Contains(next))
                return ForwardedReading.Caller;
            at--;
            if (Canonical(elements[at].By) != next)
                return ForwardedReading.Malformed;
            via = next;
        }
    }

    /// <summary>Whether our own Envoy appended an element for the hop (APPEND_FORWARD), rather than the hop for its caller.</summary>
    private bool IsOurs(in ForwardedElement element, SpiffeId hop, string? local)
    {
        if (Canonical(element.Uri) != hop || element.By is not { } by)
            return false;
        return local is null ? domains.Canonical(by) != hop : by.ToString() == local;
    }

    private SpiffeId? Canonical(SpiffeId? id) => id is { } some ? domains.Canonical(some) : null;
}
