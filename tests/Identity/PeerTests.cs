using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Identity.Tests;

/// <summary>The connection's own certificate, as Envoy attests it.</summary>
public sealed class PeerTests
{
    private static readonly IdentityResolver Default = new(IdentityOptions.Default, null);

    [Fact]
    public void A_verified_peer_is_the_caller()
    {
        IdentityResult result = Default.Resolve(Ids.Peer(Ids.Research), default);
        Assert.Equal((Ids.Research, IdentityProof.PeerCertificate, IdentityFault.None), (result.Caller.Id.ToString(), result.Caller.Proof, result.Fault));
        Assert.Equal(Ids.Research, result.Caller.Name);
        Assert.Null(result.Caller.Via);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public void A_name_without_mutual_tls_is_nobody(bool? mtls)
    {
        IdentityResult result = Default.Resolve(new PeerFacts(mtls, Ids.Research), default);
        Assert.Equal((Caller.Unauthenticated, IdentityFault.None), (result.Caller, result.Fault));
    }

    [Fact]
    public void A_certificate_without_a_name_is_nobody()
    {
        Assert.Same(Caller.Unauthenticated, Default.Resolve(new PeerFacts(true, null), default).Caller);
        Assert.Equal("unauthenticated", Caller.Unauthenticated.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("https://lab.test/x")]
    [InlineData("Spiffe://cluster.local/ns/agents/sa/research")]
    [InlineData("spiffe://cluster.local")]
    [InlineData("spiffe://cluster.local/ns/agents/sa/research/")]
    public void A_name_that_is_no_workloads_id_is_refused(string uri)
    {
        IdentityResult result = Default.Resolve(new PeerFacts(true, uri), default);
        Assert.Equal((Caller.Unauthenticated, IdentityFault.MalformedSpiffeId), (result.Caller, result.Fault));
    }

    [Fact]
    public void A_certificate_that_did_not_validate_is_refused() =>
        Assert.Equal(IdentityFault.CertificateNotValid, Default.Resolve(new PeerFacts(true, Ids.Research, PeerCertificateValid: false), default).Fault);

    [Theory]
    [InlineData(Ids.Research, IdentityFault.None)]
    [InlineData("", IdentityFault.None)]
    [InlineData(Ids.Research + "," + Ids.Root, IdentityFault.SeveralUriSans)]
    [InlineData(Ids.Research + ",https://lab.test", IdentityFault.SeveralUriSans)]
    [InlineData(Ids.Root, IdentityFault.SeveralUriSans)]
    [InlineData("-", IdentityFault.SeveralUriSans)]
    public void The_list_of_all_names_must_hold_the_first_and_no_other(string all, IdentityFault fault) =>
        Assert.Equal(fault, Default.Resolve(new PeerFacts(true, Ids.Research, AllUriSans: all), default).Fault);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_certificate_itself_shows_a_second_name(bool encoded)
    {
        using var authority = new CertificateAuthority();
        Assert.Equal(IdentityFault.None, Fault(authority.Issue(Ids.Research), encoded));
        Assert.Equal(IdentityFault.SeveralUriSans, Fault(authority.Issue(Ids.Research, Ids.Root), encoded));
        Assert.Equal(IdentityFault.SeveralUriSans, Fault(authority.Issue(Ids.Research, "https://lab.test/"), encoded));
        Assert.Equal(IdentityFault.SeveralUriSans, Fault(authority.Issue(Ids.Root), encoded));
        Assert.Equal(IdentityFault.MalformedSpiffeId, Fault(authority.Issue(), encoded));
    }

    [Fact]
    public void A_signing_certificate_never_authenticates()
    {
        using var authority = new CertificateAuthority();
        string pem = File.ReadAllText(authority.BundleFile);
        Assert.Equal(IdentityFault.CertificateNotValid, Default.Resolve(new PeerFacts(true, Ids.Research, pem), default).Fault);
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, IdentityFault.None)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, IdentityFault.None)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment, IdentityFault.CertificateNotValid)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, IdentityFault.CertificateNotValid)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, IdentityFault.CertificateNotValid)]
    public void A_key_that_may_not_sign_or_may_certify_is_no_workloads(X509KeyUsageFlags usages, IdentityFault fault)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usages, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(Ids.Research));
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        Assert.Equal(fault, Default.Resolve(new PeerFacts(true, Ids.Research, certificate.ExportCertificatePem()), default).Fault);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("%")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----")]
    public void A_certificate_that_cannot_be_read_is_refused(string pem) =>
        Assert.Equal(IdentityFault.CertificateNotValid, Default.Resolve(new PeerFacts(true, Ids.Research, pem), default).Fault);

    [Fact]
    public void Trust_domains_are_ours_by_name_or_alias_or_federated_or_refused()
    {
        var resolver = new IdentityResolver(new IdentityOptions
        {
            TrustDomains = [new TrustDomainOptions("cluster.local", ["old.local", "partner.test"], false), new TrustDomainOptions("partner.test", [], true)],
        }, null);
        Caller ours = resolver.Resolve(Ids.Peer(Ids.Research), default).Caller;
        Assert.Same(ours, resolver.Resolve(Ids.Peer("spiffe://old.local/ns/agents/sa/research"), default).Caller);
        // Listed itself, so nobody's alias: a federated partner never becomes one of us.
        Assert.Equal("spiffe://partner.test/ns/agents/sa/research", resolver.Resolve(Ids.Peer("spiffe://partner.test/ns/agents/sa/research"), default).Caller.Name);
        Assert.Equal(IdentityFault.UnknownTrustDomain, resolver.Resolve(Ids.Peer("spiffe://evil.test/ns/agents/sa/research"), default).Fault);
        Assert.Equal(IdentityFault.UnknownTrustDomain, resolver.Resolve(Ids.Peer("spiffe://cluster.local.evil.test/ns/a/sa/b"), default).Fault);
    }

    [Fact]
    public void A_waypoints_principal_counts_only_where_the_policy_says_so()
    {
        PeerFacts facts = new(null, null, WaypointPrincipal: Ids.Research);
        Assert.Same(Caller.Unauthenticated, Default.Resolve(facts, default).Caller);
        var trusting = new IdentityResolver(new IdentityOptions { TrustWaypointPrincipal = true }, null);
        Caller caller = trusting.Resolve(facts, default).Caller;
        Assert.Equal((Ids.Research, IdentityProof.Waypoint), (caller.Name, caller.Proof));
        Assert.Same(Caller.Unauthenticated, trusting.Resolve(facts with { WaypointPrincipal = "-" }, default).Caller);
        Assert.Equal(IdentityFault.SeveralUriSans, trusting.Resolve(facts with { WaypointPrincipal = Ids.Research + "," + Ids.Root }, default).Fault);
        Assert.Equal(IdentityFault.MalformedSpiffeId, trusting.Resolve(facts with { WaypointPrincipal = "research" }, default).Fault);
        Assert.Equal(Ids.Root, trusting.Resolve(facts with { Mtls = true, UriSan = Ids.Root }, default).Caller.Name);
    }

    [Fact]
    public void The_same_peer_is_the_same_caller_and_costs_no_memory()
    {
        PeerFacts facts = Ids.Peer(Ids.Research) with { AllUriSans = Ids.Research };
        Caller first = Default.Resolve(facts, default).Caller;
        for (int i = 0; i < 100; i++)
            Default.Resolve(facts, default);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool same = true;
        for (int i = 0; i < 1000; i++)
            same &= ReferenceEquals(first, Default.Resolve(facts, default).Caller);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(same);
    }

    [Fact]
    public void More_peers_than_are_remembered_are_still_told_apart()
    {
        var resolver = new IdentityResolver(IdentityOptions.Default, null);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 20_000; i++)
                Assert.Equal($"spiffe://td/w{i}", resolver.Resolve(Ids.Peer($"spiffe://td/w{i}"), default).Caller.Name);
        }
    }

    private static IdentityFault Fault(IssuedCertificate certificate, bool encoded)
    {
        string pem = File.ReadAllText(certificate.CertificateFile);
        return Default.Resolve(new PeerFacts(true, Ids.Research, encoded ? Uri.EscapeDataString(pem) : pem), default).Fault;
    }
}
