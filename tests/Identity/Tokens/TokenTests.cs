using System.Text;
using EnvoyExtAuthz.Identity.Tokens;
using EnvoyExtAuthz.Testing;
using Microsoft.Extensions.Time.Testing;

namespace EnvoyExtAuthz.Identity.Tests.Tokens;

/// <summary>Bearer tokens: verified to the letter, refused for any fault, left alone where they are not ours.</summary>
public sealed class TokenTests : IAsyncDisposable
{
    private static readonly string[] All = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly TestFolder _folder = new();
    private readonly TestIssuer _issuer = new();
    private readonly FakeTimeProvider _time = new(TestIssuer.Start);
    private readonly JwksStore _store;
    private readonly string _file;

    public TokenTests()
    {
        _file = _folder.Write("jwks.json", _issuer.Jwks());
        _store = new JwksStore(_time);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _issuer.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> Algorithms => [.. All];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_token_of_each_pinned_algorithm_is_an_identity(string algorithm)
    {
        IdentityResult result = Resolver().Resolve(default, Ids.Bearer(_issuer.Token(algorithm: algorithm)));
        Assert.Equal((IdentityProof.JsonWebToken, TestIssuer.Name, IdentityFault.None), (result.Caller.Proof, result.Caller.Via, result.Fault));
        Assert.Null(result.Caller.Id);
        Assert.Equal("jwt:https://issuer.test#alice", result.Caller.Name);
        Assert.Equal(("red", TestIssuer.Name), (result.Caller.Claims["team"], result.Caller.Claims["iss"]));
        Assert.False(result.Caller.Claims.ContainsKey("exp"));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_token_of_an_algorithm_that_the_issuer_does_not_use_is_refused(string algorithm) =>
        Assert.Equal(IdentityFault.TokenNotValid, Fault(Resolver(algorithms: [.. All.Where(a => a != algorithm)]), _issuer.Token(algorithm: algorithm)));

    [Fact]
    public void A_token_adds_claims_to_the_peer_and_never_replaces_it()
    {
        IdentityResult result = Resolver().Resolve(Ids.Peer(Ids.Research), Ids.Bearer(_issuer.Token()));
        Assert.Equal((Ids.Research, IdentityProof.PeerCertificate), (result.Caller.Name, result.Caller.Proof));
        Assert.Equal("alice", result.Caller.Claims["sub"]);
    }

    [Fact]
    public void A_bad_token_is_refused_even_beside_a_good_certificate()
    {
        IdentityResult result = Resolver().Resolve(Ids.Peer(Ids.Research), Ids.Bearer(_issuer.Token(TestIssuer.Claims(expires: TestIssuer.Now - 3600))));
        Assert.Equal((Caller.Unauthenticated, IdentityFault.TokenNotValid), (result.Caller, result.Fault));
    }

    [Theory]
    [InlineData("sk-proj-abc_DEF.123")]
    [InlineData("sk-ant-api03-aaaa.bbbb.cccc")]
    [InlineData("e.y.z")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJ9")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9..AAAA")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30=.AAAA")]
    [InlineData("eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc")]
    [InlineData("...")]
    [InlineData("")]
    public void What_is_no_signed_token_is_left_to_the_origin(string opaque)
    {
        IdentityResult result = Resolver().Resolve(Ids.Peer(Ids.Research), Ids.Bearer(opaque));
        Assert.Equal((Ids.Research, IdentityFault.None, 0), (result.Caller.Name, result.Fault, result.Caller.Claims.Count));
    }

    [Fact]
    public void Tokens_of_other_issuers_and_of_none_are_left_to_the_origin()
    {
        IdentityResolver resolver = Resolver();
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token("""{"iss":"https://other.test","aud":"llm","exp":2000003600}""")));
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token("""{"iss":"https://issuer.test/","aud":"llm","exp":2000003600}""")));
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token("""{"aud":"llm","exp":2000003600}""")));
        Assert.Same(Caller.Unauthenticated, resolver.Resolve(default, Ids.Bearer(_issuer.Token("""{"iss":"https://other.test","aud":"llm","exp":2000003600}"""))).Caller);
    }

    [Theory]
    [InlineData("Bearer ", true)]
    [InlineData("bearer   ", true)]
    [InlineData("BEARER ", true)]
    [InlineData("Bearer", false)]
    [InlineData("Basic ", false)]
    [InlineData("DPoP ", false)]
    [InlineData("", false)]
    public void Only_the_bearer_scheme_presents_a_token(string scheme, bool found)
    {
        var presented = new PresentedCredentials(default, Encoding.ASCII.GetBytes(scheme + _issuer.Token()));
        Assert.Equal(found, Resolver().Resolve(default, presented).Caller.Proof == IdentityProof.JsonWebToken);
    }

    public static TheoryData<string> BadHeaders =>
    [
        """{"alg":"none","kid":"rsa"}""",
        """{"alg":"None","kid":"rsa"}""",
        """{"alg":"rs256","kid":"rsa"}""",
        """{"alg":"HS256","kid":"rsa"}""",
        """{"alg":"ES256","kid":"rsa"}""",
        """{"alg":"RS256","kid":"ec256"}""",
        """{"alg":"RS384","kid":"rsa"}""",
        """{"alg":"PS256","kid":"rsa"}""",
        """{"alg":["RS256"],"kid":"rsa"}""",
        """{"alg":"RS256"}""",
        """{"alg":"RS256","kid":7}""",
        """{"alg":"RS256","kid":""}""",
        """{"alg":"RS256","kid":"RSA"}""",
        """{"alg":"RS256","kid":"unknown"}""",
        """{"kid":"rsa"}""",
        """{"alg":"RS256","kid":"rsa","crit":["exp"]}""",
        """{"alg":"RS256","kid":"rsa","crit":[]}""",
        """{"alg":"RS256","kid":"rsa","b64":false}""",
        """{"alg":"RS256","kid":"rsa","typ":"logout+jwt"}""",
        """{"alg":"RS256","kid":"rsa","typ":null}""",
        """{"alg":"RS256","alg":"RS256","kid":"rsa"}""",
        """{"alg":"RS256","kid":"rsa","\u006bid":"ec256"}""",
        """{"alg":"RS256","kid":"rsa","KID":"ec256"}""",
        """{"alg":"RS256","kid":"rsa"} x""",
        """{"alg":"RS256","kid":"rsa",}""",
        """{"alg":"RS256","kid":"rsa" """,
    ];

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void A_header_that_is_not_exactly_right_is_refused(string header) => Assert.Equal(IdentityFault.TokenNotValid, Fault(Resolver(), _issuer.Token(header: header)));

    [Theory]
    [InlineData("JWT")]
    [InlineData("jwt")]
    [InlineData("JOSE")]
    [InlineData("at+jwt")]
    [InlineData("application/at+jwt")]
    public void The_types_of_a_token_for_access_are_taken(string type) =>
        Assert.Equal(IdentityFault.None, Fault(Resolver(), _issuer.Token(header: $$"""{"alg":"RS256","kid":"rsa","typ":"{{type}}"}""")));

    public static TheoryData<string> BadClaims =>
    [
        """{"iss":"https://issuer.test","aud":"llm"}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":null}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":"2000003600"}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":-1}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":1e300}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600000}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":1999999940}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600,"nbf":2000000061}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600,"nbf":"now"}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600,"iat":"now"}""",
        """{"iss":"https://issuer.test","exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":"other","exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":"LLM","exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":[],"exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":["other"],"exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":["llm",1],"exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":{"llm":1},"exp":2000003600}""",
        """{"iss":["https://issuer.test"],"aud":"llm","exp":2000003600}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600,"sub":"alice","sub":"root"}""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600,"sub":"alice","\u0073ub":"root"}""",
        """{"iss":"https://other.test","iss":"https://issuer.test","aud":"llm","exp":2000003600}""",
        """["https://issuer.test"]""",
        """{"iss":"https://issuer.test","aud":"llm","exp":2000003600}{}""",
        "{\"iss\":\"https://issuer.test\",\"aud\":\"llm\",\"exp\":2000003600,\"sub\":\"\\ud800\"}",
    ];

    [Theory]
    [MemberData(nameof(BadClaims))]
    public void Claims_that_are_not_exactly_right_are_refused(string claims) => Assert.Equal(IdentityFault.TokenNotValid, Fault(Resolver(), _issuer.Token(claims)));

    [Theory]
    [InlineData("""{"iss":"https://issuer.test","aud":["other","llm"],"exp":2000003600}""")]
    [InlineData("""{"iss":"https://issuer.test","aud":"llm","exp":1999999941}""")]
    [InlineData("""{"iss":"https://issuer.test","aud":"llm","exp":2000003600.5,"nbf":2000000060,"iat":2.0e9}""")]
    [InlineData("""{"iss":"https:\/\/issuer.test","aud":"ll\u006d","exp":2000003600}""")]
    public void Other_ways_to_say_the_same_are_taken_with_a_minutes_grace(string claims) => Assert.Equal(IdentityFault.None, Fault(Resolver(), _issuer.Token(claims)));

    [Fact]
    public void A_signature_that_is_not_the_issuers_is_refused()
    {
        IdentityResolver resolver = Resolver();
        using var stranger = new TestIssuer();
        string good = _issuer.Token();
        string[] parts = good.Split('.');
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, stranger.Token()));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, stranger.Token(algorithm: "ES256")));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, parts[0] + "." + parts[1] + "."));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, parts[0] + "." + parts[1] + ".A"));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, parts[0] + "." + parts[1] + ".AAAA"));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, parts[0] + "." + TestIssuer.Encode(TestIssuer.Claims(more: ",\"role\":\"root\"")) + "." + parts[2]));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.TokenOfPublicKeyAsSecret()));
        Assert.Equal(IdentityFault.None, Fault(resolver, good));
        // An ES256 signature is 64 bytes (RFC 7518 §3.4); all zeroes is the one that broken verifiers take.
        string[] ec = _issuer.Token(algorithm: "ES256").Split('.');
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, ec[0] + "." + ec[1] + "." + System.Buffers.Text.Base64Url.EncodeToString(new byte[64])));
    }

    [Fact]
    public void A_public_key_cannot_serve_as_a_secret_even_where_the_policy_and_the_key_set_allow_it()
    {
        File.WriteAllText(_file, _issuer.Jwks(extra: "," + """{"kty":"oct","kid":"shared","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA","alg":"HS256"}"""));
        IdentityResolver resolver = Resolver(algorithms: ["RS256", "HS256", "none"]);
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.TokenOfPublicKeyAsSecret()));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.Token(header: """{"alg":"HS256","kid":"shared"}""")));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.Token(header: """{"alg":"none","kid":"rsa"}""")));
    }

    [Fact]
    public void Every_single_changed_byte_of_a_token_is_noticed()
    {
        IdentityResolver resolver = Resolver();
        byte[] token = Encoding.ASCII.GetBytes("Bearer " + _issuer.Token(algorithm: "ES256"));
        Assert.Equal(IdentityProof.JsonWebToken, resolver.Resolve(default, new PresentedCredentials(default, token)).Caller.Proof);
        for (int i = 7; i < token.Length; i++)
        {
            byte kept = token[i];
            token[i] = kept == (byte)'A' ? (byte)'B' : (byte)'A';
            Assert.Equal(IdentityProof.None, resolver.Resolve(default, new PresentedCredentials(default, token)).Caller.Proof);
            token[i] = kept;
        }
    }

    [Fact]
    public void A_token_that_was_good_is_refused_once_it_is_too_old()
    {
        IdentityResolver resolver = Resolver();
        string token = _issuer.Token();
        Caller first = resolver.Resolve(default, Ids.Bearer(token)).Caller;
        _time.Advance(TimeSpan.FromSeconds(3659));
        Assert.Same(first, resolver.Resolve(default, Ids.Bearer(token)).Caller);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, token));
    }

    [Fact]
    public void A_token_that_was_seen_too_early_is_good_later()
    {
        IdentityResolver resolver = Resolver();
        string token = _issuer.Token("""{"iss":"https://issuer.test","aud":"llm","exp":2000003600,"nbf":2000000100}""");
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, token));
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(IdentityFault.None, Fault(resolver, token));
    }

    [Fact]
    public void A_token_longer_than_16_KiB_is_refused_unread()
    {
        string token = _issuer.Token(TestIssuer.Claims(more: ",\"pad\":\"" + new string('x', 12_000) + "\""));
        Assert.True(token.Length > 16 << 10);
        Assert.Equal(IdentityFault.TokenNotValid, Fault(Resolver(), token));
    }

    [Fact]
    public void Many_threads_with_one_token_get_one_caller()
    {
        IdentityResolver resolver = Resolver();
        PresentedCredentials presented = Ids.Bearer(_issuer.Token());
        Caller first = resolver.Resolve(Ids.Peer(Ids.Research), presented).Caller;
        var callers = new System.Collections.Concurrent.ConcurrentDictionary<Caller, bool>(ReferenceEqualityComparer.Instance);
        Parallel.For(0, 2000, _ => callers.TryAdd(resolver.Resolve(Ids.Peer(Ids.Research), presented).Caller, true));
        Assert.Same(first, Assert.Single(callers).Key);
    }

    [Fact]
    public void A_known_token_costs_no_memory_and_gives_the_same_caller()
    {
        IdentityResolver resolver = Resolver();
        PeerFacts facts = Ids.Peer(Ids.Research);
        PresentedCredentials presented = Ids.Bearer(_issuer.Token());
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

    private IdentityResolver Resolver(string[]? algorithms = null)
    {
        JwtIssuerOptions[] issuers = [new(TestIssuer.Name, [TestIssuer.Audience], algorithms ?? All, _file, null)];
        return new IdentityResolver(new IdentityOptions { JwtIssuers = issuers }, _store.VerifierFor(issuers));
    }

    private static IdentityFault Fault(IdentityResolver resolver, string token) => resolver.Resolve(default, Ids.Bearer(token)).Fault;
}
