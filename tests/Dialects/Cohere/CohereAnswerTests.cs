using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Cohere;

namespace EnvoyExtAuthz.Tests.Dialects.Cohere;

public sealed class CohereAnswerTests
{
    private const string Events = "text/event-stream";
    private const string Lines = "application/stream+json";

    private static ReadExchange Asked(string path = "/v2/chat")
    {
        var exchange = new ReadExchange(CohereDialect.Instance, "POST", path);
        string body = path switch { "/v2/chat" => """{"messages":[]}""", "/v1/chat" => """{"message":"a"}""", _ => """{"prompt":"a","text":"a","texts":["a"]}""" };
        Assert.Equal(ReadFault.None, exchange.Send(body));
        return exchange;
    }

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\"{(members.Length > 0 ? "," : "")}{members}}}\n\n";

    private static string Said(int index, string content) => Event("content-delta", $$$"""
        "index":{{{index}}},"delta":{"message":{"content":{{{content}}}}}
        """.Trim());

    private static string Call(string type, int index, string call) => Event(type, $$$"""
        "index":{{{index}}},"delta":{"message":{"tool_calls":{{{call}}}}}
        """.Trim());

    private const string End = "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"tokens\":{\"input_tokens\":1}}}}\n\ndata: [DONE]\n\n";

    [Fact]
    public void A_whole_answer_of_version_2_is_read()
    {
        using ReadExchange chat = Asked();
        Assert.Equal(ReadFault.None, chat.Answer(/*lang=json,strict*/ """
            {"id":"c","finish_reason":"TOOL_CALL","message":{"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"A dog."}],"tool_plan":"I will look.",
             "tool_calls":[{"id":"t","type":"function","function":{"name":"look","arguments":"{\"at\":\"it\"}"}}],"citations":[{"start":0,"end":1,"text":"A","sources":[{"type":"tool","id":"t:0","tool_output":{"x":"y"}}]}]},
             "logprobs":[{"text":"A ","token_ids":[1],"logprobs":[-0.1]},{"text":"dog.","token_ids":[2]}]}
            """));
        Assert.Equal(["look {\"at\":\"it\"}"], ReadExchange.Calls(chat.Response));
        List<string> texts = ReadExchange.Texts(chat.Response);
        foreach (string expected in (string[])["Reasoning: Hm.", "Assistant: A dog.", "Reasoning: I will look.", "ToolArgument: it", "Assistant: A", "ToolResult: y", "Metadata: TOOL_CALL"])
            Assert.Contains(expected, texts);
        Assert.Equal(2, texts.Count(t => t == "Assistant: A dog."));
    }

    [Fact]
    public void A_whole_answer_of_version_1_is_read()
    {
        using ReadExchange chat = Asked("/v1/chat");
        Assert.Equal(ReadFault.None, chat.Answer(/*lang=json,strict*/ """
            {"response_id":"r","generation_id":"g","text":"A dog.","finish_reason":"COMPLETE","chat_history":[{"role":"USER","message":"What?"},{"role":"CHATBOT","message":"A dog.","tool_calls":[{"name":"old","parameters":{}}]}],
             "tool_calls":[{"name":"look","parameters":{"at":"it"}}],"citations":[{"start":0,"end":1,"text":"A","document_ids":["d"]}],"documents":[{"id":"d","snippet":"dogs"}],
             "search_queries":[{"text":"dogs","generation_id":"g"}],"search_results":[{"search_query":{"text":"dogs","generation_id":"g"},"connector":{"id":"web"},"document_ids":["d"]}],
             "meta":{"api_version":{"version":"1"},"warnings":["model is deprecated"]}}
            """));
        Assert.Equal(["look {\"at\":\"it\"}", "replayed old {}"], ReadExchange.Calls(chat.Response));
        List<string> texts = ReadExchange.Texts(chat.Response);
        foreach (string expected in (string[])["Assistant: A dog.", "User: What?", "Document: dogs", "ToolArgument: dogs", "ToolArgument: it", "Metadata: model is deprecated"])
            Assert.Contains(expected, texts);
        Assert.DoesNotContain(texts, t => t.StartsWith("Unknown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/generate", """{"id":"i","generations":[{"id":"g","text":"A dog.","finish_reason":"COMPLETE","token_likelihoods":[{"token":"A ","likelihood":-1},{"token":"dog."}]}],"prompt":"p"}""", "User: p|Assistant: A dog.|Assistant: A dog.")]
    [InlineData("/v1/tokenize", """{"tokens":[1,2],"token_strings":["A"," dog"]}""", "Assistant: A dog")]
    [InlineData("/v1/detokenize", """{"text":"A dog"}""", "Assistant: A dog")]
    [InlineData("/v1/summarize", """{"id":"i","summary":"Dogs."}""", "Assistant: Dogs.")]
    [InlineData("/v2/rerank", """{"id":"i","results":[{"index":0,"relevance_score":0.1,"document":{"text":"a"}}]}""", "Document: a")]
    [InlineData("/v2/embed", """{"id":"i","embeddings":{"float":[[0.1]]},"texts":["a"],"response_type":"embeddings_by_type"}""", "Document: a")]
    [InlineData("/v1/classify", """{"id":"i","classifications":[{"id":"c","input":"a b","prediction":"good","predictions":["good"],"labels":{"good":{"confidence":1}},"classification_type":"single-label"}]}""", "User: a b")]
    public void The_smaller_endpoints_answers_are_read_too(string path, string body, string expected)
    {
        using ReadExchange exchange = Asked(path);
        Assert.Equal(ReadFault.None, exchange.Answer(body));
        Assert.Equal(expected, string.Join('|', ReadExchange.Texts(exchange.Response).Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("""{"message":"invalid api token","id":"i"}""", "application/json", 401)]
    [InlineData("\"x\"", "application/json", 500)]
    [InlineData("<html>bad gateway</html>", "text/html", 502)]
    public void An_error_is_read_whatever_its_form(string body, string type, int status)
    {
        using ReadExchange chat = Asked();
        Assert.Equal(ReadFault.None, chat.Answer(body, type, status));
        Assert.Contains(ReadExchange.Texts(chat.Response), t => t.StartsWith("Unknown: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[]", ReadFault.WrongShape)]
    [InlineData("""{"message":"a sentence"}""", ReadFault.WrongShape)]
    [InlineData("""{"Message":{"tool_calls":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"Tool_Calls":[{"function":{"name":"x"}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"tool_calls":[{"function":{"Name":"x"}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"tool_calls":[{"function":{"name":"x"}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tool_calls":{"name":"x"}}""", ReadFault.WrongShape)]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"function":{"name":"x"}}]}}]}""", ReadFault.WrongShape)]
    [InlineData("""{"tool_calls":[{"parameters":{}}]}""", ReadFault.WrongShape)]
    public void What_clients_would_not_read_alike_is_refused(string body, ReadFault expected)
    {
        using ReadExchange chat = Asked();
        Assert.Equal(expected, chat.Answer(body));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public void Events_of_version_2_run_on_and_calls_are_put_together(int pieceBytes)
    {
        string stream = Event("message-start", """
            "id":"m1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}
            """.Trim())
            + Event("content-start", """
            "index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}
            """.Trim())
            + Said(0, """{"thinking":"H"}""") + Said(0, """{"thinking":"m. 🙂"}""") + Event("content-end", "\"index\":0")
            + ": keep-alive\n\n"
            + Said(1, """{"text":"A "}""") + Said(1, """{"text":"dog.","mood":"so"}""") + Said(1, """{"mood":"-so"}""")
            + Event("citation-start", """
            "index":0,"delta":{"message":{"citations":{"start":0,"end":1,"text":"A","sources":[{"type":"document","id":"d","document":{"t":"Dogs"}}]}}}
            """.Trim()) + Event("citation-end", "\"index\":0")
            + Event("tool-plan-delta", """
            "delta":{"message":{"tool_plan":"I will"}}
            """.Trim()) + Event("tool-plan-delta", """
            "delta":{"message":{"tool_plan":" look."}}
            """.Trim())
            + Call("tool-call-start", 0, """{"id":"t0","type":"function","function":{"name":"look","arguments":""}}""")
            + Call("tool-call-start", 1, """{"id":"t1","type":"function","function":{"name":"seek","arguments":"{"}}""")
            + Call("tool-call-delta", 0, """{"function":{"arguments":"{\"at\":"}}""") + Call("tool-call-delta", 1, """{"function":{"arguments":"}"}}""")
            + Event("tool-call-end", "\"index\":1") + Call("tool-call-delta", 0, """{"function":{"arguments":"\"it\"}"}}""") + Event("tool-call-end", "\"index\":0") + End;
        using ReadExchange chat = Asked();
        ReadEvents read = chat.Stream(stream, Events, pieceBytes);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.True(read.Ended);
        Assert.Equal(["seek {}", "look {\"at\":\"it\"}"], read.Calls);
        Assert.Equal(["Reasoning: Hm. 🙂", "Assistant: A dog.", "Reasoning: I will look.", "Assistant: so-so", "ToolArgument: {\"at\":\"it\"}", "ToolArgument: {}"], read.Texts.Values);
        Assert.Contains("Document: Dogs", read.Whole);
        Assert.Equal(stream, read.Released);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public void Lines_of_version_1_run_on_and_calls_are_put_together(int pieceBytes)
    {
        const string Stream =
            "{\"is_finished\":false,\"event_type\":\"stream-start\",\"generation_id\":\"g\"}\n"
            + "{\"event_type\":\"search-queries-generation\",\"search_queries\":[{\"text\":\"dogs\",\"generation_id\":\"g\"}]}\n"
            + "{\"event_type\":\"search-results\",\"search_results\":[{\"document_ids\":[\"d\"]}],\"documents\":[{\"id\":\"d\",\"snippet\":\"barks\"}]}\n"
            + "{\"event_type\":\"text-generation\",\"text\":\"A \"}\n{\"event_type\":\"text-generation\",\"text\":\"dog.\"}\n"
            + "{\"event_type\":\"citation-generation\",\"citations\":[{\"start\":0,\"text\":\"A\",\"document_ids\":[\"d\"]}]}\n"
            + "{\"event_type\":\"tool-calls-chunk\",\"text\":\"I will\"}\n"
            + "{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":0,\"name\":\"look\"}}\n"
            + "{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":0,\"parameters\":\"{\\\"at\\\":\"}}\n"
            + "{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":0,\"parameters\":\"1}\"}}\n"
            + "{\"event_type\":\"tool-calls-generation\",\"text\":\"I will look.\",\"tool_calls\":[{\"name\":\"look\",\"parameters\":{\"at\":1}}]}\n"
            + "{\"is_finished\":true,\"event_type\":\"stream-end\",\"finish_reason\":\"COMPLETE\",\"response\":{\"text\":\"A dog.\",\"tool_calls\":[{\"name\":\"look\",\"parameters\":{\"at\":1}}]}}\n";
        using ReadExchange chat = Asked("/v1/chat");
        ReadEvents read = chat.Stream(Stream, Lines, pieceBytes);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.True(read.Ended);
        Assert.Equal(["look {\"at\":1}", "look {\"at\":1}", "look {\"at\":1}"], read.Calls.Order());
        Assert.Equal("Assistant: A dog.I will", read.Texts[0]);
        Assert.Contains("Document: barks", read.Whole);
        Assert.Contains("ToolArgument: dogs", read.Whole);
        Assert.Equal(Stream, read.Released);
    }

    [Fact]
    public void Nothing_is_released_while_a_call_is_open()
    {
        string start = Call("tool-call-start", 0, """{"id":"t0","type":"function","function":{"name":"look","arguments":""}}""");
        using ReadExchange chat = Asked();
        string broken = chat.Stream(Said(0, """{"text":"Sure."}""") + start + Said(0, """{"text":"x"}""") + "data: x\n\n", Events).Released;
        Assert.Equal(Said(0, """{"text":"Sure."}"""), broken);
        Assert.Equal(["look "], chat.Stream(start, Events).Calls);
        Assert.Equal(["look "], chat.Stream(start + End, Events).Calls);
    }

    [Theory]
    [InlineData("""{"function":{"arguments":"{}"}}""")]
    [InlineData("""{"function":{"name":["a"]}}""")]
    [InlineData("""{"function":{"name":"a","arguments":{}}}""")]
    [InlineData("""{"function":"a"}""")]
    [InlineData("""{"name":"a","function":{"name":"b"}}""")]
    [InlineData("""{"Function":{"name":"a"}}""")]
    [InlineData("""{"function":{"NAME":"a"}}""")]
    public void A_fragment_that_clients_would_not_read_alike_breaks_the_stream(string call)
    {
        using ReadExchange chat = Asked();
        Assert.NotEqual(ReadFault.None, chat.Stream(Call("tool-call-delta", 0, call), Events).Fault);
    }

    [Fact]
    public void A_second_name_a_second_end_and_wrong_indices_break_the_stream()
    {
        string start = Call("tool-call-start", 0, """{"id":"t0","function":{"name":"look"}}""");
        string end = Event("tool-call-end", "\"index\":0");
        using ReadExchange chat = Asked();
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(start + start, Events).Fault);
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(start + end + end, Events).Fault);
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(start + Event("tool-call-end", "\"index\":1"), Events).Fault);
        Assert.Equal(ReadFault.None, chat.Stream(start + end + start + end, Events).Fault);
        foreach (string index in (string[])["-1", "1.5", "\"0\"", "256", "99999999999"])
            Assert.Equal(ReadFault.BrokenStream, chat.Stream(Event("content-delta", $"\"index\":{index}"), Events).Fault);
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(End + Said(0, """{"text":"more"}"""), Events).Fault);
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(string.Concat(Enumerable.Range(0, 200).Select(i => Call("tool-call-start", i, """{"function":{"name":"look"}}"""))), Events).Fault);
        string long64K = Call("tool-call-delta", 0, """{"function":{"arguments":"X"}}""".Replace("X", new string('x', 1 << 16), StringComparison.Ordinal));
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(start + string.Concat(Enumerable.Repeat(long64K, 200)), Events).Fault);
    }

    /// <summary>The library for JavaScript takes what follows <c>data:</c> in any line for an event, and each such line for one.</summary>
    [Theory]
    [InlineData(": data: {\"type\":\"tool-call-start\"}\n\n")]
    [InlineData("event: data: {}\ndata: {}\n\n")]
    [InlineData("data: {}\nid: data: {}\n\n")]
    [InlineData("data: {\"type\":\ndata: \"x\"}\n\n")]
    [InlineData("retry: data:\n\n")]
    [InlineData("data\n: data: {}\n\n")]
    public void Data_that_only_some_clients_see_breaks_the_stream(string block)
    {
        using ReadExchange chat = Asked();
        Assert.Equal(ReadFault.BrokenStream, chat.Stream(block, Events).Fault);
    }

    [Theory]
    [InlineData(Events, "data: {\"a\":1}{\"b\":2}\n\n", ReadFault.NotStrictJson)]
    [InlineData(Events, "data: []\n\n", ReadFault.WrongShape)]
    [InlineData(Events, "data: {\"choices\":[]}\n\n", ReadFault.WrongShape)]
    [InlineData(Events, "data: {\"type\":\"a\",\"event_type\":\"b\"}\n\n", ReadFault.Ambiguous)]
    [InlineData(Events, "data: {\"Delta\":{}}\n\n", ReadFault.Ambiguous)]
    [InlineData(Events, "data: {\"delta\":{\"message\":{\"Content\":{}}}}\n\n", ReadFault.Ambiguous)]
    [InlineData(Events, "data: {\"delta\":{\"message\":\"x\"}}\n\n", ReadFault.WrongShape)]
    [InlineData(Events, "data: {\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"Text\":\"x\"}}}}\n\n", ReadFault.Ambiguous)]
    [InlineData(Lines, "not json\n", ReadFault.NotStrictJson)]
    [InlineData(Lines, "[DONE]\n", ReadFault.NotStrictJson)]
    [InlineData(Lines, "{\"tool_call_delta\":{\"Name\":\"x\"}}\n", ReadFault.Ambiguous)]
    [InlineData(Lines, "{\"tool_call_delta\":{\"index\":-1,\"name\":\"x\"}}\n", ReadFault.BrokenStream)]
    [InlineData(Lines, "{\"tool_call_delta\":\"x\"}\n", ReadFault.WrongShape)]
    [InlineData(Lines, "{\"response\":\"x\"}\n", ReadFault.WrongShape)]
    public void Events_that_clients_would_not_read_alike_break_the_stream(string type, string stream, ReadFault expected)
    {
        using ReadExchange chat = Asked(type == Lines ? "/v1/chat" : "/v2/chat");
        Assert.Equal(expected, chat.Stream(stream, type).Fault);
    }

    [Fact]
    public void A_refusal_in_mid_stream_of_version_2_is_a_last_content_and_the_end_error()
    {
        using ReadExchange chat = Asked();
        List<JsonElement> events = DataOf(chat.Stream(Said(0, """{"text":"Sure."}""") + Said(2, """{"text":"."}"""), Events).Refusal);
        Assert.Equal(["content-start", "content-delta", "content-end", "message-end"], events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal(3, events[1].GetProperty("index").GetInt32());
        Assert.Equal("A tool is not allowed here. (event ev-1)", events[1].GetProperty("delta").GetProperty("message").GetProperty("content").GetProperty("text").GetString());
        Assert.Equal("ERROR", events[3].GetProperty("delta").GetProperty("finish_reason").GetString());
        Assert.Equal("A tool is not allowed here. (event ev-1)", events[3].GetProperty("delta").GetProperty("error").GetString());
        events = DataOf(chat.Stream("", Events).Refusal);
        Assert.Equal("message-start", events[0].GetProperty("type").GetString());
        Assert.Equal(0, events[1].GetProperty("index").GetInt32());
    }

    [Theory]
    [InlineData(Lines)]
    [InlineData(Events)]
    public void A_refusal_in_mid_stream_of_version_1_is_a_last_text_and_the_end_error(string type)
    {
        using ReadExchange chat = Asked("/v1/chat");
        const string Begin = "{\"event_type\":\"stream-start\",\"generation_id\":\"g7\"}";
        string refusal = chat.Stream(type == Lines ? Begin + "\n" : $"data: {Begin}\n\n", type).Refusal;
        List<JsonElement> events = type == Lines ? [.. refusal.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)] : DataOf(refusal);
        Assert.Equal(["text-generation", "stream-end"], events.Select(e => e.GetProperty("event_type").GetString()));
        Assert.Equal("ERROR", events[1].GetProperty("finish_reason").GetString());
        Assert.Equal("extauthz", events[1].GetProperty("response").GetProperty("generation_id").GetString());
        Assert.Equal("A tool is not allowed here. (event ev-1)", events[1].GetProperty("response").GetProperty("text").GetString());
        using ReadExchange generate = Asked("/v1/generate");
        Assert.Contains("\"stream-error\"", generate.Stream("", type).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_whose_request_was_not_read_is_read_and_refused_in_the_shape_it_has()
    {
        using var unread = new ReadExchange(CohereDialect.Instance, "POST", "/v1/chat");
        ReadEvents read = unread.Stream("data: {\"event_type\":\"text-generation\",\"text\":\"a\"}\n\n", Events);
        Assert.Equal(["Assistant: a"], read.Texts.Values);
        Assert.Contains("stream-end", read.Refusal, StringComparison.Ordinal);
        Assert.Contains("message-end", unread.Stream(Said(0, """{"text":"a"}"""), Events).Refusal, StringComparison.Ordinal);
    }

    private static List<JsonElement> DataOf(string events)
    {
        Assert.EndsWith("\n\n", events, StringComparison.Ordinal);
        return [.. events.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)).Select(l => JsonDocument.Parse(l[6..]).RootElement)];
    }
}
