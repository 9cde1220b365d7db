using System.Text.Json;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Identity.Tests;

/// <summary>XFCC: believed of named hops in the places that they wrote, and of nobody else anywhere.</summary>
public sealed class ForwardedTests
{
    private const string ByGateway = "By=" + Ids.Gateway + ";Hash=00;Subject=\"\";URI=" + Ids.Research;
    private const string OursForGateway = "By=" + Ids.Llm + ";Hash=00;Subject=\"\";URI=" + Ids.Gateway;
    private const string Forged = "By=" + Ids.Gateway + ";Hash=00;URI=" + Ids.Root;

    [Fact]
    public void A_peer_that_is_no_named_hop_is_the_caller_whatever_it_forwards()
    {
        IdentityResolver resolver = Ids.Trusting(Ids.Gateway);
        Assert.Equal(Ids.Research, resolver.Resolve(Ids.Peer(Ids.Research), Ids.Xfcc(Forged)).Caller.Name);
        Assert.Equal(Ids.Research, resolver.Resolve(Ids.Peer(Ids.Research), Ids.Xfcc("rubbish")).Caller.Name);
    }

    [Fact]
    public void A_client_certificate_without_a_spiffe_id_names_no_hop()
    {
        IdentityResult result = Ids.Trusting(Ids.Gateway).Resolve(new PeerFacts(true, null), Ids.Xfcc(Forged));
        Assert.Equal((Caller.Unauthenticated, IdentityFault.None), (result.Caller, result.Fault));
    }

    [Theory]
    [InlineData(ByGateway)]
    [InlineData(ByGateway + "," + OursForGateway)]
    [InlineData(Forged + "," + ByGateway)]
    [InlineData(Forged + "," + ByGateway + "," + OursForGateway)]
    public void A_named_hops_own_last_element_says_who_calls(string header)
    {
        IdentityResult result = Ids.Trusting(Ids.Gateway).Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc(header));
        Assert.Equal((Ids.Research, IdentityProof.ForwardedByHop, Ids.Gateway), (result.Caller.Name, result.Caller.Proof, result.Caller.Via));
    }

    [Fact]
    public void Our_own_element_is_known_even_where_envoy_does_not_say_who_we_are()
    {
        PeerFacts facts = Ids.Peer(Ids.Gateway) with { LocalUriSan = null };
        Assert.Equal(Ids.Research, Ids.Trusting(Ids.Gateway).Resolve(facts, Ids.Xfcc(ByGateway + "," + OursForGateway)).Caller.Name);
    }

    [Fact]
    public void A_hop_that_forwards_nobody_calls_for_itself()
    {
        Assert.Equal(Ids.Gateway, Ids.Trusting(Ids.Gateway).Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc(OursForGateway)).Caller.Name);
        Assert.Equal(Ids.Gateway, Ids.Trusting(Ids.Gateway).Resolve(Ids.Peer(Ids.Gateway), default).Caller.Name);
    }

    [Fact]
    public void A_hop_whose_caller_had_no_name_vouches_for_nobody()
    {
        IdentityResult result = Ids.Trusting(Ids.Gateway).Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc("By=" + Ids.Gateway + ";Hash=00;URI="));
        Assert.Equal((Caller.Unauthenticated, IdentityFault.None), (result.Caller, result.Fault));
    }

    [Theory]
    [InlineData("")]
    [InlineData("," + OursForGateway)]
    public void A_named_hops_header_that_another_wrote_is_refused(string tail)
    {
        IdentityResolver resolver = Ids.Trusting(Ids.Gateway);
        Assert.Equal(IdentityFault.MalformedForwardedCertificate, resolver.Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc("By=" + Ids.Research + ";URI=" + Ids.Root + tail)).Fault);
        Assert.Equal(IdentityFault.MalformedForwardedCertificate, resolver.Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc("URI=" + Ids.Root + tail)).Fault);
    }

    [Fact]
    public void A_chain_of_named_hops_leads_to_the_first_caller()
    {
        string header = Forged + "," + ByGateway + ",By=" + Ids.Waypoint + ";URI=" + Ids.Gateway + ",By=" + Ids.Llm + ";URI=" + Ids.Waypoint;
        IdentityResult both = Ids.Trusting(Ids.Gateway, Ids.Waypoint).Resolve(Ids.Peer(Ids.Waypoint), Ids.Xfcc(header));
        Assert.Equal((Ids.Research, Ids.Gateway), (both.Caller.Name, both.Caller.Via));
        // Where only the nearer hop is named, the farther one is the caller.
        IdentityResult one = Ids.Trusting(Ids.Waypoint).Resolve(Ids.Peer(Ids.Waypoint), Ids.Xfcc(header));
        Assert.Equal((Ids.Gateway, Ids.Waypoint), (one.Caller.Name, one.Caller.Via));
        string broken = "By=" + Ids.Research + ";URI=" + Ids.Root + ",By=" + Ids.Waypoint + ";URI=" + Ids.Gateway;
        Assert.Equal(IdentityFault.MalformedForwardedCertificate, Ids.Trusting(Ids.Gateway, Ids.Waypoint).Resolve(Ids.Peer(Ids.Waypoint), Ids.Xfcc(broken)).Fault);
    }

    [Fact]
    public void A_hop_behind_a_waypoints_principal_is_believed_like_one_on_the_connection()
    {
        var resolver = new IdentityResolver(new IdentityOptions { TrustedHops = [Ids.Parse(Ids.Gateway)], TrustWaypointPrincipal = true }, null);
        Assert.Equal(Ids.Research, resolver.Resolve(new PeerFacts(null, null, WaypointPrincipal: Ids.Gateway), Ids.Xfcc(ByGateway)).Caller.Name);
        Assert.Equal(Ids.Root, resolver.Resolve(new PeerFacts(null, null, WaypointPrincipal: Ids.Root), Ids.Xfcc(ByGateway)).Caller.Name);
    }

    [Fact]
    public void Aliases_name_the_same_hop_and_the_same_caller()
    {
        var resolver = new IdentityResolver(new IdentityOptions
        {
            TrustedHops = [Ids.Parse("spiffe://old.local/ns/istio-system/sa/gateway")],
            TrustDomains = [new TrustDomainOptions("cluster.local", ["old.local"], false)],
        }, null);
        Assert.Equal(Ids.Research, resolver.Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc(ByGateway.Replace("cluster.local", "old.local", StringComparison.Ordinal))).Caller.Name);
        Assert.Equal(IdentityFault.UnknownTrustDomain, resolver.Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc("By=" + Ids.Gateway + ";URI=spiffe://evil.test/x")).Fault);
    }

    [Fact]
    public void Without_a_certificate_the_named_hop_is_believed_unless_the_policy_wants_it_verified()
    {
        PeerFacts plain = new(false, null);
        Assert.Equal((Ids.Research, Ids.Gateway), Found(Ids.Trusting(Ids.Gateway).Resolve(plain, Ids.Xfcc(ByGateway))));
        var strict = new IdentityResolver(new IdentityOptions { TrustedHops = [Ids.Parse(Ids.Gateway)], VerifiedHopsOnly = true }, null);
        Assert.Same(Caller.Unauthenticated, strict.Resolve(plain, Ids.Xfcc(ByGateway)).Caller);
        Assert.Equal((Ids.Research, Ids.Gateway), Found(strict.Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc(ByGateway))));
        Assert.Same(Caller.Unauthenticated, Ids.Trusting(Ids.Gateway).Resolve(plain, Ids.Xfcc("By=" + Ids.Waypoint + ";URI=" + Ids.Root)).Caller);
        Assert.Equal(IdentityFault.MalformedForwardedCertificate, Ids.Trusting(Ids.Gateway).Resolve(plain, Ids.Xfcc(ByGateway + ",")).Fault);
    }

    [Fact]
    public void A_known_header_costs_no_memory_and_gives_the_same_caller()
    {
        IdentityResolver resolver = Ids.Trusting(Ids.Gateway);
        PeerFacts facts = Ids.Peer(Ids.Gateway);
        PresentedCredentials presented = Ids.Xfcc(ByGateway + "," + OursForGateway);
        Caller first = resolver.Resolve(facts, presented).Caller;
        for (int i = 0; i < 100; i++)
            resolver.Resolve(facts, presented);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool same = true;
        for (int i = 0; i < 1000; i++)
            same &= ReferenceEquals(first, resolver.Resolve(facts, presented).Caller);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(same);
    }

    [Fact]
    public void What_is_remembered_of_a_header_survives_the_requests_buffer()
    {
        IdentityResolver resolver = Ids.Trusting(Ids.Gateway);
        byte[] buffer = System.Text.Encoding.ASCII.GetBytes(ByGateway);
        Assert.Equal(Ids.Research, resolver.Resolve(Ids.Peer(Ids.Gateway), new PresentedCredentials(buffer, default)).Caller.Name);
        System.Text.Encoding.ASCII.GetBytes(ByGateway.Replace("research", "reseArch", StringComparison.Ordinal)).CopyTo(buffer, 0);
        Assert.EndsWith("reseArch", resolver.Resolve(Ids.Peer(Ids.Gateway), new PresentedCredentials(buffer, default)).Caller.Name, StringComparison.Ordinal);
        Assert.Equal(Ids.Research, resolver.Resolve(Ids.Peer(Ids.Gateway), Ids.Xfcc(ByGateway)).Caller.Name);
    }

    [Fact]
    public void The_field_case_waypoint_identity_holds()
    {
        JsonElement input = FieldCase("waypoint-identity");
        string principal = input.GetProperty("source.principal").GetString()!;
        PresentedCredentials presented = Ids.Xfcc(input.GetProperty("x-forwarded-client-cert").GetString()!);
        // As Host's Authorization reads an empty principal: no certificate, no name.
        PeerFacts facts = new(principal.Length > 0, principal.Length > 0 ? principal : null);
        IdentityResult without = new IdentityResolver(IdentityOptions.Default, null).Resolve(facts, presented);
        Assert.Equal((Caller.Unauthenticated, IdentityFault.None), (without.Caller, without.Fault));
        IdentityResult with = Ids.Trusting(Ids.Waypoint).Resolve(facts, presented);
        Assert.Equal((Ids.Research, IdentityProof.ForwardedByHop, Ids.Waypoint), (with.Caller.Name, with.Caller.Proof, with.Caller.Via));
    }

    [Fact]
    public void The_field_case_identity_header_from_client_holds()
    {
        PresentedCredentials presented = Ids.Xfcc(FieldCase("identity-header-from-client").GetProperty("headers").GetProperty("x-forwarded-client-cert").GetString()!);
        foreach (IdentityResolver resolver in (IdentityResolver[])[new(IdentityOptions.Default, null), Ids.Trusting(Ids.Gateway)])
        {
            Assert.Same(Caller.Unauthenticated, resolver.Resolve(new PeerFacts(null, null), presented).Caller);
            Assert.Same(Caller.Unauthenticated, resolver.Resolve(new PeerFacts(true, null), presented).Caller);
            Assert.Equal(Ids.Research, resolver.Resolve(Ids.Peer(Ids.Research), presented).Caller.Name);
        }
    }

    private static (string, string?) Found(IdentityResult result) => (result.Caller.Name, result.Caller.Via);

    private static JsonElement FieldCase(string id)
    {
        string? file = SharedFolder.Find("vectors", "field", "cases.jsonl");
        Assert.SkipWhen(file is null, "needs ../shared/vectors");
        foreach (string line in File.ReadLines(file!))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.GetProperty("id").GetString() == id)
                return document.RootElement.GetProperty("input").Clone();
        }
        throw new InvalidDataException($"no case {id}");
    }
}
