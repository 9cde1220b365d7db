namespace EnvoyExtAuthz.Identity;

/// <summary>The trust domains that may call. Aliases are replaced by the name they stand for; federated names are kept.</summary>
internal sealed class TrustDomainTable
{
    private readonly Dictionary<string, string> _nameOf = new(StringComparer.Ordinal);

    /// <param name="domains">The domains; none accepts every domain that Envoy's validation let in.</param>
    public TrustDomainTable(IReadOnlyList<TrustDomainOptions> domains)
    {
        // Names first: an alias never takes over a domain that is listed itself, so a federated organisation stays itself.
        foreach (TrustDomainOptions domain in domains)
            _nameOf[domain.Name] = domain.Name;
        foreach (TrustDomainOptions domain in domains)
        {
            foreach (string alias in domain.Aliases)
                _nameOf.TryAdd(alias, domain.Name);
        }
    }

    /// <summary>Replaces an alias. False if the ID's domain is unknown.</summary>
    public bool TryAccept(ref SpiffeId id)
    {
        if (_nameOf.Count == 0)
            return true;
        string domain = id.TrustDomain;
        if (!_nameOf.TryGetValue(domain, out string? name))
            return false;
        if (name != domain)
            id = id.InTrustDomain(name);
        return true;
    }

    /// <summary>The ID under the name that its domain is known by; as it is where the domain is unknown.</summary>
    public SpiffeId Canonical(SpiffeId id)
    {
        TryAccept(ref id);
        return id;
    }
}
