using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads the <c>identity</c> part of a policy: whom it trusts for names.</summary>
/// <param name="folder">The policy's folder, from which relative files are; null leaves them as written.</param>
/// <param name="diagnostics">Gets what is wrong.</param>
internal sealed class IdentityReader(string? folder, List<PolicyDiagnostic> diagnostics)
{
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];
    private readonly HashSet<string> _domainNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _issuers = new(StringComparer.Ordinal);

    public IdentityOptions Read(YamlNode? node)
    {
        if (node is null)
            return IdentityOptions.Default;
        var fields = new YamlFields(node, "identity", diagnostics);
        List<TrustDomainOptions> domains = [.. fields.List("trustDomains").Select(ReadDomain).OfType<TrustDomainOptions>()];
        if (fields.Take("trustDomains") is { Kind: YamlKind.Sequence, Items.Count: 0 } none)
            fields.Error(none, "empty", "`trustDomains` is an empty list: name a domain, or leave the key out to accept every domain that Envoy verified.");
        var hops = new List<SpiffeId>();
        foreach (YamlNode at in fields.Texts("hops") ?? [])
        {
            if (SpiffeId.TryParse(at.Text, out SpiffeId hop) && hop.Path.Length > 0)
                hops.Add(hop);
            else
                fields.Error(at, "spiffe-id", $"`{Shown.Of(at.Text)}` is no SPIFFE ID of a workload.");
        }
        bool verifiedHopsOnly = fields.Flag("verifiedHopsOnly", false);
        bool waypoint = fields.Flag("waypointPrincipal", false);
        List<JwtIssuerOptions> issuers = [.. fields.List("jwt").Select(ReadIssuer).OfType<JwtIssuerOptions>()];
        fields.Done();
        foreach (IGrouping<string, JwtIssuerOptions> twice in issuers.GroupBy(i => i.Issuer, StringComparer.Ordinal).Where(g => g.Count() > 1))
            fields.Error(node, "duplicate", $"The token issuer `{Shown.Of(twice.Key)}` is listed more than once.");
        return new IdentityOptions { TrustDomains = domains, TrustedHops = hops, VerifiedHopsOnly = verifiedHopsOnly, TrustWaypointPrincipal = waypoint, JwtIssuers = issuers };
    }

    private TrustDomainOptions? ReadDomain(YamlNode node)
    {
        var fields = new YamlFields(node, "a trust domain", diagnostics);
        string? name = fields.Text("name", required: true);
        List<YamlNode> aliases = fields.Texts("aliases") ?? [];
        bool federated = fields.Flag("federated", false);
        fields.Done();
        if (name is not null)
            CheckDomain(fields, fields.Take("name")!);
        foreach (YamlNode alias in aliases)
            CheckDomain(fields, alias);
        if (federated && aliases.Count > 0)
            fields.Error(aliases[0], "alias", "A federated domain has no aliases: its identities keep the name they came with.");
        return name is null ? null : new TrustDomainOptions(name, [.. aliases.Select(a => a.Text)], federated);
    }

    private void CheckDomain(YamlFields fields, YamlNode node)
    {
        if (!SpiffeId.IsTrustDomain(node.Text))
            fields.Error(node, "trust-domain", $"`{Shown.Of(node.Text)}` is no trust domain's name.");
        else if (!_domainNames.Add(node.Text))
            fields.Error(node, "duplicate-name", $"The trust domain `{node.Text}` stands above.");
    }

    private JwtIssuerOptions? ReadIssuer(YamlNode node)
    {
        var fields = new YamlFields(node, "a token issuer", diagnostics);
        string? issuer = fields.Text("issuer", required: true);
        List<YamlNode> audiences = fields.SomeTexts("audiences", required: true) ?? [];
        List<YamlNode> algorithms = fields.SomeTexts("algorithms", required: true) ?? [];
        string? file = fields.Text("jwksFile");
        string? address = fields.Text("jwksUri");
        fields.Done();
        foreach (YamlNode algorithm in algorithms)
        {
            if (!Algorithms.Contains(algorithm.Text))
                fields.Error(algorithm, "value", $"`algorithms` must be of {string.Join(", ", Algorithms)}.", fields.Nearest(algorithm.Text, Algorithms));
        }
        Uri? uri = null;
        if (address is not null && (!Uri.TryCreate(address, UriKind.Absolute, out uri) || uri.Scheme is not ("http" or "https")))
            fields.Error(fields.Take("jwksUri")!, "address", "`jwksUri` must be an http or https address.");
        if (node.Kind == YamlKind.Mapping && fields.Take("jwksFile") is null == fields.Take("jwksUri") is null)
            fields.Error(node, "keys", "A token issuer needs one of `jwksFile` and `jwksUri`.");
        if (issuer is not null && !_issuers.Add(issuer))
            fields.Error(fields.Take("issuer")!, "duplicate-name", $"The issuer `{Shown.Of(issuer)}` stands above.");
        return issuer is null ? null : new JwtIssuerOptions(issuer, [.. audiences.Select(a => a.Text)], [.. algorithms.Select(a => a.Text)], InFolder(file), uri);
    }

    private string? InFolder(string? file) => file is null || folder is null ? file : Path.Combine(folder, file);
}
