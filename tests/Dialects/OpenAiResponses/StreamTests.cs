using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using static EnvoyExtAuthz.Tests.Dialects.OpenAiResponses.ReadEvents;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>Streams: their texts in pieces and whole, their calls, their ends.</summary>
public sealed class StreamTests
{
    private const string Arguments = /*lang=json,strict*/ """{"q":"cats"}""";
    private static readonly string Created = Event("response.created", """
        "sequence_number":0,"response":{"id":"resp_7","object":"response","created_at":77,"model":"gpt-x","status":"in_progress","output":[]}
        """.Trim());

    [Fact]
    public void Texts_run_by_kind_item_and_part_and_their_repetitions_are_whole()
    {
        ReadEvents read = Of(
            Created,
            Added("""{"type":"reasoning","id":"rs","summary":[]}"""),
            Event("response.reasoning_summary_part.added", "\"output_index\":0,\"summary_index\":0,\"part\":{\"type\":\"summary_text\",\"text\":\"\"}"),
            Event("response.reasoning_summary_text.delta", "\"output_index\":0,\"summary_index\":0,\"delta\":\"think\""),
            Event("response.reasoning_summary_text.delta", "\"output_index\":0,\"summary_index\":0,\"delta\":\"ing\""),
            Event("response.reasoning_summary_text.done", "\"output_index\":0,\"summary_index\":0,\"text\":\"thinking\""),
            Done("""{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"thinking"}]}"""),
            Added("""{"type":"message","id":"m","role":"assistant","content":[]}""", 1),
            Event("response.content_part.added", "\"output_index\":1,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"He\"}"),
            Delta("output_text", "llo ", 1), Delta("refusal", "no", 1, 1), Delta("output_text", "world", 1), Delta("refusal", "pe", 1, 1),
            Event("response.output_text.done", "\"output_index\":1,\"content_index\":0,\"text\":\"Hello world\""),
            Done("""{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"Hello world"},{"type":"refusal","refusal":"nope"}]}""", 1),
            Completed("""{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"Hello world"}]}"""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["thinking", "Hello world", "nope"], read.Running.Values.Where(t => t.Length > 0));
        Assert.Equal(["thinking", "Hello world", "nope"], read.Complete.Where(t => t.Length > 0));
        Assert.Equal(2, read.Whole.Count(t => t == "Reasoning: thinking"));
        Assert.Equal(3, read.Whole.Count(t => t == "Assistant: Hello world"));
        Assert.Contains("Assistant: nope", read.Whole);
        Assert.True(read.Ended);
    }

    [Fact]
    public void A_call_is_held_until_it_is_done_and_put_out_once()
    {
        string item = Function("search", Arguments);
        string[] blocks = [
            Created, Added(Function("search", "")), Delta("function_call_arguments", "{\"q\":"), Delta("function_call_arguments", "\"cats\"}"),
            Event("response.function_call_arguments.done", $"\"output_index\":0,\"arguments\":{JsonSerializer.Serialize(Arguments)}"), Done(item), Completed(item)];
        ReadEvents read = Of(blocks);
        Assert.Equal(["search"], read.Calls);
        Assert.Equal([Arguments], read.Arguments);
        Assert.Equal([Arguments], read.Running.Values);
        Assert.Equal(3, read.Whole.Count(t => t == "ToolArgument: cats"));
        Assert.Equal(string.Concat(blocks), read.Released);
        // Up to its end nothing of it goes on.
        Assert.Equal(Created, Of([.. blocks[..5], "data: x\n\n"]).Released);
    }

    [Fact]
    public void Calls_that_run_side_by_side_keep_their_own_arguments()
    {
        ReadEvents read = Of(
            Added(Function("a", "", "c1")), Added(Function("b", "", "c2"), 1), Delta("function_call_arguments", "{\"x\":", 1), Delta("function_call_arguments", "{\"y\":", 0),
            Delta("function_call_arguments", "1}", 1), Delta("function_call_arguments", "2}", 0), Done(Function("b", "{\"x\":1}", "c2"), 1), Done(Function("a", "{\"y\":2}", "c1")));
        Assert.Equal(["b", "a"], read.Calls);
        Assert.Equal(["{\"x\":1}", "{\"y\":2}"], read.Arguments);
    }

    [Fact]
    public void Every_name_and_every_arguments_that_some_client_would_go_by_are_put_out()
    {
        Assert.Equal(["harmless", "delete_all"], Of(Added(Function("harmless", "")), Done(Function("delete_all", "{}"))).Calls.Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(["search", "delete_all"], Of(Added(Function("search", "")), Done(Function("search", "{}")), Completed(Function("delete_all", "{}"))).Calls);
        Assert.Equal(["delete_all"], Of(Completed(Function("delete_all", "{}"))).Calls);
        Assert.Equal(["delete_all", "search"], Of(
            Added(Function("search", "")), Event("response.function_call_arguments.done", "\"output_index\":0,\"name\":\"delete_all\",\"arguments\":\"{}\""), Done(Function("search", "{}"))).Calls);
        ReadEvents read = Of(Added(Function("search", "")), Delta("function_call_arguments", "{\"a\":1}"), Done(Function("search", "{\"b\":2}")));
        Assert.Equal(["search", "search"], read.Calls);
        Assert.Equal(["{\"a\":1}", "{\"b\":2}"], read.Arguments.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_call_that_is_never_done_is_put_out_at_the_end()
    {
        string[] begun = [Added(Function("search", "")), Delta("function_call_arguments", Arguments)];
        Assert.Equal(["search"], Of(begun).Calls);
        Assert.Equal(["search"], Of([.. begun, Event("response.incomplete", "\"response\":" + Responses.Answering())]).Calls);
        Assert.Equal(["search"], Of([.. begun, "data: [DONE]\n\n"]).Calls);
        Assert.Equal([Arguments], Of(begun).Arguments);
        // Without a name nobody can judge it.
        Assert.Equal(ReadFault.BrokenStream, Of(Added(Function("", "")), Delta("function_call_arguments", "{}")).Fault);
        Assert.Equal(["search"], Of(Added(Function("", "")), Delta("function_call_arguments", "{}"), Done(Function("search", "{}"))).Calls);
    }

    [Fact]
    public void What_pieces_of_arguments_hide_in_escapes_is_judged_beside_them()
    {
        const string Hidden = """{"to":"\u0061nna@mail.example","nested":"{\"x\":\"pl\\u0061in\"}"}""";
        string[] begun = [Added(Function("send", "")), Delta("function_call_arguments", Hidden)];
        foreach (string[] end in (string[][])[[Done(Function("send", Hidden))], [Done(Function("send", "{}"))], []])
        {
            ReadEvents read = Of([.. begun, .. end]);
            Assert.Contains(read.Extra, t => t.Contains("anna@mail.example", StringComparison.Ordinal));
            Assert.Contains(read.Extra, t => t.Contains("plain", StringComparison.Ordinal));
        }
        // A call of the provider's own is not held; what its pieces hid is judged with its end.
        string call = $$"""{"type":"mcp_call","id":"m","server_label":"w","name":"n","arguments":{{JsonSerializer.Serialize(Hidden)}}}""";
        Assert.NotEmpty(Of(Event("response.mcp_call_arguments.delta", "\"output_index\":0,\"delta\":\"x\""), Done(call)).Extra);
        Assert.Empty(Of(Added(Function("send", "")), Delta("function_call_arguments", """{"a":"b\nc \"d\""}"""), Done(Function("send", """{"a":"b\nc \"d\""}"""))).Extra);
    }

    [Fact]
    public void An_item_that_begins_takes_nothing_from_the_response_beside_it() =>
        Assert.Equal(
            ["delete_all", "search"],
            Of(Event("response.output_item.added", $"\"output_index\":0,\"response\":{Responses.Answering(Function("delete_all", "{}", "c9"))},\"item\":{Function("search", "")}"), Done(Function("search", "{}"))).Calls);

    [Fact]
    public void What_the_provider_does_itself_is_judged_when_it_begins_and_holds_nothing()
    {
        string mcp = /*lang=json,strict*/ """{"type":"mcp_call","id":"mcp_1","server_label":"wiki","name":"ask","arguments":""}""";
        string[] blocks = [
            Added("""{"type":"web_search_call","id":"ws","status":"in_progress"}"""), Event("response.web_search_call.searching", "\"output_index\":0,\"item_id\":\"ws\""),
            Added(mcp, 1), Event("response.mcp_call_arguments.delta", "\"output_index\":1,\"delta\":\"{}\"")];
        ReadEvents read = Of([.. blocks, "data: x\n\n"]);
        Assert.Equal(["web_search", "ask", "wiki"], read.Calls);
        Assert.Equal(string.Concat(blocks), read.Released);
        read = Of([.. blocks, Done("""{"type":"web_search_call","id":"ws","action":{"type":"search","query":"news"}}"""),
            Done(/*lang=json,strict*/ """{"type":"mcp_call","id":"mcp_1","server_label":"wiki","name":"ask","arguments":"{}","output":"an answer"}""", 1)]);
        Assert.Equal(["web_search", "ask", "wiki"], read.Calls);
        Assert.Contains("ToolArgument: news", read.Whole);
        Assert.Contains("ToolResult: an answer", read.Whole);
    }

    [Fact]
    public void Shells_patches_code_sounds_and_pictures_are_read_from_their_events()
    {
        ReadEvents read = Of(
            Event("response.shell_call_command.added", "\"output_index\":0,\"command_index\":0,\"command\":\"ls \""),
            Event("response.shell_call_command.delta", "\"output_index\":0,\"command_index\":0,\"delta\":\"-l\""),
            Event("response.shell_call_command.done", "\"output_index\":0,\"command_index\":0,\"command\":\"ls -l\""),
            Event("response.shell_call_output_content.delta", "\"output_index\":1,\"command_index\":0,\"delta\":{\"stdout\":\"a fi\",\"stderr\":\"o\"}"),
            Event("response.shell_call_output_content.delta", "\"output_index\":1,\"command_index\":0,\"delta\":{\"stdout\":\"le\",\"stderr\":\"h\"}"),
            Event("response.shell_call_output_content.done", "\"output_index\":1,\"command_index\":0,\"output\":[{\"stdout\":\"a file\",\"stderr\":\"oh\"}]"),
            Delta("code_interpreter_call_code", "pri", 2), Delta("code_interpreter_call_code", "nt", 2),
            Event("response.code_interpreter_call_code.done", "\"output_index\":2,\"code\":\"print\""),
            Event("response.custom_tool_call_input.done", "\"output_index\":3,\"input\":\"select 1\""),
            Event("response.audio.delta", "\"delta\":\"AAAA\""), Event("response.audio.transcript.delta", "\"delta\":\"spo\""), Event("response.audio.transcript.delta", "\"delta\":\"ken\""),
            Event("response.image_generation_call.partial_image", "\"output_index\":4,\"partial_image_b64\":\"AAAA\""),
            Event("response.output_text.annotation.added", "\"output_index\":5,\"annotation\":{\"type\":\"url_citation\",\"url\":\"https://a.example\",\"title\":\"a title\"}"),
            Event("response.brand_new.delta", "\"output_index\":6,\"delta\":\"un\""), Event("response.brand_new.delta", "\"output_index\":6,\"delta\":\"known\""),
            Event("response.brand_new.thing", "\"story\":\"once upon\""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.All(["ls -l", "a file", "oh", "print", "spoken", "unknown"], text => Assert.Contains(text, read.Running.Values));
        Assert.All(
            ["ToolArgument: ls -l", "ToolResult: a file", "ToolResult: oh", "ToolArgument: print", "ToolArgument: select 1", "Url: https://a.example", "Document: a title", "Unknown: once upon"],
            text => Assert.Contains(text, read.Whole));
        Assert.Equal([OpaqueKind.Audio, OpaqueKind.Image], read.Opaque);
    }

    [Fact]
    public void A_remote_servers_list_of_tools_is_one_in_every_event_that_has_it()
    {
        string item = /*lang=json,strict*/ """{"type":"mcp_list_tools","id":"l","server_label":"wiki","tools":[{"name":"ask","description":"asks","input_schema":{}}]}""";
        ReadEvents read = Of(Done(item), Completed(item));
        Assert.Equal(["ask", "ask"], read.Tools);
    }

    [Fact]
    public void Keep_alives_comments_and_errors_are_read()
    {
        ReadEvents read = Of(": waiting\n\n", Event("keepalive", "\"sequence_number\":3"), "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"bad thing\"}\n\n");
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Contains("Unknown: bad thing", read.Whole);
        Assert.True(read.Ended);
        Assert.True(Of(Event("response.failed", "\"response\":{\"id\":\"r\",\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"},\"output\":[]}")).Ended);
        Assert.Equal(ReadFault.None, Of("data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"x\"}\n\n", "data: [DONE]\n\n").Fault);
    }

    [Theory]
    [InlineData("event: response.output_text.delta\ndata: {\"type\":\"response.refusal.delta\",\"delta\":\"x\"}\n\n", ReadFault.BrokenStream)]
    [InlineData("data: {\"type\":\"response.output_text.delta\",\"output_index\":-1,\"delta\":\"x\"}\n\n", ReadFault.BrokenStream)]
    [InlineData("data: {\"type\":\"response.output_text.delta\",\"output_index\":\"0\",\"delta\":\"x\"}\n\n", ReadFault.BrokenStream)]
    [InlineData("data: {\"type\":\"response.output_text.delta\",\"output_index\":1e9,\"delta\":\"x\"}\n\n", ReadFault.BrokenStream)]
    [InlineData("data: {\"type\":7}\n\n", ReadFault.WrongShape)]
    [InlineData("data: {\"Type\":\"response.output_item.done\",\"item\":{}}\n\n", ReadFault.Ambiguous)]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"Item\":{\"type\":\"function_call\"}}\n\n", ReadFault.Ambiguous)]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":[]}\n\n", ReadFault.WrongShape)]
    [InlineData("data: []\n\n", ReadFault.WrongShape)]
    [InlineData("data: {\"type\":\"x\"}{\"type\":\"y\"}\n\n", ReadFault.NotStrictJson)]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"Output\":[]}}\n\n", ReadFault.Ambiguous)]
    public void What_has_two_readings_or_none_breaks_the_stream(string block, ReadFault fault) => Assert.Equal(fault, Of(block).Fault);

    [Fact]
    public void Two_calls_under_one_index_at_once_break_the_stream() =>
        Assert.Equal(ReadFault.BrokenStream, Of(Added(Function("a", "")), Added(Function("b", "", "c2"))).Fault);

    [Fact]
    public void The_event_name_stands_for_a_type_that_is_missing()
    {
        ReadEvents read = Of("event: response.output_item.done\ndata: {\"output_index\":0,\"item\":" + Function("search", "{}") + "}\n\n");
        Assert.Equal(["search"], read.Calls);
    }

    [Fact]
    public void A_refusal_ends_the_stream_as_filtered_with_a_message_that_says_why()
    {
        string refusal = Of(Created, Delta("output_text", "Sure", 3)).Refusal;
        List<JsonElement> events = [.. refusal.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(b => JsonDocument.Parse(b[(b.IndexOf("data: ", StringComparison.Ordinal) + 6)..]).RootElement)];
        Assert.Equal(
            ["response.output_item.added", "response.content_part.added", "response.refusal.delta", "response.refusal.done", "response.content_part.done", "response.output_item.done", "response.incomplete"],
            events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], events.Select(e => e.GetProperty("sequence_number").GetInt32()));
        Assert.All(events.Take(6), e => Assert.Equal(4, e.GetProperty("output_index").GetInt32()));
        JsonElement response = events[^1].GetProperty("response");
        Assert.Equal("resp_7", response.GetProperty("id").GetString());
        Assert.Equal("gpt-x", response.GetProperty("model").GetString());
        Assert.Equal(77, response.GetProperty("created_at").GetInt32());
        Assert.Equal("content_filter", response.GetProperty("incomplete_details").GetProperty("reason").GetString());
        Assert.Contains("ev-1", response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("refusal").GetString());
        // What ends it reads like any stream, and begins one that had not begun.
        Assert.Equal(ReadFault.None, Of(Created, refusal).Fault);
        Assert.StartsWith("event: response.created\n", Of(Event("response.output_text.delta", "\"output_index\":-2,\"delta\":\"x\"")).Refusal);
        Assert.StartsWith("event: response.output_item.added\n", refusal);
    }
}
