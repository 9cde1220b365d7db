using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Who is calling, proven by certificates in real handshakes: laboratory section 5.</summary>
public sealed class IdentityTests(SharedFilters filters) : IDisposable
{
    private const string Research = "spiffe://lab.test/ns/agents/sa/research";
    private readonly CertificateAuthority _authority = new();

    /// <summary>Every Envoy with every way to ask.</summary>
    public static TheoryData<string, FilterProtocol> Setups { get; } = new(EnvoyProcess.Versions.SelectMany(version =>
        new[] { (version, FilterProtocol.ExternalProcessing), (version, FilterProtocol.ExternalAuthorization) }));

    [Theory, MemberData(nameof(Setups))]
    public async Task The_caller_that_the_policy_names_comes_through(string envoyVersion, FilterProtocol protocol)
    {
        await using Lab lab = await Start(envoyVersion, protocol);

        RawResponse response = await Ask(lab, _authority.Issue(Research));

        Assert.Equal((200, Chat.Answer), (response.Status, response.Text));
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task Another_caller_is_refused(string envoyVersion, FilterProtocol protocol)
    {
        await using Lab lab = await Start(envoyVersion, protocol);
        string[] others =
        [
            "spiffe://lab.test/ns/agents/sa/support", "spiffe://other.test/ns/agents/sa/research", "spiffe://lab.test/ns/agents/sa/research/x",
            "spiffe://lab.test/ns/agents/sa/Research", "spiffe://lab.test/ns/agents/sa/research/", "spiffe://lab.test/ns/agents/sa/research?x",
            "spiffe://lab.test:8443/ns/agents/sa/research", "https://lab.test/ns/agents/sa/research", "spiffe://lab.test/ns/x/../agents/sa/research",
        ];

        foreach (string other in others)
            Assert.Equal((other, 403), (other, (await Ask(lab, _authority.Issue(other))).Status));
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_certificate_with_two_names_is_no_identity(string envoyVersion, FilterProtocol protocol)
    {
        await using Lab lab = await Start(envoyVersion, protocol);

        RawResponse first = await Ask(lab, _authority.Issue(Research, "spiffe://lab.test/ns/agents/sa/support"));
        RawResponse second = await Ask(lab, _authority.Issue("spiffe://lab.test/ns/agents/sa/support", Research));
        RawResponse mixed = await Ask(lab, _authority.Issue(Research, "https://lab.test/"));

        Assert.Equal((403, 403, 403), (first.Status, second.Status, mixed.Status));
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_certificate_without_a_name_is_no_identity(string envoyVersion, FilterProtocol protocol)
    {
        await using Lab lab = await Start(envoyVersion, protocol);

        Assert.Equal(403, (await Ask(lab, _authority.Issue())).Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task No_certificate_is_no_identity_whatever_the_headers_say(string envoyVersion, FilterProtocol protocol)
    {
        await using Lab tls = await Start(envoyVersion, protocol, requireCertificate: false);
        await using RawHttpClient client = await RawHttpClient.ConnectTls(tls.Envoy.Port, null);
        await using Lab plain = await Start(envoyVersion, protocol, tls: false);

        RawResponse withoutCertificate = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed, Spoofed));
        RawResponse plaintext = await plain.Ask(Chat.Allowed, Spoofed);

        Assert.Equal((403, 403), (withoutCertificate.Status, plaintext.Status));
        tls.OriginIsUntouched();
        plain.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_forged_header_gives_no_other_identity_however_Envoy_forwards_it(string envoyVersion, FilterProtocol protocol)
    {
        foreach (string forward in new[] { "SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY" })
        {
            await using Lab lab = await Start(envoyVersion, protocol, forward: forward);

            RawResponse response = await Ask(lab, _authority.Issue("spiffe://lab.test/ns/agents/sa/support"), Spoofed);

            Assert.Equal((forward, 403), (forward, response.Status));
            lab.OriginIsUntouched();
        }
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task Certificates_that_are_expired_or_of_another_authority_end_in_the_handshake(string envoyVersion, FilterProtocol protocol)
    {
        using var stranger = new CertificateAuthority("another CA");
        await using Lab lab = await Start(envoyVersion, protocol);

        RawResponse expired = await Ask(lab, _authority.IssueExpired(Research));
        RawResponse foreign = await Ask(lab, stranger.Issue(Research));

        Assert.Equal((ResponseEnd.Nothing, ResponseEnd.Nothing), (expired.End, foreign.End));
        lab.OriginIsUntouched();
    }

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    private static string[] Spoofed =>
    [
        $"x-forwarded-client-cert: By=spiffe://lab.test/ns/llm/sa/llm;URI={Research}",
        $"x-spiffe-id: {Research}",
    ];

    private static async Task<RawResponse> Ask(Lab lab, IssuedCertificate certificate, params IEnumerable<string> headers)
    {
        await using RawHttpClient client = await RawHttpClient.ConnectTls(lab.Envoy.Port, certificate.Certificate);
        try
        {
            return await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed, headers));
        }
        catch (IOException)
        {
            // With TLS 1.3 a refused client certificate shows only when the client writes.
            return new RawResponse(0, [], [], [], ResponseEnd.Nothing, []);
        }
    }

    private async Task<Lab> Start(string envoyVersion, FilterProtocol protocol, bool tls = true, bool requireCertificate = true, string forward = "SANITIZE")
    {
        IssuedCertificate server = _authority.Issue("spiffe://lab.test/ns/llm/sa/llm");
        return await Lab.Start(envoyVersion, await filters.For(LabPolicy.Identity), OriginAnswer.Json(Chat.Answer), config => config with
        {
            Protocol = protocol,
            Tls = tls ? new EnvoyTls(server.CertificateFile, server.KeyFile, _authority.BundleFile, requireCertificate) : null,
            ForwardClientCertificate = forward,
        });
    }
}
