using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads the <c>identity</c> part of a policy: whom it trusts for names.</summary>
internal sealed class IdentityReader(List<PolicyDiagnostic> diagnostics)
{
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public IdentityOptions Read(YamlNode? node)
    {
        if (node is null)
            return IdentityOptions.Default;
        var fields = new YamlFields(node, "identity", diagnostics);
        var domains = fields.List("trustDomains").Select(ReadDomain).OfType<TrustDomainOptions>().ToList();
        var hops = new List<SpiffeId>();
        foreach ((string text, YamlNode at) in fields.Texts("hops") ?? [])
        {
            if (SpiffeId.TryParse(text, out SpiffeId hop))
                hops.Add(hop);
            else
                fields.Error(at, "spiffe-id", $"`{text}` is no SPIFFE ID.");
        }
        bool waypoint = fields.Flag("waypointPrincipal", false);
        var issuers = fields.List("jwt").Select(ReadIssuer).OfType<JwtIssuerOptions>().ToList();
        fields.Done();
        return new IdentityOptions { TrustDomains = domains, TrustedHops = hops, TrustWaypointPrincipal = waypoint, JwtIssuers = issuers };
    }

    private TrustDomainOptions? ReadDomain(YamlNode node)
    {
        var fields = new YamlFields(node, "a trust domain", diagnostics);
        string? name = fields.Text("name", required: true);
        List<(string Text, YamlNode Node)> aliases = fields.Texts("aliases") ?? [];
        bool federated = fields.Flag("federated", false);
        fields.Done();
        if (name is not null && !SpiffeId.IsTrustDomain(name))
            fields.Error(node, "trust-domain", $"`{name}` is no trust domain's name.");
        foreach ((string alias, YamlNode at) in aliases)
        {
            if (!SpiffeId.IsTrustDomain(alias))
                fields.Error(at, "trust-domain", $"`{alias}` is no trust domain's name.");
        }
        return name is null ? null : new TrustDomainOptions(name, [.. aliases.Select(a => a.Text)], federated);
    }

    private JwtIssuerOptions? ReadIssuer(YamlNode node)
    {
        var fields = new YamlFields(node, "a token issuer", diagnostics);
        string? issuer = fields.Text("issuer", required: true);
        List<(string Text, YamlNode Node)> audiences = fields.Texts("audiences", required: true) ?? [];
        List<(string Text, YamlNode Node)> algorithms = fields.Texts("algorithms", required: true) ?? [];
        string? file = fields.Text("jwksFile");
        string? address = fields.Text("jwksUri");
        fields.Done();
        foreach ((string algorithm, YamlNode at) in algorithms)
        {
            if (!Algorithms.Contains(algorithm))
                fields.Error(at, "algorithm", $"`{algorithm}` is not accepted: use one of {string.Join(", ", Algorithms)}.", NearestWord.Of(algorithm, Algorithms));
        }
        if (audiences.Count == 0 && fields.Take("audiences") is { } none)
            fields.Error(none, "empty", "`audiences` must name at least one.");
        Uri? uri = null;
        if (address is not null && (!Uri.TryCreate(address, UriKind.Absolute, out uri) || uri.Scheme is not ("http" or "https")))
            fields.Error(fields.Take("jwksUri")!, "address", "`jwksUri` must be an http or https address.");
        if (file is null == address is null)
            fields.Error(node, "keys", "A token issuer needs `jwksFile` or `jwksUri`, not both.");
        return issuer is null ? null : new JwtIssuerOptions(issuer, [.. audiences.Select(a => a.Text)], [.. algorithms.Select(a => a.Text)], file, uri);
    }
}
