using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>The laboratory itself: a real Envoy, a filter that allows everything, and clients and origins that hide nothing.</summary>
public sealed class HarnessTests
{
    private const string Question = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_allowed_exchange_passes_byte_for_byte(string envoyVersion)
    {
        var answer = OriginAnswer.Json("""{"id":"1",  "choices" : [ ]}""");
        await using var origin = await ScriptedOrigin.Start(answer);
        await using var noop = await NoopProcess.Start();
        await using var envoy = await EnvoyProcess.Start(envoyVersion, new EnvoyConfig { Filter = noop.Address, OriginPort = origin.Port });
        await using var client = await RawHttpClient.Connect(envoy.Port);

        RawResponse response = await client.Exchange(RawHttpClient.Post("/v1/chat/completions", Question));

        Assert.Equal(200, response.Status);
        Assert.Equal(ResponseEnd.Complete, response.End);
        Assert.Equal(answer.Bytes, response.Body);
        OriginRequest seen = Assert.Single(origin.Requests);
        Assert.Equal(Question, seen.Text);
        Assert.True(seen.Complete);
        Assert.Equal("via_upstream", (await envoy.AccessLog())[0].Details);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_event_stream_arrives_event_by_event(string envoyVersion)
    {
        var answer = OriginAnswer.EventStream(TimeSpan.FromMilliseconds(60), "data: one\n\n", "data: two\n\n", "data: [DONE]\n\n");
        await using var origin = await ScriptedOrigin.Start(answer);
        await using var noop = await NoopProcess.Start();
        await using var envoy = await EnvoyProcess.Start(envoyVersion, new EnvoyConfig { Filter = noop.Address, OriginPort = origin.Port });
        await using var client = await RawHttpClient.Connect(envoy.Port);

        RawResponse response = await client.Exchange(RawHttpClient.Post("/v1/chat/completions", Question));

        Assert.Equal(ResponseEnd.Complete, response.End);
        Assert.Equal(["data: one\n\n", "data: two\n\n", "data: [DONE]\n\n"], response.Chunks.Select(Encoding.UTF8.GetString));
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Http2_on_both_sides_keeps_body_and_trailers(string envoyVersion)
    {
        var answer = OriginAnswer.Json("{}") with { ContentLength = false, Trailers = [new("x-sum", "7")] };
        await using var origin = await ScriptedOrigin.Start(answer);
        await using var noop = await NoopProcess.Start();
        await using var envoy = await EnvoyProcess.Start(envoyVersion, new EnvoyConfig { Filter = noop.Address, OriginPort = origin.Http2Port, Http2Origin = true });
        using var client = new Http2Client(envoy.Port);

        RawResponse response = await client.Exchange("POST", "/v1/chat/completions", Encoding.UTF8.GetBytes(Question));

        Assert.Equal(200, response.Status);
        Assert.Equal("{}", response.Text);
        Assert.Contains(new KeyValuePair<string, string>("x-sum", "7"), response.Trailers);
        Assert.Equal("HTTP/2", Assert.Single(origin.Requests).Protocol);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Mutual_tls_is_spoken_with_the_certificate_a_test_chose(string envoyVersion)
    {
        using var authority = new CertificateAuthority();
        IssuedCertificate server = authority.Issue("spiffe://lab.test/ns/llm/sa/llm"), agent = authority.Issue("spiffe://lab.test/ns/agents/sa/research");
        await using var origin = await ScriptedOrigin.Start(OriginAnswer.Json("{}"));
        await using var noop = await NoopProcess.Start();
        await using var envoy = await EnvoyProcess.Start(envoyVersion, new EnvoyConfig
        {
            Filter = noop.Address,
            OriginPort = origin.Port,
            Tls = new EnvoyTls(server.CertificateFile, server.KeyFile, authority.BundleFile, RequireClientCertificate: true),
            ForwardClientCertificate = "SANITIZE_SET",
        });
        await using var client = await RawHttpClient.ConnectTls(envoy.Port, agent.Certificate);

        RawResponse response = await client.Exchange(RawHttpClient.Post("/v1/chat/completions", Question));

        Assert.Equal(200, response.Status);
        Assert.Contains("URI=spiffe://lab.test/ns/agents/sa/research", Assert.Single(origin.Requests).Header("x-forwarded-client-cert"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_recorded_provider_answer_is_replayed_as_it_was(string envoyVersion)
    {
        IReadOnlyList<RecordedExchange> recordings = RecordedExchange.Load("openai");
        Assert.SkipWhen(recordings.Count == 0, "needs ../shared/vectors");
        RecordedExchange recorded = recordings.First(r => r.Path.EndsWith("/chat/completions", StringComparison.Ordinal) && r.Status == 200);
        await using var origin = await ScriptedOrigin.Start(recorded.Answer);
        await using var noop = await NoopProcess.Start();
        await using var envoy = await EnvoyProcess.Start(envoyVersion, new EnvoyConfig { Filter = noop.Address, OriginPort = origin.Port });
        await using var client = await RawHttpClient.Connect(envoy.Port);

        RawResponse response = await client.Exchange(RawHttpClient.Request(recorded.Method, recorded.Path, recorded.RequestBody, "content-type: application/json"));

        Assert.Equal(recorded.ResponseBody, response.Body);
        Assert.Equal(recorded.RequestBody, Assert.Single(origin.Requests).Body);
    }

    [Fact]
    public async Task A_cut_response_shows_as_cut()
    {
        await using var origin = RawOrigin.Start("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"u8.ToArray(), closeAfter: true);
        await using var client = await RawHttpClient.Connect(origin.Port);

        RawResponse response = await client.Exchange(RawHttpClient.Request("GET", "/", null), "GET");

        Assert.Equal(ResponseEnd.Cut, response.End);
        Assert.Equal("half", response.Text);
    }
}
