using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>The Interactions API: requests, answers, streams of steps, refusals.</summary>
public sealed class InteractionTests
{
    private const string Path = "/v1beta/interactions";

    [Fact]
    public void Every_step_of_a_request_has_its_role()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Request("""
            {"model":"gemini-3-flash","system_instruction":"be kind","stream":true,"input":[
              {"type":"user_input","content":[{"type":"text","text":"one"},{"type":"image","data":"AA==","mime_type":"image/png"},{"type":"document","uri":"https://example.com/a.pdf"}]},
              {"type":"thought","signature":"AbCd","summary":[{"type":"text","text":"two"}]},
              {"type":"model_output","content":[{"type":"text","text":"three","annotations":[{"type":"url_citation","url":"https://c","title":"four"}]}]},
              {"type":"function_call","id":"f1","name":"search","arguments":{"q":"five"}},
              {"type":"function_result","call_id":"f1","name":"search","result":[{"type":"text","text":"{\"deep\":\"six\"}"},{"type":"image","data":"BB==","mime_type":"image/png"}]},
              {"type":"function_result","call_id":"f2","result":{"free":"seven"}},
              {"type":"mcp_server_tool_call","id":"m","server_name":"files","name":"read_file","arguments":{"path":"eight"}},
              {"type":"code_execution_call","id":"c","arguments":{"language":"python","code":"nine"}},
              {"type":"code_execution_result","call_id":"c","result":"ten"},
              {"type":"google_search_call","id":"g","arguments":{"queries":["eleven"]}},
              {"role":"model","content":"twelve"},
              {"type":"hologram","content":[{"type":"text","text":"thirteen"}]}],
             "previous_interaction_id":"i-1","cached_content":"cachedContents/c","webhook_config":{"uris":["https://hook.example.com"]},"environment":{"type":"remote","sources":[]},
             "response_format":{"type":"object","description":"fourteen"},"generation_config":{"stop_sequences":["STOP"],"tool_choice":"auto"}}
            """, message, Path);
        Assert.Equal(ReadFault.None, fault);
        Assert.Equal("gemini-3-flash", GeminiExchange.Model(message));
        Assert.True(message.WantsStream);
        Assert.Equal(["search({\"q\":\"five\"})", "read_file({\"path\":\"eight\"})", "codeExecution({\"language\":\"python\",\"code\":\"nine\"})", "googleSearch({\"queries\":[\"eleven\"]})"], GeminiExchange.Calls(message));
        Assert.Equal([("search", true), ("read_file", false), ("codeExecution", true), ("googleSearch", false)], message.ToolCalls.Select(c => (Encoding.UTF8.GetString(c.Name.Span), c.Replayed)));
        List<string> texts = GeminiExchange.Texts(message);
        foreach (string expected in (string[])
            ["System: be kind", "User: one", "Url: https://example.com/a.pdf", "Reasoning: two", "Assistant: three", "Url: https://c", "Document: four", "ToolArgument: five", "ToolResult: six", "ToolResult: seven",
             "ToolArgument: eight", "ToolArgument: nine", "ToolResult: ten", "ToolArgument: eleven", "Assistant: twelve", "User: thirteen", "Schema: fourteen", "User: STOP", "Url: https://hook.example.com"])
            Assert.Contains(expected, texts);
        Assert.DoesNotContain(texts, t => t.StartsWith("Unknown", StringComparison.Ordinal));
        Assert.Equal(
            [OpaqueKind.Image, OpaqueKind.RemoteReference, OpaqueKind.Encrypted, OpaqueKind.Image, OpaqueKind.ServerState, OpaqueKind.ServerState, OpaqueKind.RemoteReference, OpaqueKind.RemoteReference],
            GeminiExchange.Opaque(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"model":"m","input":"just text"}""", message, Path));
        Assert.Contains("User: just text", GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("", message, Path + "/i-1", method: "GET"));
    }

    [Theory]
    [InlineData("""{"input":"x","Input":"y"}""")]
    [InlineData("""{"input":[{"type":"text","text":"a","Text":"b"}]}""")]
    [InlineData("""{"input":"x","system_instruction":"a","systemInstruction":"b"}""")]
    [InlineData("""{"input":"x","tools":[{"type":"function","name":"a","Name":"b"}]}""")]
    [InlineData("""{"input":"x","tools":[{"type":"function","description":"no name"}]}""")]
    [InlineData("""{"input":"x","tools":[{"name":"no type"}]}""")]
    [InlineData("""{"input":[{"type":["text"]}]}""")]
    [InlineData("""{"input":[{"type":"function_call","arguments":{}}]}""")]
    [InlineData("""{"input":[{"type":"mcp_server_tool_call","name":7,"arguments":{}}]}""")]
    [InlineData("""{"input":"x","agent":7}""")]
    [InlineData("[]")]
    public void What_has_two_readings_or_none_is_refused(string body)
    {
        using var message = new Message();
        Assert.True(GeminiExchange.Request(body, message, Path) is ReadFault.Ambiguous or ReadFault.WrongShape or ReadFault.NotStrictJson);
    }

    [Fact]
    public void Tools_are_offered_by_type_and_name_and_agents_are_tools()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""
            {"agent":"deep-research","agent_config":{"type":"x","model":"models/other"},"input":"x","tools":[
              {"type":"function","name":"search","description":"finds","parameters":{"type":"object"}},{"type":"google_search"},{"type":"mcp_server","name":"files","url":"https://mcp"},
              {"type":"file_search","file_search_store_names":["s"]},{"type":"time_travel_far"}]}
            """, message, Path));
        Assert.Equal(["deep-research", "search", "googleSearch", "mcpServers", "files", "fileSearch", "timeTravelFar"], GeminiExchange.Tools(message));
        Assert.Equal("other", GeminiExchange.Model(message));
        Assert.Equal([OpaqueKind.RemoteReference, OpaqueKind.ServerState], GeminiExchange.Opaque(message));
        Assert.False(GeminiExchange.Dialect.RemoveTools(message, [0]));
    }

    [Theory]
    [InlineData("""[{"type":"function","name":"a"},{"type":"function","name":"b"}]""", "\"auto\"", true, """[{"type":"function","name":"a"}]""", "\"auto\"")]
    [InlineData("""[{"type":"function","name":"a"},{"type":"function","name":"b"}]""", """{"allowed_tools":{"mode":"any","tools":["a","b"]}}""", true, """[{"type":"function","name":"a"}]""", """{"allowed_tools":{"mode":"any","tools":["a"]}}""")]
    [InlineData("""[{"type":"function","name":"a"},{"type":"function","name":"b"}]""", """{"allowed_tools":{"tools":["b"]}}""", false, "", "")]
    [InlineData("""[{"type":"function","name":"b"}]""", "\"any\"", false, "", "")]
    [InlineData("""[{"type":"function","name":"b"}]""", "\"new_mode\"", false, "", "")]
    [InlineData("""[{"type":"function","name":"b"}]""", "\"validated\"", true, null, null)]
    public void Tools_and_choices_are_mended(string tools, string choice, bool possible, string? left, string? chosen)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request($$$"""{"input":"x","tools":{{{tools}}},"generation_config":{"seed":1,"tool_choice":{{{choice}}}}}""", message, Path));
        Assert.Equal(possible, GeminiExchange.Dialect.RemoveTools(message, [GeminiExchange.Tools(message).IndexOf("b")]));
        if (!possible)
            return;
        string expected = left is null ? """{"input":"x","generation_config":{"seed":1}}""" : $$$"""{"input":"x","tools":{{{left}}},"generation_config":{"seed":1,"tool_choice":{{{chosen}}}}}""";
        Assert.Equal(expected, GeminiExchange.Written(message));
    }

    [Fact]
    public void An_answer_is_read()
    {
        using var request = new Message();
        using var message = new Message { Dialect = GeminiExchange.Dialect };
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"input":"x"}""", request, Path));
        byte[] body = Encoding.UTF8.GetBytes("""
            {"id":"i-2","status":"requires_action","model":"m","system_instruction":"be kind","input":[{"type":"function_call","id":"0","name":"old","arguments":{}}],
             "steps":[{"type":"thought","signature":"AA","summary":[{"type":"text","text":"one"}]},{"type":"model_output","content":[{"type":"text","text":"two"}]},{"type":"function_call","id":"f","name":"search","arguments":{"q":"three"}}],
             "output_text":"two","tools":[{"type":"function","name":"echoed"}],"usage":{"total_tokens":7}}
            """);
        Assert.Equal(ReadFault.None, GeminiExchange.Dialect.ReadResponse(request, GeminiExchange.ResponseHead(), body, JsonLimits.Default, message));
        Assert.Equal([("old", true), ("search", false)], message.ToolCalls.Select(c => (Encoding.UTF8.GetString(c.Name.Span), c.Replayed)));
        Assert.Empty(message.ToolDeclarations);
        Assert.Contains("Reasoning: one", GeminiExchange.Texts(message));
        Assert.Contains("Assistant: two", GeminiExchange.Texts(message));
    }

    [Fact]
    public void Steps_run_on_interleaved_and_calls_wait_for_their_end()
    {
        string[] events =
        [
            """{"event_type":"interaction.created","interaction":{"id":"i-3","status":"in_progress"}}""",
            """{"event_type":"step.start","index":0,"step":{"type":"thought"}}""",
            """{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"mus"}}}""",
            """{"event_type":"step.start","index":1,"step":{"type":"model_output"}}""",
            """{"event_type":"step.delta","index":1,"delta":{"type":"text","text":"Hel"}}""",
            """{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"ing"}}}""",
            """{"event_type":"step.delta","index":1,"delta":{"type":"text","text":"lo"}}""",
            """{"event_type":"step.stop","index":1}""",
            """{"event_type":"step.start","index":2,"step":{"type":"function_call","id":"f","name":"search","arguments":{}}}""",
            """{"event_type":"step.delta","index":2,"delta":{"type":"arguments_delta","arguments":"{\"q\":\"x"}}""",
            """{"event_type":"step.delta","index":2,"delta":{"type":"arguments_delta","arguments":"y\"}"}}""",
            """{"event_type":"step.stop","index":2}""",
            """{"event_type":"step.start","index":3,"step":{"type":"google_search_call","id":"g","arguments":{"queries":["z"]}}}""",
            """{"event_type":"interaction.completed","interaction":{"id":"i-3","status":"completed"}}""",
        ];
        Read read = Read.Of([.. events, "[DONE]"]);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["musing", "Hello", "{\"q\":\"xy\"}"], read.Texts.Values);
        Assert.Equal(["search({\"q\":\"xy\"})", "googleSearch({\"queries\":[\"z\"]})"], read.Calls);
        Assert.Equal([8, 9, 10, 12], read.HeldAfter);
        Assert.True(read.Ended);
    }

    [Theory]
    [InlineData("""{"event_type":"step.delta","index":0,"delta":{"type":"arguments_delta","arguments":"{}"}}""", ReadFault.BrokenStream)]
    [InlineData("""{"event_type":"step.delta","delta":{"type":"text","text":"x"}}""", ReadFault.BrokenStream)]
    [InlineData("""{"event_type":"step.delta","index":-1,"delta":{"type":"text","text":"x"}}""", ReadFault.BrokenStream)]
    [InlineData("""{"event_type":"step.start","index":0,"step":{"type":"function_call"}}""", ReadFault.WrongShape)]
    [InlineData("""{"event_type":"step.start","index":0,"step":{"type":"function_call","name":"a","functionName":"b","Name":"c"}}""", ReadFault.NotStrictJson)]
    [InlineData("""{"event_type":"a","eventType":"b"}""", ReadFault.Ambiguous)]
    [InlineData("""{"index":0}""", ReadFault.WrongShape)]
    [InlineData("[]", ReadFault.WrongShape)]
    public void Broken_events_are_refused(string data, ReadFault expected) => Assert.Equal(expected, Read.Of([data]).Fault);

    [Fact]
    public void An_event_by_two_names_is_refused() =>
        Assert.Equal(ReadFault.BrokenStream, Read.Of(["event: step.stop\ndata: {\"event_type\":\"step.start\",\"index\":0,\"step\":{\"type\":\"text\"}}\n\n"]).Fault);

    [Fact]
    public void A_refusal_stops_what_was_seen_and_says_why()
    {
        Read read = Read.Of(
        [
            """{"event_type":"interaction.created","interaction":{"id":"i-3","status":"in_progress"}}""",
            """{"event_type":"step.start","index":0,"step":{"type":"model_output"}}""",
            """{"event_type":"step.start","index":1,"step":{"type":"function_call","id":"f","name":"rm","arguments":{}}}""",
        ]);
        Assert.Equal(
            ["step.stop 0", "step.start 1", "step.delta 1", "step.stop 1", "error ", "interaction.completed "],
            read.Refusal.Select(e => $"{e.GetProperty("event_type").GetString()} {(e.TryGetProperty("index", out JsonElement index) ? index.GetRawText() : "")}"));
        Assert.Equal("A tool is not allowed here. (event ev-1)", read.Refusal[2].GetProperty("delta").GetProperty("text").GetString());
        Assert.Equal(("extauthz", "failed"), (read.Refusal[^1].GetProperty("interaction").GetProperty("id").GetString(), read.Refusal[^1].GetProperty("interaction").GetProperty("status").GetString()));
        Assert.Equal("interaction.created", Read.Of([]).Refusal[0].GetProperty("event_type").GetString());
    }

    /// <summary>A stream read event by event, those that are let go told to it.</summary>
    private sealed class Read
    {
        public List<string> Calls { get; } = [];

        public SortedDictionary<int, string> Texts { get; } = [];

        public List<int> HeldAfter { get; } = [];

        public List<JsonElement> Refusal { get; private set; } = [];

        public ReadFault Fault { get; private set; }

        public bool Ended { get; private set; }

        public static Read Of(string[] events)
        {
            var read = new Read();
            using var request = new Message();
            using var message = new Message();
            Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"input":"x","stream":true}""", request, Path));
            using EventStream stream = GeminiExchange.Dialect.OpenStream(request, GeminiExchange.ResponseHead("text/event-stream"))!;
            using EventFramer framer = stream.CreateFramer(10_000);
            int held = 0;
            for (int i = 0; i < events.Length && read.Fault == ReadFault.None; i++)
            {
                framer.Push(Encoding.UTF8.GetBytes(events[i].StartsWith("event", StringComparison.Ordinal) ? events[i] : $"data: {events[i]}\n\n"));
                Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
                message.Clear();
                read.Fault = stream.Read(frame, JsonLimits.Default, message);
                read.Note(message);
                if (stream.HasOpenCall)
                    read.HeldAfter.Add(i);
                for (held++; held > 0 && !stream.HasOpenCall; held--)
                    stream.OnReleased(edited: false);
            }
            read.Refusal = [.. Encoding.UTF8.GetString(stream.Refuse(GeminiExchange.Reason)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => !e.EndsWith("[DONE]", StringComparison.Ordinal)).Select(e => JsonDocument.Parse(e[(e.IndexOf('\n') + 7)..]).RootElement)];
            message.Clear();
            Assert.Equal(ReadFault.None, stream.Finish(message));
            read.Note(message);
            read.Ended = stream.Ended;
            return read;
        }

        private void Note(Message message)
        {
            Calls.AddRange(GeminiExchange.Calls(message));
            foreach (Segment segment in message.Segments.Where(s => s.Channel >= 0))
                Texts[segment.Channel] = Texts.GetValueOrDefault(segment.Channel, "") + Encoding.UTF8.GetString(message.Text(segment).Span);
        }
    }
}
