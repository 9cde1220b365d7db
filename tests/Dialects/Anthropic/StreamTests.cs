using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Streams of messages: what is put together from their events, and which break their own rules.</summary>
public sealed class StreamTests
{
    private const string Start = """event: message_start|data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"usage":{"input_tokens":1}}}||""";
    private const string Stop = """event: message_delta|data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}||event: message_stop|data: {"type":"message_stop"}||""";

    [Fact]
    public void Texts_run_in_a_channel_a_block_which_ends_with_the_block()
    {
        ReadStream read = Read(
            Start + Begin(0, """{"type":"thinking","thinking":"","signature":""}""") + Grow(0, """{"type":"thinking_delta","thinking":"let me "}""") + Grow(0, """{"type":"thinking_delta","thinking":"see"}""")
            + Grow(0, """{"type":"signature_delta","signature":"c2lnbmVk+w=="}""") + End(0) + ": keep-alive||event: ping|data: {\"type\": \"ping\"}||"
            + Begin(1, """{"type":"text","text":"It "}""") + Grow(1, """{"type":"text_delta","text":"is "}""") + Grow(1, """{"type":"citations_delta","citation":{"type":"char_location","cited_text":"source"}}""")
            + Grow(1, """{"type":"text_delta","text":"so"}""") + End(1) + Begin(2, """{"type":"compaction","content":null}""") + Grow(2, """{"type":"compaction_delta","content":"all of it","encrypted_content":"xx"}""") + End(2) + Stop);
        Assert.Equal((ReadFault.None, true), (read.Fault, read.Ended));
        Assert.Equal([(0, "let me see"), (1, "It is so"), (2, "all of it")], read.Texts.Select(t => (t.Key, t.Value)));
        Assert.Equal([0, 1, 2], read.EndedChannels);
        Assert.Contains("Document: source", read.Whole);
        Assert.Equal([OpaqueKind.Encrypted, OpaqueKind.Encrypted], read.Opaque);
        Assert.DoesNotContain(read.Whole, t => t.StartsWith("Unknown", StringComparison.Ordinal) && !t.Contains("keep-alive", StringComparison.Ordinal));
    }

    [Fact]
    public void Calls_are_complete_when_their_blocks_end_and_held_until_then()
    {
        string call = Begin(0, """{"type":"tool_use","id":"t1","name":"search","input":{}}""") + Grow(0, """{"type":"input_json_delta","partial_json":""}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{\"q\":\"Os"}""");
        ReadStream cut = Read(Start + call);
        Assert.Equal(["search"], cut.Calls);
        Assert.Equal(Text(Start), cut.Released);
        ReadStream read = Read(Start + call + Grow(0, """{"type":"input_json_delta","partial_json":"lo\"}"}""") + End(0));
        Assert.Equal(["""{"q":"Oslo"}"""], read.Arguments);
        Assert.Equal("""{"q":"Oslo"}""", read.Texts[0]);
        Assert.NotEqual(Text(Start), read.Released);
    }

    [Fact]
    public void Calls_whose_blocks_are_mingled_are_put_together_by_number()
    {
        ReadStream read = Read(Start
            + Begin(0, """{"type":"tool_use","id":"t1","name":"a","input":{}}""") + Begin(1, """{"type":"server_tool_use","id":"s1","name":"b","input":{}}""") + Begin(2, """{"type":"mcp_tool_use","id":"m1","name":"c","server_name":"x","input":{"q":"whole"}}""")
            + Grow(1, """{"type":"input_json_delta","partial_json":"{\"b\":"}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{}"}""") + Grow(1, """{"type":"input_json_delta","partial_json":"1}"}""")
            + End(2) + End(0) + End(1) + Stop);
        Assert.Equal(["c", "a", "b"], read.Calls);
        Assert.Equal(["""{"q":"whole"}""", "{}", """{"b":1}"""], read.Arguments);
    }

    [Fact]
    public void A_toolsets_member_is_judged_under_its_sets_name_too() =>
        Assert.Equal(["key", "computer"], Read(Start + Begin(0, """{"type":"tool_use","id":"t1","name":"key","toolset_name":"computer","input":{}}""") + End(0) + Stop).Calls);

    [Fact]
    public void What_tools_of_the_other_side_brought_is_read_whole()
    {
        ReadStream read = Read(Start + Begin(0, """{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","title":"Top news","url":"https://e.org","encrypted_content":"xx"}]}""") + End(0) + Stop);
        Assert.Contains("ToolResult: Top news", read.Whole);
        Assert.Contains("Url: https://e.org", read.Whole);
    }

    [Fact]
    public void Unknown_events_and_pieces_are_texts_that_run_on()
    {
        ReadStream read = Read("""event: vertex_event|data: {"type":"vertex_event","note":"before"}||""" + Start + """event: new_thing|data: {"type":"new_thing","words":"AKIA"}||event: new_thing|data: {"type":"new_thing","words":"1234"}||"""
            + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"type":"poem_delta","poem":"ro"}""") + Grow(0, """{"type":"poem_delta","poem":"ses"}""") + Grow(0, """{"type":"text_delta","text":"a","aside":"b"}""") + End(0) + Stop);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Contains("before", read.Texts.Values);
        Assert.Contains("AKIA1234", read.Texts.Values);
        Assert.Contains("roses", read.Texts.Values);
        Assert.Contains("b", read.Texts.Values);
    }

    [Fact]
    public void An_error_ends_the_stream()
    {
        const string Error = """event: error|data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded now"},"request_id":"req_1"}||""";
        ReadStream read = Read(Error);
        Assert.Equal((ReadFault.None, true, ""), (read.Fault, read.Ended, read.Refusal));
        Assert.Contains("Unknown: Overloaded now", read.Whole);
        Assert.Equal(ReadFault.BrokenStream, Read(Start + Error + Begin(0, """{"type":"text","text":""}""")).Fault);
    }

    [Fact]
    public void A_second_end_as_vllm_sends_it_is_no_event()
    {
        ReadStream read = Read(Start + Begin(0, """{"type":"thinking","thinking":""}""") + Grow(0, """{"type":"signature_delta","signature":"0123456789abcdef0123456789abcdef"}""") + End(0) + Stop + "data: [DONE]||");
        Assert.Equal((ReadFault.None, true), (read.Fault, read.Ended));
        Assert.Empty(read.Opaque);
        Assert.EndsWith("data: [DONE]\n\n", read.Released, StringComparison.Ordinal);
        Assert.Equal(ReadFault.NotStrictJson, Read(Start + "data: [DONE]||" + Stop).Fault);
        Assert.Equal(ReadFault.NotStrictJson, Read(Start + Stop + "event: done|data: [DONE]||").Fault);
    }

    [Fact]
    public void A_call_written_as_text_is_a_call_and_held_until_it_is_whole()
    {
        string before = Start + Begin(0, """{"type":"text","text":"Sure. <tool_"}""") + End(0);
        string mark = Begin(1, """{"type":"text","text":""}""") + Grow(1, """{"type":"text_delta","text":"call>{\"na"}""");
        Assert.Equal(Text(before), Read(before).Released);
        Assert.Equal(Text(before + Begin(1, """{"type":"text","text":""}""")), Read(before + mark).Released);
        ReadStream read = Read(before + mark + Grow(1, """{"type":"text_delta","text":"me\":\"delete_all\",\"arguments\":{}}</tool_call>"}""") + End(1) + Stop);
        Assert.Equal((ReadFault.None, "delete_all"), (read.Fault, Assert.Single(read.Calls)));
        Assert.Empty(Read(Start + Begin(0, """{"type":"text","text":"Models write <tool_call> and then JSON."}""") + End(0) + Stop).Calls);
        Assert.Equal(["delete_all"], ReadStream.Of(Text("""event: completion|data: {"type":"completion","completion":"<invoke name=\"delete_","stop_reason":null}||event: completion|data: {"type":"completion","completion":"all\">","stop_reason":"stop_sequence"}||"""), path: "/v1/complete").Calls);
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "no start", Begin(0, """{"type":"text","text":""}""") },
        { "end without start", Stop },
        { "two starts", Start + Start },
        { "content in the start", Start.Replace("\"content\":[]", "\"content\":[{\"type\":\"text\",\"text\":\"x\"}]", StringComparison.Ordinal) },
        { "a completion", Start + """event: completion|data: {"type":"completion","completion":"x"}||""" },
        { "one number twice", Start + Begin(0, """{"type":"text","text":""}""") + Begin(0, """{"type":"text","text":""}""") },
        { "one number again", Start + Begin(0, """{"type":"text","text":""}""") + End(0) + Begin(0, """{"type":"text","text":""}""") },
        { "a gap", Start + Begin(1, """{"type":"text","text":""}""") },
        { "a negative number", Start + Begin(-1, """{"type":"text","text":""}""") },
        { "a number that is text", Start + Begin(0, """{"type":"text","text":""}""").Replace("\"index\":0", "\"index\":\"0\"", StringComparison.Ordinal) },
        { "a number that is none", Start + Begin(0, """{"type":"text","text":""}""").Replace("\"index\":0", "\"index\":0.0", StringComparison.Ordinal) },
        { "no number", Start + Begin(0, """{"type":"text","text":""}""").Replace("\"index\":0,", "", StringComparison.Ordinal) },
        { "a piece before the block", Start + Grow(0, """{"type":"text_delta","text":"x"}""") },
        { "a piece after the end", Start + Begin(0, """{"type":"text","text":""}""") + End(0) + Grow(0, """{"type":"text_delta","text":"x"}""") },
        { "input after the end", Start + Begin(0, """{"type":"tool_use","name":"a","input":{}}""") + End(0) + Grow(0, """{"type":"input_json_delta","partial_json":"{}"}""") },
        { "two ends", Start + Begin(0, """{"type":"text","text":""}""") + End(0) + End(0) },
        { "text in a call", Start + Begin(0, """{"type":"tool_use","name":"a","input":{}}""") + Grow(0, """{"type":"text_delta","text":"x"}""") },
        { "input in a text", Start + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{}"}""") },
        { "thinking in a text", Start + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"type":"thinking_delta","thinking":"x"}""") },
        { "a signature in a text", Start + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"type":"signature_delta","signature":"x"}""") },
        { "a piece that is no text", Start + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"type":"text_delta","text":["x"]}""") },
        { "a piece without a type", Start + Begin(0, """{"type":"text","text":""}""") + Grow(0, """{"text":"x"}""") },
        { "a piece of a type in another case", Start + Begin(0, """{"type":"tool_use","name":"a","input":{}}""") + Grow(0, """{"type":"Input_json_delta","partial_json":"{}"}""") },
        { "input twice", Start + Begin(0, """{"type":"tool_use","name":"a","input":{"q":1}}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{}"}""") },
        { "a call without a name", Start + Begin(0, """{"type":"tool_use","input":{}}""") },
        { "a block after the end", Start + Stop + Begin(0, """{"type":"text","text":""}""") },
        { "data without a name", Start + Begin(0, """{"type":"text","text":""}""").Replace("event: content_block_start|", "", StringComparison.Ordinal) },
        { "another name", Start + Begin(0, """{"type":"text","text":""}""").Replace("event: content_block_start|", "event: ping|", StringComparison.Ordinal) },
        { "a name in another case", Start.Replace("event: message_start", "event: Message_start", StringComparison.Ordinal) },
        { "a name without data", Start + "event: message_stop||" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_stream_that_breaks_its_rules_is_broken(string what, string stream) => Assert.Equal((what, ReadFault.BrokenStream), (what, Read(stream).Fault));

    [Theory]
    [InlineData("""event: Message_stop|data: {"type":"Message_stop"}||""", ReadFault.Ambiguous)]
    [InlineData("""event: content_block_start|data: {"type":"content_block_start","Index":0,"content_block":{"type":"text"}}||""", ReadFault.Ambiguous)]
    [InlineData("""event: content_block_start|data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","Name":"x"}}||""", ReadFault.Ambiguous)]
    [InlineData("""event: content_block_start|data: {"type":"content_block_start","index":0,"content_block":{"text":"x"}}||""", ReadFault.WrongShape)]
    [InlineData("""event: content_block_start|data: {"type":"content_block_start","index":0}||""", ReadFault.WrongShape)]
    [InlineData("""event: x|data: ["x"]||""", ReadFault.WrongShape)]
    [InlineData("""data: [DONE]||""", ReadFault.NotStrictJson)]
    [InlineData("""event: ping|data: {"type":"ping"} {}||""", ReadFault.NotStrictJson)]
    public void Events_have_one_reading(string stream, ReadFault fault) => Assert.Equal(fault, Read(Start + stream).Fault);

    [Fact]
    public void Input_that_never_ends_is_bounded()
    {
        string piece = Grow(0, $$"""{"type":"input_json_delta","partial_json":"{{new string('x', 900_000)}}"}""");
        Assert.Equal(ReadFault.BrokenStream, Read(Start + Begin(0, """{"type":"tool_use","name":"a","input":{}}""") + string.Concat(Enumerable.Repeat(piece, 10))).Fault);
    }

    [Fact]
    public void Blocks_that_never_end_are_bounded() =>
        Assert.Equal(ReadFault.BrokenStream, Read(Start + string.Concat(Enumerable.Range(0, 129).Select(i => Begin(i, """{"type":"text","text":""}""")))).Fault);

    [Fact]
    public void The_older_completions_stream_is_read()
    {
        const string Stream = """event: completion|data: {"type":"completion","completion":" Hel","stop_reason":null,"model":"c","log_id":"l1"}||event: ping|data: {"type":"ping"}||event: completion|data: {"type":"completion","completion":"lo","stop_reason":"stop_sequence","stop":"\n\nHuman:"}||""";
        ReadStream read = ReadStream.Of(Text(Stream), path: "/v1/complete");
        Assert.Equal((ReadFault.None, true, " Hello"), (read.Fault, read.Ended, read.Texts[0]));
        Assert.Equal(ReadFault.BrokenStream, ReadStream.Of(Text(Stream + Stream), path: "/v1/complete").Fault);
        Assert.Equal(ReadFault.BrokenStream, ReadStream.Of(Text(Stream.Replace("event: completion|", "", StringComparison.Ordinal)), path: "/v1/complete").Fault);
        Assert.Contains("A tool is not allowed here.", ReadStream.Of(Text(Stream)[..50], path: "/v1/complete").Refusal, StringComparison.Ordinal);
    }

    /// <summary>Field case utf8-split-in-args: chunks end inside a character of a call's input.</summary>
    [Fact]
    public void Input_cut_inside_its_characters_comes_out_whole()
    {
        string stream = Text(Start + Begin(0, """{"type":"tool_use","id":"t1","name":"a","input":{}}""") + Grow(0, """{"type":"input_json_delta","partial_json":"{\"q\":\"ÄÖÜäöü"}""") + Grow(0, """{"type":"input_json_delta","partial_json":"ß漢字🙂\"}"}""") + End(0) + Stop);
        ReadStream whole = ReadStream.Of(stream);
        Assert.Equal("""{"q":"ÄÖÜäöüß漢字🙂"}""", Assert.Single(whole.Arguments));
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(stream);
        for (int at = 1; at < bytes.Length; at++)
        {
            ReadStream cut = ReadStream.Of(bytes, [at, bytes.Length]);
            Assert.Equal(stream, cut.Released);
            Assert.Equal(whole.Arguments, cut.Arguments);
        }
    }

    private static ReadStream Read(string stream) => ReadStream.Of(Text(stream));

    private static string Text(string stream) => stream.Replace('|', '\n');

    private static string Begin(int index, string block) => $$"""event: content_block_start|data: {"type":"content_block_start","index":{{index}},"content_block":{{block}}}||""";

    private static string Grow(int index, string delta) => $$"""event: content_block_delta|data: {"type":"content_block_delta","index":{{index}},"delta":{{delta}}}||""";

    private static string End(int index) => $$"""event: content_block_stop|data: {"type":"content_block_stop","index":{{index}}}||""";
}
