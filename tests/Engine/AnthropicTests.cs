namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Streams in blocks: what is over is let go, and a refusal goes on from what the client has seen.</summary>
public sealed class AnthropicTests
{
    private const string Policy = """
        version: 1
        name: blocks
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: claude, match: {paths: ["/v1/messages"]}, protocol: anthropic}
        rules:
          - name: searchers
            callers: [research]
            routes: [claude]
            tools: {allow: [search]}
            uninspectable: {encrypted: allow}
            detectors:
              injection: {action: refuse}
              secrets: {action: redact}
        """;

    private const string Start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{}}}\n\n";
    private const string Done = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    [Fact]
    public void The_last_words_of_a_block_are_let_go_when_it_ends()
    {
        using Bench bench = Begun();
        string thought = Begin(0, """{"type":"thinking","thinking":""}""") + Grow(0, """{"type":"thinking_delta","thinking":"the key sk-live"}""");
        Assert.NotEqual(Start + thought, bench.ResponseBody(Start + thought).Released());
        string end = bench.ResponseBody(End(0)).Released();
        Assert.EndsWith(End(0), end, StringComparison.Ordinal);
        string text = Begin(1, """{"type":"text","text":""}""") + Grow(1, """{"type":"text_delta","text":"Hello there. "}""");
        Assert.Equal(text, bench.ResponseBody(text).Released());
        Assert.Equal(Done, bench.ResponseBody(Done, end: true).Released());
    }

    [Fact]
    public void A_secret_over_two_events_of_a_block_is_masked_in_it_alone()
    {
        using Bench bench = Begun();
        string released = bench.ResponseBody(Start + Begin(0, """{"type":"text","text":"key AKIAIOSF"}""")).Released();
        released += bench.ResponseBody(Grow(0, """{"type":"text_delta","text":"ODNN7EXAMPLQ ok"}""")).Released();
        released += bench.ResponseBody(End(0) + Begin(1, """{"type":"text","text":"next"}""") + End(1) + Done, end: true).Released();
        Assert.DoesNotContain("AKIA", released, StringComparison.Ordinal);
        Assert.DoesNotContain("EXAMPLQ", released, StringComparison.Ordinal);
        Assert.EndsWith(Begin(1, """{"type":"text","text":"next"}""") + End(1) + Done, released, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_closes_the_block_that_is_open_and_says_why()
    {
        using Bench bench = Begun();
        string text = Start + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"type":"text_delta","text":"Sure. "}""");
        Assert.Equal(text, bench.ResponseBody(text).Released());
        string refusal = bench.ResponseBody(End(0) + Begin(1, """{"type":"tool_use","id":"t","name":"delete_all","input":{}}""") + End(1)).Released();
        Assert.DoesNotContain("delete_all", refusal, StringComparison.Ordinal);
        // The block's own end was read with the call and dropped with it: the refusal brings another.
        Assert.StartsWith(End(0) + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,", refusal, StringComparison.Ordinal);
        Assert.Contains("\"stop_reason\":\"refusal\"", refusal, StringComparison.Ordinal);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_before_anything_was_sent_begins_a_message()
    {
        using Bench bench = Begun();
        string refusal = bench.ResponseBody(Start + Begin(0, """{"type":"tool_use","id":"t","name":"delete_all","input":{}}""") + End(0)).Released();
        Assert.StartsWith("event: message_start\n", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("delete_all", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allowed_call_goes_on_when_its_block_ends()
    {
        using Bench bench = Begun();
        string call = Begin(0, """{"type":"tool_use","id":"t","name":"search","input":{}}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{\"q\":"}""");
        Assert.Equal(Start, bench.ResponseBody(Start + call).Released());
        string rest = Grow(0, """{"type":"input_json_delta","partial_json":"\"x\"}"}""") + End(0);
        Assert.Equal(call + rest, bench.ResponseBody(rest).Released());
    }

    [Fact]
    public void More_blocks_than_a_stream_has_channels_go_through()
    {
        using Bench bench = Begun();
        string all = Start;
        for (int i = 0; i < 1500; i++)
            all += Begin(i, """{"type":"text","text":"a b "}""") + End(i);
        all += Done;
        Assert.Equal(all, bench.ResponseBody(all, end: true).Released());
    }

    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLQ", "[REDACTED")]
    [InlineData("key:\\\\nAKIAIOSFODNN7EXAMPLQ", "[REDACTED")]
    [InlineData("AKIA\\\\u0049OSFODNN7EXAMPLQ", "\"stop_reason\":\"refusal\"")]
    [InlineData("Gr\\\\u00fc\\\\u00dfe", "Gr\\\\u00fc\\\\u00dfe")]
    public void A_secret_in_a_calls_input_is_masked_and_one_written_with_escapes_refused(string words, string expected)
    {
        using Bench bench = Begun();
        string call = Begin(0, """{"type":"tool_use","id":"t","name":"search","input":{}}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{\"q\":\"WORDS\"}"}""".Replace("WORDS", words, StringComparison.Ordinal)) + End(0);
        string released = bench.ResponseBody(Start + call + Done, end: true).Released();
        Assert.Contains(expected, released, StringComparison.Ordinal);
        Assert.DoesNotContain("OSFODNN7", released, StringComparison.Ordinal);
    }

    private static Bench Begun()
    {
        var bench = new Bench(Policy);
        bench.Head(path: "/v1/messages").Body("""{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""").Take();
        bench.ResponseHead(type: "text/event-stream; charset=utf-8").Take();
        return bench;
    }

    private static string Begin(int index, string block) => $"event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{block}}}\n\n";

    private static string Grow(int index, string delta) => $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}}}\n\n";

    private static string End(int index) => $"event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":{index}}}\n\n";
}
