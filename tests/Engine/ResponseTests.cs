using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine.Tests;

public sealed class ResponseTests
{
    private static Bench AfterRequest(string request = Chat.Plain, BodyDelivery response = BodyDelivery.Duplex, ExchangeLimits? limits = null)
    {
        var bench = new Bench(limits: limits);
        bench.Head(response: response).Body(request).Take();
        bench.Log.Kept.Clear();
        return bench;
    }

    [Fact]
    public void A_whole_answer_waits_with_its_head_and_goes_on_unchanged()
    {
        using Bench bench = AfterRequest();
        Assert.Empty(bench.ResponseHead().Take());
        Assert.Empty(bench.ResponseBody(Chat.Answer("hello")[..20]).Take());
        List<Step> steps = bench.ResponseBody(Chat.Answer("hello")[20..], end: true).Take();
        Assert.Equal([StepKind.ResponseHead, StepKind.ResponseBody], steps.Select(s => s.Kind));
        Assert.Equal(Chat.Answer("hello"), System.Text.Encoding.UTF8.GetString(steps[1].Body.Span));
        Assert.True(steps[1].EndOfStream);
    }

    [Fact]
    public void A_forbidden_call_in_a_whole_answer_is_a_clean_403()
    {
        using Bench bench = AfterRequest();
        Step refused = Assert.Single(bench.ResponseHead().ResponseBody(Chat.Calls("delete_all"), end: true).Take());
        Assert.Equal(403, refused.Refusal!.Status);
        Assert.Equal((Direction.Response, Outcome.Refused, "tool_not_allowed", "default"), Assert.Single(bench.Log.Kept));
    }

    [Fact]
    public void A_stream_goes_on_event_by_event()
    {
        using Bench bench = AfterRequest(Chat.Streamed);
        Assert.Equal([StepKind.ResponseHead], bench.ResponseHead(type: "text/event-stream; charset=utf-8").Take().Select(s => s.Kind));
        string first = Chat.Chunk("""{"content":"Hello there. "}""");
        Assert.Equal(first, bench.ResponseBody(first).Released());
        string second = Chat.Chunk("{}", "\"stop\"") + "data: [DONE]\n\n";
        Assert.Equal(second, bench.ResponseBody(second, end: true).Released());
        Assert.Equal(Outcome.Allowed, Assert.Single(bench.Log.Kept).Outcome);
    }

    [Fact]
    public void Of_a_forbidden_call_in_a_stream_not_one_byte_is_released()
    {
        using Bench bench = AfterRequest(Chat.Streamed);
        bench.ResponseHead(type: "text/event-stream").Take();
        string text = Chat.Chunk("""{"content":"Sure. "}""");
        Assert.Equal(text, bench.ResponseBody(text).Released());
        Assert.Equal("", bench.ResponseBody(Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t1","function":{"name":"delete_all","arguments":""}}]}""")).Released());
        Assert.Equal("", bench.ResponseBody(Chat.Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}""")).Released());
        bench.ResponseBody(Chat.Chunk("{}", "\"tool_calls\""));
        Step last = Assert.Single(bench.Take());
        string seen = System.Text.Encoding.UTF8.GetString(last.Body.Span);
        Assert.True(last.EndOfStream);
        Assert.DoesNotContain("delete_all", seen, StringComparison.Ordinal);
        Assert.Contains("content_filter", seen, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allowed_call_in_a_stream_is_held_until_it_is_whole_and_then_released_unchanged()
    {
        using Bench bench = AfterRequest(Chat.Streamed);
        bench.ResponseHead(type: "text/event-stream").Take();
        string name = Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t1","function":{"name":"search","arguments":"{}"}}]}""");
        string end = Chat.Chunk("{}", "\"tool_calls\"");
        Assert.Equal("", bench.ResponseBody(name).Released());
        Assert.Equal(name + end, bench.ResponseBody(end).Released());
    }

    [Fact]
    public void However_a_stream_is_cut_the_same_bytes_come_out()
    {
        string whole = ": keep-alive\n\n" + Chat.Chunk("""{"role":"assistant","content":"Grüße, 漢字 🙂. "}""") + Chat.Chunk("""{"content":"And more."}""") + Chat.Chunk("{}", "\"stop\"") + "data: [DONE]\n\n";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(whole);
        for (int cut = 1; cut < bytes.Length; cut++)
        {
            using Bench bench = AfterRequest(Chat.Streamed);
            bench.ResponseHead(type: "text/event-stream").Take();
            bench.Exchange.OnResponseBody(bytes.AsMemory(0, cut), false);
            bench.Exchange.OnResponseBody(bytes.AsMemory(cut), true);
            Assert.Equal(whole, bench.Released());
        }
    }

    [Fact]
    public void A_stream_that_stalls_is_ended_in_its_own_words()
    {
        using Bench bench = AfterRequest(Chat.Streamed, limits: new ExchangeLimits { StreamIdleTime = TimeSpan.FromSeconds(9) });
        bench.ResponseHead(type: "text/event-stream").Take();
        bench.Time.Advance(TimeSpan.FromSeconds(9));
        bench.Exchange.OnDeadline();
        Step last = Assert.Single(bench.Take());
        Assert.True(last.EndOfStream);
        Assert.EndsWith("data: [DONE]\n\n", System.Text.Encoding.UTF8.GetString(last.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_buffered_answer_is_refused_whole_even_if_it_is_a_stream()
    {
        using Bench bench = AfterRequest(Chat.Streamed, BodyDelivery.Whole);
        bench.ResponseHead(type: "text/event-stream").Take();
        string body = Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t1","function":{"name":"delete_all","arguments":"{}"}}]}""") + Chat.Chunk("{}", "\"tool_calls\"");
        Assert.Equal(StepKind.Refuse, Assert.Single(bench.ResponseBody(body, end: true).Take()).Kind);
    }

    [Fact]
    public void In_pieces_each_piece_gets_one_answer_and_no_original_byte_comes_early()
    {
        using Bench bench = AfterRequest(response: BodyDelivery.Pieces);
        bench.ResponseHead().Take();
        string body = Chat.Answer("hello");
        Step first = Assert.Single(bench.ResponseBody(body[..20]).Take());
        Assert.Equal(0, first.Body.Length);
        Step second = Assert.Single(bench.ResponseBody(body[20..], end: true).Take());
        Assert.Equal(body, System.Text.Encoding.UTF8.GetString(second.Body.Span));
    }

    [Fact]
    public void Trailers_after_a_body_let_both_go_on_in_order()
    {
        using Bench bench = AfterRequest();
        bench.ResponseHead().ResponseBody(Chat.Answer("hello"));
        bench.Exchange.OnResponseTrailers(new HttpHead());
        Assert.Equal([StepKind.ResponseHead, StepKind.ResponseBody, StepKind.ResponseTrailers], bench.Take().Select(s => s.Kind));
    }

    [Fact]
    public void Envoys_own_reply_before_the_requests_verdict_passes()
    {
        using var bench = new Bench();
        bench.Head().Take();
        List<Step> steps = bench.ResponseHead(413, "text/plain").ResponseBody("payload too large", end: true).Take();
        Assert.Equal([StepKind.ResponseHead, StepKind.ResponseBody], steps.Select(s => s.Kind));
    }

    [Fact]
    public void An_answer_without_a_request_we_saw_is_refused()
    {
        using var bench = new Bench();
        bench.Exchange.Begin(new ConnectionFacts(default, BodyDelivery.Whole, BodyDelivery.Duplex));
        Assert.Equal("extauthz_unsafe_processing_mode", Assert.Single(bench.ResponseHead().Take()).Details);
    }

    [Fact]
    public void An_error_page_of_a_proxy_is_inspected_as_text_and_passes()
    {
        using Bench bench = AfterRequest();
        List<Step> steps = bench.ResponseHead(502, "text/html").ResponseBody("<h1>bad gateway</h1>", end: true).Take();
        Assert.Equal([StepKind.ResponseHead, StepKind.ResponseBody], steps.Select(s => s.Kind));
    }

    [Fact]
    public void An_answer_in_a_coding_that_cannot_be_read_is_refused()
    {
        using Bench bench = AfterRequest();
        Assert.Equal(StepKind.Refuse, Assert.Single(bench.ResponseHead(fields: [("content-encoding", "snappy")]).Take()).Kind);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public void The_answer_to_a_request_that_was_let_through_unread_is_judged_all_the_same(string type)
    {
        using var bench = new Bench(Bench.Policy + "\n    uninspectable: {not-strict-json: allow}\n");
        Assert.Equal(StepKind.RequestBody, Assert.Single(bench.Head().Body("no json").Take().Skip(1)).Kind);
        string body = type == "application/json" ? Chat.Calls("delete_all") : Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t1","function":{"name":"delete_all","arguments":"{}"}}]}""") + "data: [DONE]\n\n";
        bench.ResponseHead(type: type).ResponseBody(body, end: true);
        Assert.DoesNotContain(bench.Take(), s => System.Text.Encoding.UTF8.GetString(s.Body.Span).Contains("delete_all", StringComparison.Ordinal));
        Assert.Equal("tool_not_allowed", bench.Log.Kept[^1].Reason);
    }

    [Fact]
    public void A_failure_inside_lets_nothing_through()
    {
        using Bench bench = AfterRequest();
        bench.ResponseHead().ResponseBody(Chat.Answer("hello")[..10]).Take();
        bench.Exchange.OnFailure();
        Assert.Equal(StepKind.Abort, Assert.Single(bench.Take()).Kind);
    }

    [Fact]
    public void A_closed_exchange_begins_anew_without_memory_of_the_last()
    {
        using Bench bench = AfterRequest();
        bench.ResponseHead().ResponseBody(Chat.Calls("delete_all"), end: true).Take();
        bench.Exchange.Close();
        Assert.Equal(0, bench.Services.Memory.Used);
        bench.Head().Body(Chat.Plain).Take();
        List<Step> steps = bench.ResponseHead().ResponseBody(Chat.Answer("hello"), end: true).Take();
        Assert.Equal([StepKind.ResponseHead, StepKind.ResponseBody], steps.Select(s => s.Kind));
    }

    [Fact]
    public void A_refusal_repeats_no_word_of_the_events_before_it()
    {
        using Bench bench = AfterRequest(Chat.Streamed);
        bench.ResponseHead(type: "text/event-stream").Take();
        const string key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        string first = Chat.Chunk("""{"content":"Hi. "}""").Replace("\"id\":\"c\"", $"\"id\":\"{key}\"", StringComparison.Ordinal);
        string call = Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t1","function":{"name":"delete_all","arguments":"{}"}}]}""");
        string seen = bench.ResponseBody(first).Released() + bench.ResponseBody(call + Chat.Chunk("{}", "\"tool_calls\"")).Released();
        Assert.Contains("content_filter", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(key, seen, StringComparison.Ordinal);
    }
}
