using System.Text;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Responses in FULL_DUPLEX_STREAMED, static and asked for by override: laboratory sections 1, 4 and 8.</summary>
public sealed class ResponseTests(SharedFilters filters)
{
    /// <summary>Every Envoy, with responses always sent and with responses asked for.</summary>
    public static TheoryData<string, bool> Setups { get; } = new(EnvoyProcess.Versions.SelectMany(version => new[] { (version, false), (version, true) }));

    [Theory, MemberData(nameof(Setups))]
    public async Task A_refused_answer_is_a_clean_403_without_a_byte_of_it(string envoyVersion, bool lean)
    {
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.Json(Chat.ForbiddenAnswer));

        foreach (RawResponse response in new[] { await lab.Ask(Chat.Allowed), await lab.AskHttp2(Chat.Allowed) })
        {
            Assert.Equal((403, ResponseEnd.Complete), (response.Status, response.End));
            Assert.Null(response.ResetCode);
            Assert.Contains("tool_not_allowed", response.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("customers", response.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("drop_tables", response.Text, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_refused_answer_that_comes_in_slow_pieces_is_still_a_clean_403(string envoyVersion, bool lean)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Chat.ForbiddenAnswer);
        OriginChunk[] pieces = [.. bytes.Chunk(90).Select(piece => new OriginChunk(piece, TimeSpan.FromMilliseconds(60)))];
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.Json("") with { Body = pieces, ContentLength = false });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((403, ResponseEnd.Complete), (response.Status, response.End));
        Assert.DoesNotContain("customers", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task An_allowed_answer_passes_byte_for_byte_however_it_comes(string envoyVersion, bool lean)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Chat.Answer);
        OriginChunk[] pieces = [.. bytes.Chunk(40).Select(piece => new OriginChunk(piece, TimeSpan.FromMilliseconds(10)))];
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.Json("") with { Body = pieces, ContentLength = false });

        RawResponse one = await lab.Ask(Chat.Allowed);
        RawResponse two = await lab.AskHttp2(Chat.Allowed);

        Assert.Equal((200, ResponseEnd.Complete, Chat.Answer), (one.Status, one.End, one.Text));
        Assert.Equal((200, ResponseEnd.Complete, Chat.Answer), (two.Status, two.End, two.Text));
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task An_allowed_stream_passes_event_by_event_and_byte_for_byte(string envoyVersion, bool lean)
    {
        string[] events = [Chat.Text("Good "), ": a comment\n\n", Chat.Text("morning"), Chat.ToolCall("search", """{\"q\":1}"""), Chat.Stop, Chat.Done];
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.EventStream(TimeSpan.FromMilliseconds(50), events));

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((200, ResponseEnd.Complete), (response.Status, response.End));
        Assert.Equal(string.Concat(events), response.Text);
        // The first event came alone: it was not held until the stream's end.
        Assert.DoesNotContain("[DONE]", Encoding.UTF8.GetString(response.Chunks[0]), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_refused_stream_ends_in_its_own_words_and_the_connection_goes_on(string envoyVersion, bool lean)
    {
        await using Lab lab = await Start(envoyVersion, lean, ForbiddenStream);
        await using RawHttpClient client = await lab.Connect();

        RawResponse response = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed));

        IsGracefullyRefused(response);

        RawResponse next = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Refused));
        Assert.Equal(403, next.Status);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_refused_stream_over_http2_ends_without_a_reset(string envoyVersion, bool lean)
    {
        await using Lab lab = await Start(envoyVersion, lean, ForbiddenStream);

        RawResponse response = await lab.AskHttp2(Chat.Allowed);

        Assert.Null(response.ResetCode);
        IsGracefullyRefused(response);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task Trailers_of_an_http2_origin_pass_with_an_allowed_answer(string envoyVersion, bool lean)
    {
        OriginAnswer answer = OriginAnswer.Json(Chat.Answer) with { ContentLength = false, Trailers = [new("x-sum", "7")] };
        await using Lab lab = await Start(envoyVersion, lean, answer, config => config with { Http2Origin = true });

        RawResponse response = await lab.AskHttp2(Chat.Allowed);

        Assert.Equal((200, Chat.Answer), (response.Status, response.Text));
        Assert.Contains(new KeyValuePair<string, string>("x-sum", "7"), response.Trailers);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task Trailers_do_not_carry_a_refused_answer_past_the_verdict(string envoyVersion, bool lean)
    {
        OriginAnswer answer = OriginAnswer.Json(Chat.ForbiddenAnswer) with { ContentLength = false, Trailers = [new("x-sum", "7")] };
        await using Lab lab = await Start(envoyVersion, lean, answer, config => config with { Http2Origin = true });

        RawResponse response = await lab.AskHttp2(Chat.Allowed);

        Assert.Equal((403, ResponseEnd.Complete), (response.Status, response.End));
        Assert.DoesNotContain("customers", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_stream_with_trailers_ends_gracefully_when_refused(string envoyVersion, bool lean)
    {
        await using Lab lab = await Start(envoyVersion, lean, ForbiddenStream with { Trailers = [new("x-sum", "7")] }, config => config with { Http2Origin = true });

        IsGracefullyRefused(await lab.AskHttp2(Chat.Allowed));
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task An_origin_that_dies_in_the_middle_shows_as_a_cut(string envoyVersion, bool lean)
    {
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.EventStream(TimeSpan.FromMilliseconds(50), Chat.Text("Good ")) with { AbortAtEnd = true });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal(ResponseEnd.Cut, response.End);
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task An_origins_own_error_passes(string envoyVersion, bool lean)
    {
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.Of("text/html", "<h1>Bad gateway</h1>"u8.ToArray()) with { Status = 502 });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((502, "<h1>Bad gateway</h1>"), (response.Status, response.Text));
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task An_answer_in_an_encoding_that_is_not_read_is_refused(string envoyVersion, bool lean)
    {
        OriginAnswer answer = OriginAnswer.Json(Chat.Answer) with { Headers = [new("content-type", "application/json"), new("content-encoding", "compress")] };
        await using Lab lab = await Start(envoyVersion, lean, answer);

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.NotEqual(200, response.Status);
        Assert.DoesNotContain("Hello there", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_retried_request_is_judged_once_and_its_last_answer_too(string envoyVersion, bool lean)
    {
        int attempts = 0;
        await using var origin = await ScriptedOrigin.Start(_ => Interlocked.Increment(ref attempts) == 1
            ? OriginAnswer.Json("{}", 503) : OriginAnswer.Json(Chat.ForbiddenAnswer));
        await using Lab lab = await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open, lean), origin, config => Configure(config, lean) with { RetryOn5xx = true });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((403, 2), (response.Status, attempts));
    }

    [Theory, MemberData(nameof(Setups))]
    public async Task A_client_that_leaves_a_stream_takes_the_origin_with_it(string envoyVersion, bool lean)
    {
        string[] events = [.. Enumerable.Repeat(Chat.Text("word "), 200)];
        await using Lab lab = await Start(envoyVersion, lean, OriginAnswer.EventStream(TimeSpan.FromMilliseconds(50), events));
        await using (RawHttpClient client = await lab.Connect())
        {
            await client.Send(RawHttpClient.Post(Chat.Path, Chat.Allowed));
            await client.Peek("word", TimeSpan.FromSeconds(5));
            client.Abort();
        }

        await ScriptedOrigin.WaitForAbort(Assert.Single(lab.Origin.Requests));
        Assert.Contains("DC", (await lab.Envoy.AccessLog())[0].Flags, StringComparison.Ordinal);
    }

    private static OriginAnswer ForbiddenStream => OriginAnswer.EventStream(TimeSpan.FromMilliseconds(40),
        Chat.Text("Good "), Chat.ToolCall("drop_tables", ""), Chat.ToolCall(null, """{\"which\":"""), Chat.ToolCall(null, """\"customers\"}"""), Chat.Text("leftover"), Chat.Stop, Chat.Done)
        with
    { Headers = [new("content-type", "text/event-stream; charset=utf-8")] };

    private static void IsGracefullyRefused(RawResponse response)
    {
        Assert.Equal((200, ResponseEnd.Complete), (response.Status, response.End));
        Assert.StartsWith(Chat.Text("Good "), response.Text, StringComparison.Ordinal);
        Assert.Contains("content_filter", response.Text, StringComparison.Ordinal);
        Assert.EndsWith(Chat.Done, response.Text, StringComparison.Ordinal);
        foreach (string withheld in new[] { "drop_tab", "which", "customers", "leftover" })
            Assert.DoesNotContain(withheld, response.Text, StringComparison.Ordinal);
    }

    private async Task<Lab> Start(string envoyVersion, bool lean, OriginAnswer answer, Func<EnvoyConfig, EnvoyConfig>? change = null) =>
        await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open, lean), answer, config => change?.Invoke(Configure(config, lean)) ?? Configure(config, lean));

    private static EnvoyConfig Configure(EnvoyConfig config, bool lean) => lean ? config with { Mode = EnvoyMode.Lean, AllowModeOverride = true } : config;
}
