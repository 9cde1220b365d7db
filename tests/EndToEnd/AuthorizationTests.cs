using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>The same verdicts over ext_authz, with its quirks: laboratory section 11.</summary>
public sealed class AuthorizationTests(SharedFilters filters)
{
    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_allowed_request_passes_byte_for_byte(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((200, Chat.Answer), (response.Status, response.Text));
        Assert.Equal(Chat.Allowed, Assert.Single(lab.Origin.Requests).Text);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_refused_request_gets_the_protocols_own_refusal_and_reaches_no_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse refused = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Refused));

        Assert.Equal((403, ResponseEnd.Complete, "application/json"), (refused.Status, refused.End, refused.Header("content-type")));
        Assert.Contains("model_not_allowed", refused.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
        Assert.Equal(200, (await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed))).Status);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Requests_without_a_body_are_judged_too(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse delete = await client.Exchange(RawHttpClient.Request("DELETE", "/orders/7", null), "DELETE");
        RawResponse empty = await client.Exchange(RawHttpClient.Post(Chat.Path, ""));
        int before = lab.Origin.Requests.Count;
        RawResponse read = await client.Exchange(RawHttpClient.Request("GET", "/orders/7", null), "GET");

        Assert.Equal((403, 403, 0, 200), (delete.Status, empty.Status, before, read.Status));
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_body_beyond_what_Envoy_sends_is_refused_by_Envoy(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { MaxRequestBytes = 200 });

        RawResponse response = await lab.Ask(Chat.WithImage(400));

        Assert.Equal(413, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_body_sent_in_part_is_refused_and_the_answer_names_the_field(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { MaxRequestBytes = Chat.Allowed.Length, AllowPartialMessage = true });

        // What is sent is a whole, allowed request; what follows it is not shown.
        RawResponse response = await lab.Ask(Chat.Allowed + "   " + Chat.Refused);
        RawResponse spoofed = await lab.Ask(Chat.Allowed + "   " + Chat.Refused, "x-envoy-auth-partial-body: false");

        Assert.Equal((403, 403), (response.Status, spoofed.Status));
        Assert.Contains("allow_partial_message", response.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Bodies_that_are_not_sent_are_refused_whatever_the_caller_says_of_them(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { MaxRequestBytes = 0 });
        using var client = new Http2Client(lab.Envoy.Port);
        await using RawHttpClient chunked = await lab.Connect();

        RawResponse plain = await lab.Ask(Chat.Refused);
        RawResponse http2 = await client.Exchange("POST", Chat.Path, Encoding.UTF8.GetBytes(Chat.Refused),
            [new("content-type", "application/json"), new("x-envoy-auth-partial-body", "false")], withLength: false);
        RawResponse pieces = await chunked.Exchange(Encoding.ASCII.GetBytes(
            $"POST {Chat.Path} HTTP/1.1\r\nhost: lab.test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{Chat.Refused.Length:x}\r\n{Chat.Refused}\r\n0\r\n\r\n"));

        Assert.Equal((403, 403, 403), (plain.Status, http2.Status, pieces.Status));
        Assert.Contains("with_request_body", plain.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_body_sent_as_text_is_refused_because_text_is_not_what_the_origin_gets(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { PackAsBytes = false });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal(403, response.Status);
        Assert.Contains("pack_as_bytes", response.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Bytes_that_are_no_text_are_refused(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();
        byte[] body = Encoding.UTF8.GetBytes(Chat.Allowed);
        body[^20] = 0xff;

        RawResponse response = await client.Exchange(RawHttpClient.Request("POST", Chat.Path, body, "content-type: application/json"));

        Assert.Equal(403, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_request_that_would_have_to_be_edited_is_refused(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);

        RawResponse response = await lab.Ask("""{"model":"m","tools":[{"type":"function","function":{"name":"drop_tables","parameters":{}}}],"messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Equal(403, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_request_that_asks_for_a_stream_is_judged_like_any_other(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);

        RawResponse response = await lab.Ask(Chat.Refused.Replace("{\"model\"", "{\"stream\":true,\"model\"", StringComparison.Ordinal));

        Assert.Equal(403, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Without_a_filter_nothing_reaches_the_origin_and_the_status_tells_it_from_a_refusal(string envoyVersion)
    {
        await using FilterProcess filter = await FilterProcess.Start(SharedFilters.Options(LabPolicy.Open));
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer), config => config with { Protocol = FilterProtocol.ExternalAuthorization });
        await filter.Process.Kill();

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal(503, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Stopping_never_lets_a_request_through_that_was_not_judged(string envoyVersion)
    {
        await using FilterProcess filter = await FilterProcess.Start(SharedFilters.Options(LabPolicy.Open));
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer), config => config with { Protocol = FilterProtocol.ExternalAuthorization });
        filter.Process.Terminate();

        for (int i = 0; i < 20; i++)
            Assert.Contains((await lab.Ask(Chat.Refused)).Status, new[] { 403, 503 });

        lab.OriginIsUntouched();
    }

    private async Task<Lab> Start(string envoyVersion, Func<EnvoyConfig, EnvoyConfig>? change = null)
    {
        Func<EnvoyConfig, EnvoyConfig> authz = config => config with { Protocol = FilterProtocol.ExternalAuthorization };
        return await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.Answer), config => change?.Invoke(authz(config)) ?? authz(config));
    }
}
