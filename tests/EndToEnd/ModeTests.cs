using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Envoy configurations that would let something pass unseen: laboratory sections 4 and 10.</summary>
public sealed class ModeTests(SharedFilters filters)
{
    private static readonly EnvoyMode[] Unsafe =
    [
        new(RequestBody: "NONE"),
        new(RequestBody: "STREAMED"),
        new(RequestBody: "BUFFERED_PARTIAL"),
        new(ResponseBody: "BUFFERED_PARTIAL"),
        new(ResponseHeader: "SKIP", ResponseBody: "NONE", ResponseTrailer: null),
        new(ResponseBody: "NONE"),
    ];

    /// <summary>Every Envoy in every unsafe mode that refuses before the origin hears of a request.</summary>
    public static TheoryData<string, string, string> UnsafeModes { get; } =
        new(EnvoyProcess.Versions.SelectMany(version => Unsafe.Select(mode => (version, mode.RequestBody, mode.ResponseBody))));

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(UnsafeModes))]
    public async Task An_unsafe_mode_is_refused_and_the_answer_names_the_field_to_change(string envoyVersion, string requestBody, string responseBody)
    {
        EnvoyMode mode = Unsafe.First(m => m.RequestBody == requestBody && m.ResponseBody == responseBody);
        await using Lab lab = await Start(envoyVersion, mode);

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((403, ResponseEnd.Complete), (response.Status, response.End));
        Assert.Contains("unsafe_processing_mode", response.Text, StringComparison.Ordinal);
        Assert.Contains(requestBody == "BUFFERED" ? "response_body_mode" : "request_body_mode", response.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Without_request_headers_no_exchange_succeeds(string envoyVersion)
    {
        // Envoy sends the origin these heads before it asks: what can be kept is the body, and that no answer gets back.
        foreach (EnvoyMode mode in new[] { new EnvoyMode(RequestHeader: "SKIP"), new EnvoyMode(RequestHeader: "SKIP", ResponseBody: "BUFFERED") })
        {
            await using Lab lab = await Start(envoyVersion, mode);
            await using RawHttpClient client = await lab.Connect();

            RawResponse post = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed));
            await using RawHttpClient other = await lab.Connect();
            RawResponse get = await other.Exchange(RawHttpClient.Request("GET", "/orders/7", null), "GET");

            Assert.NotEqual(200, post.Status);
            Assert.NotEqual(200, get.Status);
            Assert.DoesNotContain("Hello there", post.Text + get.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(lab.Origin.Requests, request => request.Text.Length > 0);
        }
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Without_response_headers_no_answer_gets_back(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, new EnvoyMode(ResponseHeader: "SKIP"));

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.False(response is { Status: 200, End: ResponseEnd.Complete }, response.ToString());
        Assert.DoesNotContain("Hello there", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Whole_responses_are_judged_too(string envoyVersion)
    {
        await using Lab good = await Start(envoyVersion, EnvoyMode.Buffered);
        await using Lab bad = await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.ForbiddenAnswer), c => c with { Mode = EnvoyMode.Buffered });

        RawResponse allowed = await good.Ask(Chat.Allowed);
        RawResponse refused = await bad.Ask(Chat.Allowed);

        Assert.Equal((200, Chat.Answer), (allowed.Status, allowed.Text));
        Assert.Equal((403, ResponseEnd.Complete), (refused.Status, refused.End));
        Assert.DoesNotContain("customers", refused.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Responses_streamed_piece_by_piece_let_nothing_refused_out(string envoyVersion)
    {
        var mode = new EnvoyMode(ResponseBody: "STREAMED");
        await using Lab good = await Start(envoyVersion, mode);
        await using Lab bad = await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.ForbiddenAnswer), c => c with { Mode = mode });

        RawResponse allowed = await good.Ask(Chat.Allowed);
        RawResponse refused = await bad.Ask(Chat.Allowed);

        Assert.Equal((200, ResponseEnd.Complete, Chat.Answer), (allowed.Status, allowed.End, allowed.Text));
        Assert.False(refused is { Status: 200, End: ResponseEnd.Complete }, refused.ToString());
        Assert.DoesNotContain("customers", refused.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Requests_in_full_duplex_are_held_until_their_verdict(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, new EnvoyMode(RequestBody: "FULL_DUPLEX_STREAMED", RequestTrailer: "SEND"));

        RawResponse refused = await lab.Ask(Chat.Refused);
        int before = lab.Origin.Requests.Count;
        RawResponse allowed = await lab.Ask(Chat.Allowed);

        Assert.Equal((403, 0, 200), (refused.Status, before, allowed.Status));
        Assert.Equal(Chat.Allowed, Assert.Single(lab.Origin.Requests).Text);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Grpc_mode_never_lets_plain_http_through(string envoyVersion)
    {
        var mode = new EnvoyMode(RequestBody: "GRPC", ResponseBody: "GRPC", RequestTrailer: "SEND");
        if (await EnvoyProcess.Validate(envoyVersion, new EnvoyConfig { Filter = "unix:/tmp/none", OriginPort = 1, Mode = mode }) is not null)
        {
            // 1.36 does not know the mode and refuses the configuration itself.
            Assert.Equal("envoy-1.36", envoyVersion);
            return;
        }
        await using Lab lab = await Start(envoyVersion, mode);

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.NotEqual(200, response.Status);
        Assert.DoesNotContain("Hello there", response.Text, StringComparison.Ordinal);
        lab.OriginIsUntouched();
    }

    private async Task<Lab> Start(string envoyVersion, EnvoyMode mode) =>
        await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.Answer), config => config with { Mode = mode });
}
