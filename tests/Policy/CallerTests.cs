using EnvoyExtAuthz.Identity;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Who is in a caller set.</summary>
public class CallerTests
{
    private static bool IsIn(string set, Caller caller, string identity = "")
    {
        PolicySnapshot policy = PolicyText.Snapshot($$$"""
            version: 1
            name: test
            {{{identity}}}
            callers:
              who: {{{set}}}
            routes: [{name: all, match: {}}]
            rules: [{name: a, callers: [who], routes: ["*"]}]
            """);
        return PolicyText.Rules(policy, caller).Admitted;
    }

    [Theory]
    [InlineData("{spiffe: [\"spiffe://d/ns/a/sa/b\"]}", "spiffe://d/ns/a/sa/b", true)]
    [InlineData("{spiffe: [\"spiffe://d/ns/a/sa/b\"]}", "spiffe://d/ns/a/sa/B", false)]
    [InlineData("{spiffe: [\"spiffe://d/ns/a/sa/b\"]}", "spiffe://e/ns/a/sa/b", false)]
    [InlineData("{spiffe: [\"spiffe://d/ns/a/sa/b\"]}", "spiffe://d/ns/a/sa/bc", false)]
    [InlineData("{spiffe: [\"spiffe://d/ns/a/*\"]}", "spiffe://d/ns/a/sa/b", true)]
    [InlineData("{spiffe: [\"spiffe://d/ns/a/*\"]}", "spiffe://d/ns/ab/sa/b", false)]
    [InlineData("{spiffe: [\"spiffe://d/ns/*/sa/b\"]}", "spiffe://d/ns/x/sa/b", true)]
    [InlineData("{spiffe: [\"spiffe://d/*\"]}", "spiffe://d.evil/ns/a/sa/b", false)]
    [InlineData("{namespace: a}", "spiffe://d/ns/a/sa/b", true)]
    [InlineData("{namespace: a}", "spiffe://d/ns/a/sa/b/x", false)]
    [InlineData("{namespace: a}", "spiffe://d/x/ns/a/sa/b", false)]
    [InlineData("{namespace: a, serviceAccount: b}", "spiffe://d/ns/a/sa/b", true)]
    [InlineData("{namespace: a, serviceAccount: b}", "spiffe://d/ns/b/sa/a", false)]
    [InlineData("{namespace: \"team-*\", serviceAccount: \"*-agent\"}", "spiffe://d/ns/team-x/sa/my-agent", true)]
    [InlineData("{namespace: \"team-*\", serviceAccount: \"*-agent\"}", "spiffe://d/ns/team-x/sa/my-agents", false)]
    [InlineData("{serviceAccount: b}", "spiffe://d/ns/any/sa/b", true)]
    [InlineData("{unauthenticated: true}", "spiffe://d/ns/a/sa/b", false)]
    public void A_workload_is_in_a_set_by_its_ID(string set, string id, bool expected) =>
        Assert.Equal(expected, IsIn(set, PolicyText.Peer(id)));

    [Fact]
    public void Nobody_is_in_no_set_but_the_one_for_nobody()
    {
        Assert.True(IsIn("{unauthenticated: true}", Caller.Unauthenticated));
        Assert.False(IsIn("{namespace: \"*\", serviceAccount: \"*\"}", Caller.Unauthenticated));
        Assert.False(IsIn("{spiffe: [\"spiffe://d/*\"]}", Caller.Unauthenticated));
    }

    [Fact]
    public void A_namespace_of_a_federated_cluster_is_another_namespace()
    {
        const string Identity = "identity: {trustDomains: [{name: ours}, {name: theirs, federated: true}]}";

        Assert.True(IsIn("{namespace: agents}", PolicyText.Peer("spiffe://ours/ns/agents/sa/x"), Identity));
        Assert.False(IsIn("{namespace: agents}", PolicyText.Peer("spiffe://theirs/ns/agents/sa/x"), Identity));
        Assert.True(IsIn("{namespace: agents, trustDomain: theirs}", PolicyText.Peer("spiffe://theirs/ns/agents/sa/x"), Identity));
        Assert.False(IsIn("{namespace: agents, trustDomain: theirs}", PolicyText.Peer("spiffe://ours/ns/agents/sa/x"), Identity));
    }

    [Theory]
    [InlineData("{jwt: {issuer: idp}}", "idp", true)]
    [InlineData("{jwt: {issuer: idp}}", "other", false)]
    [InlineData("{jwt: {issuer: idp, claims: {team: ml}}}", "idp", true)]
    [InlineData("{jwt: {issuer: idp, claims: {team: \"m*\"}}}", "idp", true)]
    [InlineData("{jwt: {issuer: idp, claims: {team: ML}}}", "idp", false)]
    [InlineData("{jwt: {issuer: idp, claims: {team: ml, env: prod}}}", "idp", false)]
    [InlineData("{jwt: {issuer: idp, claims: {team: ml, sub: \"*\"}}}", "idp", true)]
    public void A_token_is_in_a_set_by_its_issuer_and_all_the_claims(string set, string issuer, bool expected)
    {
        const string Identity = "identity: {jwt: [{issuer: idp, audiences: [a], algorithms: [RS256], jwksFile: f}]}";
        var claims = new Dictionary<string, string> { ["sub"] = "job", ["team"] = "ml" };

        Assert.Equal(expected, IsIn(set, new Caller(null, IdentityProof.JsonWebToken, issuer, claims), Identity));
        Assert.True(SpiffeId.TryParse("spiffe://d/ns/a/sa/b", out SpiffeId id));
        claims["iss"] = issuer;
        Assert.Equal(expected, IsIn(set, new Caller(id, IdentityProof.PeerCertificate, null, claims), Identity));
    }

    [Fact]
    public void A_policy_says_whom_it_trusts_for_names()
    {
        PolicyResult result = PolicyText.Compile("""
            version: 1
            name: test
            identity:
              trustDomains: [{name: cluster.local, aliases: [old.local]}, {name: partner.example, federated: true}]
              hops: ["spiffe://cluster.local/ns/llm/sa/waypoint"]
              waypointPrincipal: true
              jwt: [{issuer: "https://idp", audiences: [mesh], algorithms: [RS256], jwksFile: keys.json}]
            routes: []
            rules: []
            """, "/etc/policy/policy.yaml");

        IdentityOptions identity = Assert.IsType<PolicySnapshot>(result.Snapshot, exactMatch: false).Identity;
        Assert.Equal(["cluster.local", "partner.example"], identity.TrustDomains.Select(d => d.Name));
        Assert.Equal(["old.local"], identity.TrustDomains[0].Aliases);
        Assert.True(identity.TrustDomains[1].Federated);
        Assert.Equal("spiffe://cluster.local/ns/llm/sa/waypoint", Assert.Single(identity.TrustedHops).ToString());
        Assert.True(identity.TrustWaypointPrincipal);
        JwtIssuerOptions issuer = Assert.Single(identity.JwtIssuers);
        Assert.Equal("/etc/policy/keys.json", issuer.JwksFile);
        Assert.Equal(["RS256"], issuer.Algorithms);
    }
}
