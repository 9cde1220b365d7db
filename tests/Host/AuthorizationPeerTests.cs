using EnvoyExtAuthz.Identity;
using AttributeContext = Envoy.Service.Auth.V3.AttributeContext;
using Authorization = EnvoyExtAuthz.Host.Grpc.Authorization;
using Peer = Envoy.Service.Auth.V3.AttributeContext.Types.Peer;

namespace EnvoyExtAuthz.Host.Tests;

/// <summary>What ext_authz says of the peer, and what XFCC is worth beside it.</summary>
public sealed class AuthorizationPeerTests
{
    private const string Hop = "spiffe://cluster.local/ns/llm/sa/waypoint";
    private const string Research = "spiffe://cluster.local/ns/agents/sa/research";

    private static readonly PresentedCredentials Forwarded = new(System.Text.Encoding.ASCII.GetBytes($"By={Hop};Hash=00;URI={Research}"), default);

    [Theory]
    [InlineData("", "", Research)]
    [InlineData(Hop, "", Research)]
    [InlineData("lab.test", "", "unauthenticated")]
    [InlineData("CN=gateway,O=lab", "", "unauthenticated")]
    [InlineData("", "-----BEGIN%20CERTIFICATE-----", "unauthenticated")]
    [InlineData("spiffe://cluster.local/ns/agents/sa/other", "", "spiffe://cluster.local/ns/agents/sa/other")]
    public void Only_the_named_hop_or_nobody_at_all_may_forward_a_caller(string principal, string certificate, string caller)
    {
        var resolver = new IdentityResolver(new IdentityOptions { TrustedHops = [SpiffeId.TryParse(Hop, out SpiffeId hop) ? hop : default] }, null);
        PeerFacts facts = Authorization.Peer(new AttributeContext { Source = new Peer { Principal = principal, Certificate = certificate } });
        Assert.Equal(caller, resolver.Resolve(facts, Forwarded).Caller.Name);
    }

    [Fact]
    public void Our_own_name_comes_from_the_destination()
    {
        PeerFacts facts = Authorization.Peer(new AttributeContext { Source = new Peer { Principal = Hop }, Destination = new Peer { Principal = Research } });
        Assert.Equal((true, Hop, Research), (facts.Mtls, facts.UriSan, facts.LocalUriSan));
        Assert.Null(Authorization.Peer(new AttributeContext()).UriSan);
    }
}
