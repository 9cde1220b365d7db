using System.Security.Cryptography;
using EnvoyExtAuthz.Identity.Tokens;
using EnvoyExtAuthz.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EnvoyExtAuthz.Identity.Tests.Tokens;

/// <summary>Issuers' keys: read from files and endpoints in the background, kept while they cannot be read, exchanged when they change.</summary>
public sealed class KeySetTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestIssuer _issuer = new();
    private readonly FakeTimeProvider _time = new(TestIssuer.Start);
    private readonly JwksStore _store;
    private readonly List<JwksReading> _readings = [];

    public KeySetTests()
    {
        _store = new JwksStore(_time);
        _store.Read += reading =>
        {
            lock (_readings)
                _readings.Add(reading);
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _issuer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_changed_key_file_takes_effect_for_tokens_already_known()
    {
        string file = _folder.Write("jwks.json", _issuer.Jwks());
        IdentityResolver resolver = Resolver(new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256"], file, null));
        string token = _issuer.Token();
        Caller first = resolver.Resolve(default, Ids.Bearer(token)).Caller;
        Assert.Equal(IdentityProof.JsonWebToken, first.Proof);
        File.WriteAllText(file, _issuer.Jwks(rsaKid: "next"));
        await Until(() => Fault(resolver, token) == IdentityFault.TokenNotValid);
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token(header: """{"alg":"RS256","kid":"next"}""")));
        File.WriteAllText(file, _issuer.Jwks());
        await Until(() => Fault(resolver, token) == IdentityFault.None);
    }

    [Fact]
    public async Task A_key_file_swapped_by_links_as_kubernetes_does_is_seen()
    {
        Directory.CreateDirectory(System.IO.Path.Combine(_folder.Root, "one"));
        Directory.CreateDirectory(System.IO.Path.Combine(_folder.Root, "two"));
        File.WriteAllText(System.IO.Path.Combine(_folder.Root, "one", "jwks.json"), _issuer.Jwks(rsaKid: "old"));
        File.WriteAllText(System.IO.Path.Combine(_folder.Root, "two", "jwks.json"), _issuer.Jwks());
        string data = System.IO.Path.Combine(_folder.Root, "..data");
        Directory.CreateSymbolicLink(data, "one");
        string file = System.IO.Path.Combine(_folder.Root, "jwks.json");
        File.CreateSymbolicLink(file, Path.Combine("..data", "jwks.json"));
        IdentityResolver resolver = Resolver(new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256"], file, null));
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.Token()));
        Directory.CreateSymbolicLink(data + "_tmp", "two");
        File.Delete(data);
        Directory.Move(data + "_tmp", data);
        await Until(() => Fault(resolver, _issuer.Token()) == IdentityFault.None);
    }

    public static TheoryData<string> BadSets =>
    [
        "",
        "{",
        "[]",
        "{}",
        """{"keys":[]}""",
        """{"keys":"none"}""",
        """{"keys":[{"kty":"oct","kid":"rsa","k":"AAAA"}]}""",
        """{"keys":[{"kty":"RSA","kid":"rsa","n":"AQAB","e":"AQAB"}]}""",
        """{"keys":[{"kty":"RSA","kid":"rsa"}]}""",
        """{"keys":[{"kty":"EC","kid":"rsa","crv":"secp256k1","x":"AAAA","y":"AAAA"}]}""",
        """{"keys":[{"kty":"EC","kid":"rsa","crv":"P-256","x":"AAAA","y":"AAAA"}]}""",
    ];

    [Theory]
    [MemberData(nameof(BadSets))]
    public async Task A_bad_key_file_never_replaces_good_keys_and_gives_none_by_itself(string bad)
    {
        string file = _folder.Write("jwks.json", bad);
        IdentityResolver resolver = Resolver(new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256"], file, null));
        Assert.Equal(IdentityFault.KeysUnavailable, Fault(resolver, _issuer.Token()));
        File.WriteAllText(file, _issuer.Jwks());
        await Until(() => Fault(resolver, _issuer.Token()) == IdentityFault.None);
        File.WriteAllText(file, bad);
        int seen = Count(r => r.Fault is not null);
        await Until(() => Count(r => r.Fault is not null) > seen);
        File.Delete(file);
        await Until(() => Count(r => r.Fault == nameof(FileNotFoundException)) > 0);
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token()));
    }

    [Fact]
    public void Keys_that_must_not_verify_are_passed_over()
    {
        using RSA small = RSA.Create(1024);
        string set = $$"""{"keys":[{{TestIssuer.Rsa(small, "small")}},{{_issuer.Rsa("enc", ",\"use\":\"enc\"")}},{{_issuer.Rsa("signer", ",\"key_ops\":[\"sign\"]")}},{{_issuer.Rsa("ps", ",\"alg\":\"PS256\"")}},{{_issuer.Rsa("rsa", ",\"use\":\"sig\",\"key_ops\":[\"verify\"]")}}]}""";
        IdentityResolver resolver = Resolver(new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256", "PS256"], _folder.Write("jwks.json", set), null));
        foreach (string kid in (string[])["small", "enc", "signer", "ps"])
            Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.Token(header: $$"""{"alg":"RS256","kid":"{{kid}}"}""")));
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token(algorithm: "PS256", header: """{"alg":"PS256","kid":"ps"}""")));
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token()));
    }

    [Fact]
    public void A_set_that_names_two_keys_alike_is_refused_whole()
    {
        using RSA other = RSA.Create(2048);
        string file = _folder.Write("jwks.json", _issuer.Jwks(extra: "," + TestIssuer.Rsa(other, "rsa")));
        Assert.Equal(IdentityFault.KeysUnavailable, Fault(Resolver(new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256"], file, null)), _issuer.Token()));
    }

    [Fact]
    public void Without_keys_a_known_issuers_token_is_refused_and_an_opaque_key_is_not()
    {
        IdentityResolver resolver = Resolver(new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256"], System.IO.Path.Combine(_folder.Root, "missing.json"), null));
        Assert.Equal(IdentityFault.KeysUnavailable, Fault(resolver, _issuer.Token()));
        Assert.Equal(IdentityFault.None, Fault(resolver, "sk-123"));
        Assert.Equal(nameof(FileNotFoundException), Assert.Single(_store.Latest()).Fault);
    }

    [Fact]
    public async Task An_endpoints_keys_are_fetched_renewed_when_a_token_names_a_new_one_and_kept_while_it_fails()
    {
        await using Endpoint endpoint = await Endpoint.Start(_issuer.Jwks());
        IdentityResolver resolver = Resolver(endpoint.Issuer);
        await _store.FirstReadings();
        Assert.Equal(IdentityFault.None, Fault(resolver, _issuer.Token()));
        Assert.Equal(1, endpoint.Asked);

        endpoint.Body = _issuer.Jwks(rsaKid: "next");
        string next = _issuer.Token(header: """{"alg":"RS256","kid":"next"}""");
        for (int i = 0; i < 100; i++)
            Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, next));
        Assert.Equal(1, endpoint.Asked);
        await Until(() => Fault(resolver, next) == IdentityFault.None);
        Assert.Equal(2, endpoint.Asked);
        Assert.Equal(IdentityFault.TokenNotValid, Fault(resolver, _issuer.Token()));

        endpoint.Status = 500;
        await Until(() => endpoint.Asked > 4, TimeSpan.FromSeconds(30));
        Assert.Equal(IdentityFault.None, Fault(resolver, next));
    }

    [Fact]
    public async Task Keys_not_read_for_a_day_serve_no_longer()
    {
        await using Endpoint endpoint = await Endpoint.Start(_issuer.Jwks());
        IdentityResolver resolver = Resolver(endpoint.Issuer);
        await _store.FirstReadings();
        string token = _issuer.Token(TestIssuer.Claims(expires: TestIssuer.Now + (7 * 86_400)));
        Assert.Equal(IdentityFault.None, Fault(resolver, token));
        endpoint.Status = 503;
        _time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(IdentityFault.KeysUnavailable, Fault(resolver, token));
        endpoint.Status = 200;
        await Until(() => Fault(resolver, token) == IdentityFault.None, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(302)]
    public async Task An_endpoint_that_answers_with_anything_but_keys_gives_none(int status)
    {
        await using Endpoint endpoint = await Endpoint.Start(_issuer.Jwks());
        endpoint.Status = status;
        IdentityResolver resolver = Resolver(endpoint.Issuer);
        await _store.FirstReadings();
        Assert.Equal(IdentityFault.KeysUnavailable, Fault(resolver, _issuer.Token()));
        Assert.Equal(1, endpoint.Asked);
    }

    [Fact]
    public async Task An_endless_answer_is_cut_off_at_1_MiB()
    {
        await using Endpoint endpoint = await Endpoint.Start(_issuer.Jwks(extra: new string(' ', 2 << 20)));
        IdentityResolver resolver = Resolver(endpoint.Issuer);
        await _store.FirstReadings();
        Assert.Equal(IdentityFault.KeysUnavailable, Fault(resolver, _issuer.Token()));
    }

    [Fact]
    public async Task Keys_that_two_policies_name_stay_while_one_replaces_the_other_and_are_let_go_with_the_last()
    {
        await using Endpoint endpoint = await Endpoint.Start(_issuer.Jwks());
        IdentityResolver before = Resolver(endpoint.Issuer);
        await _store.FirstReadings();
        IdentityResolver after = Resolver(endpoint.Issuer with { Audiences = ["llm", "more"] });
        _store.KeepOnly([endpoint.Issuer]);
        Assert.Equal(IdentityFault.None, Fault(after, _issuer.Token()));
        Assert.Equal(1, endpoint.Asked);
        _store.KeepOnly([]);
        Assert.Empty(_store.Latest());
        // An exchange that began under the old policy ends under it.
        Assert.Equal(IdentityFault.None, Fault(before, _issuer.Token()));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, endpoint.Asked);
    }

    private IdentityResolver Resolver(params JwtIssuerOptions[] issuers) => new(new IdentityOptions { JwtIssuers = issuers }, _store.VerifierFor(issuers));

    private static IdentityFault Fault(IdentityResolver resolver, string token) => resolver.Resolve(default, Ids.Bearer(token)).Fault;

    private int Count(Func<JwksReading, bool> which)
    {
        lock (_readings)
            return _readings.Count(which);
    }

    /// <summary>Lets the clock of these tests run until something holds; the real clock only bounds a failure.</summary>
    private async Task Until(Func<bool> holds, TimeSpan? step = null)
    {
        for (int i = 0; i < 2000 && !holds(); i++)
        {
            _time.Advance(step ?? TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        Assert.True(holds());
    }

    /// <summary>A key set's endpoint on loopback.</summary>
    private sealed class Endpoint : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private int _asked;

        private Endpoint(WebApplication app, string body)
        {
            _app = app;
            Body = body;
            app.Run(Answer);
        }

        public string Body { get; set; }

        public int Status { get; set; } = 200;

        public int Asked => Volatile.Read(ref _asked);

        public JwtIssuerOptions Issuer { get; private set; } = null!;

        public static async Task<Endpoint> Start(string body)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var endpoint = new Endpoint(builder.Build(), body);
            await endpoint._app.StartAsync();
            string address = endpoint._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            endpoint.Issuer = new JwtIssuerOptions(TestIssuer.Name, ["llm"], ["RS256"], null, new Uri(address + "/jwks"));
            return endpoint;
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();

        private async Task Answer(HttpContext context)
        {
            Interlocked.Increment(ref _asked);
            context.Response.StatusCode = Status;
            if (Status == 302)
                context.Response.Headers.Location = "/elsewhere";
            await context.Response.WriteAsync(Body);
        }
    }
}
