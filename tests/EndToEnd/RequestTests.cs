using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Requests, sent to the filter whole (BUFFERED): laboratory sections 2 and 6.</summary>
public sealed class RequestTests(SharedFilters filters)
{
    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_allowed_request_reaches_the_origin_byte_for_byte(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((200, ResponseEnd.Complete, Chat.Answer), (response.Status, response.End, response.Text));
        OriginRequest seen = Assert.Single(lab.Origin.Requests);
        Assert.Equal((Chat.Allowed, true), (seen.Text, seen.Complete));
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_refused_request_never_reaches_the_origin_and_the_connection_goes_on(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse refused = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Refused));

        Assert.Equal((403, ResponseEnd.Complete, "application/json"), (refused.Status, refused.End, refused.Header("content-type")));
        Assert.Contains("model_not_allowed", refused.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
        Assert.Equal(0, lab.Origin.Connections);
        Assert.Equal("extauthz_model_not_allowed", (await lab.Envoy.AccessLog())[0].Details);

        RawResponse next = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed));

        Assert.Equal(200, next.Status);
        Assert.Single(lab.Origin.Requests);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_refused_request_over_http2_never_reaches_the_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);

        RawResponse refused = await lab.AskHttp2(Chat.Refused);

        Assert.Equal((403, ResponseEnd.Complete), (refused.Status, refused.End));
        Assert.Null(refused.ResetCode);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task The_origin_hears_nothing_until_the_whole_request_was_judged(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();
        byte[] request = RawHttpClient.Post(Chat.Path, Chat.Allowed);

        await client.Send(request.AsMemory(..^5));
        await Task.Delay(300);
        int before = lab.Origin.Connections;
        await client.Send(request.AsMemory(^5..));
        RawResponse response = await client.Receive("POST");

        Assert.Equal(0, before);
        Assert.Equal(200, response.Status);
        Assert.Equal(Chat.Allowed, Assert.Single(lab.Origin.Requests).Text);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_chunked_request_is_judged_as_one_body(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        // The word that decides is cut in two.
        string head = $"POST {Chat.Path} HTTP/1.1\r\nhost: lab.test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        int cut = Chat.Refused.IndexOf("bidden", StringComparison.Ordinal);
        await client.Send(Encoding.ASCII.GetBytes($"{head}{cut:x}\r\n{Chat.Refused[..cut]}\r\n"));
        await Task.Delay(50);
        await client.Send(Encoding.ASCII.GetBytes($"{Chat.Refused.Length - cut:x}\r\n{Chat.Refused[cut..]}\r\n0\r\n\r\n"));
        RawResponse refused = await client.Receive("POST");

        Assert.Equal(403, refused.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_client_that_goes_away_in_the_middle_leaves_nothing_behind(string envoyVersion)
    {
        await using FilterProcess filter = await FilterProcess.Start(SharedFilters.Options(LabPolicy.Open));
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer));
        await using (RawHttpClient client = await lab.Connect())
        {
            await client.Send(RawHttpClient.Post(Chat.Path, Chat.Allowed).AsMemory(..^5));
            await filter.Process.WaitFor(async () => (await filter.Page("/metrics")).Contains("extauthz_exchanges_open 1\n", StringComparison.Ordinal), TimeSpan.FromSeconds(5));
            client.Abort();
        }

        await filter.Process.WaitFor(async () => (await filter.Page("/metrics")).Contains("extauthz_exchanges_open 0\n", StringComparison.Ordinal), TimeSpan.FromSeconds(5));

        lab.OriginIsUntouched();
        Assert.Contains("abandoned", Assert.Single(await filter.AuditLines(1)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_tool_that_the_caller_may_not_use_is_taken_out_of_what_the_model_is_offered(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        const string offered = """{"model":"m","tools":[{"type":"function","function":{"name":"search","parameters":{}}},{"type":"function","function":{"name":"drop_tables","parameters":{}}}],"messages":[{"role":"user","content":"Hi"}]}""";

        RawResponse response = await lab.Ask(offered);

        Assert.Equal(200, response.Status);
        OriginRequest seen = Assert.Single(lab.Origin.Requests);
        Assert.True(seen.Complete);
        Assert.Equal("""{"model":"m","tools":[{"type":"function","function":{"name":"search","parameters":{}}}],"messages":[{"role":"user","content":"Hi"}]}""", seen.Text);
        Assert.Equal(seen.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), seen.Header("content-length") ?? seen.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Expect_100_continue_is_answered_and_the_body_still_judged(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();
        byte[] request = RawHttpClient.Post(Chat.Path, Chat.Refused, "expect: 100-continue");

        await client.Send(request.AsMemory(..^Chat.Refused.Length));
        string interim = await client.Peek("100 Continue", TimeSpan.FromSeconds(5));
        await client.Send(request.AsMemory(^Chat.Refused.Length..));
        RawResponse refused = await client.Receive("POST");

        Assert.Contains("100 Continue", interim, StringComparison.Ordinal);
        Assert.Equal(403, refused.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Of_two_pipelined_requests_each_gets_its_own_verdict(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        await client.Send(new ReadOnlyMemory<byte>([.. RawHttpClient.Post(Chat.Path, Chat.Allowed), .. RawHttpClient.Post(Chat.Path, Chat.Refused)]));
        RawResponse first = await client.Receive("POST");
        RawResponse second = await client.Receive("POST");

        Assert.Equal((200, 403), (first.Status, second.Status));
        Assert.Equal(Chat.Allowed, Assert.Single(lab.Origin.Requests).Text);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Requests_without_a_body_are_judged_too(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse head = await client.Exchange(RawHttpClient.Request("HEAD", "/elsewhere", null), "HEAD");
        RawResponse delete = await client.Exchange(RawHttpClient.Request("DELETE", "/orders/7", null), "DELETE");
        RawResponse empty = await client.Exchange(RawHttpClient.Post(Chat.Path, ""));
        int before = lab.Origin.Requests.Count;
        RawResponse read = await client.Exchange(RawHttpClient.Request("GET", "/orders/7", null), "GET");

        Assert.Equal((403, 403, 403), (head.Status, delete.Status, empty.Status));
        Assert.Empty(head.Body);
        Assert.Equal(0, before);
        Assert.Equal(200, read.Status);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_request_of_another_media_type_never_reaches_the_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        using var client = new Http2Client(lab.Envoy.Port);

        RawResponse grpc = await client.Exchange("POST", Chat.Path, [0, 0, 0, 0, 0], [new("content-type", "application/grpc"), new("te", "trailers")]);

        // Envoy turns a refusal of gRPC into a status in the trailers: 7 is PERMISSION_DENIED.
        Assert.NotEqual("0", grpc.Header("grpc-status"));
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_picture_of_twenty_megabytes_passes_whole(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { BufferLimitBytes = 48 << 20 });
        string body = Chat.WithImage(20 << 20);

        RawResponse response = await lab.Ask(body);

        Assert.Equal(200, response.Status);
        Assert.Equal(Encoding.UTF8.GetBytes(body), Assert.Single(lab.Origin.Requests).Body);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_body_over_the_filters_limit_is_refused_whole(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { BufferLimitBytes = 48 << 20 });

        RawResponse response = await lab.Ask(Chat.WithImage(33 << 20));

        Assert.NotEqual(200, response.Status);
        lab.OriginIsUntouched();
    }

    private async Task<Lab> Start(string envoyVersion, Func<EnvoyConfig, EnvoyConfig>? change = null) =>
        await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.Answer), change);
}
