using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;
using static EnvoyExtAuthz.Tests.Dialects.Bedrock.BedrockWire;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>Bodies in models' own forms: each read as what it is, and refused where it could be two things or hides a tool.</summary>
public sealed class InvokeTests
{
    private const string Path = "/model/m/invoke";

    [Theory]
    [InlineData("""{"inputText":"hi","textGenerationConfig":{"stopSequences":["User:"]}}""", "User: hi|Unknown: User:")]
    [InlineData("""{"prompt":"hi","max_gen_len":1}""", "User: hi")]
    [InlineData("""{"texts":["a","b"],"input_type":"search_query","truncate":"END"}""", "User: a|User: b|Metadata: search_query|Metadata: END")]
    [InlineData("""{"message":"hi","preamble":"be kind","documents":[{"title":"t","snippet":"s"}],"chat_history":[{"role":"USER","message":"before"}]}""",
        "User: hi|System: be kind|Document: t|Document: s|Metadata: USER|User: before")]
    [InlineData("""{"taskType":"x","singleEmbeddingParams":{"image":{"source":{"bytes":"aGk="}}},"inputImage":"aGk=","content":[{"image_url":{"url":"https://a.example"}}]}""", "Metadata: x|Url: https://a.example")]
    [InlineData("""{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"text":{"value":"hi","truncationMode":"NONE"}}}""", "Metadata: SINGLE_EMBEDDING|User: hi|Metadata: NONE")]
    [InlineData("""{"novel":{"deep":["words"]}}""", "Unknown: words")]
    [InlineData("""{"schemaVersion":"messages-v1","system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"hi"}]}]}""", "System: s|Metadata: user|User: hi|Unknown: messages-v1")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "Metadata: user|User: hi")]
    [InlineData("""{"anthropic_version":"bedrock-2023-05-31","system":"s","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}""",
        "System: s|Metadata: user|Metadata: text|User: hi|Metadata: bedrock-2023-05-31")]
    public void Words_are_found_in_every_form(string body, string texts)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(Path, body, message));
        Assert.Equal(texts.Split('|').Order(StringComparer.Ordinal), Texts(message).Order(StringComparer.Ordinal));
        Assert.Equal("m", Encoding.UTF8.GetString(message.Model.Span));
    }

    [Theory]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"t"}}]}}""", "t")]
    [InlineData("""{"messages":[],"tools":[{"type":"function","function":{"name":"t"}}]}""", "t")]
    [InlineData("""{"anthropic_version":"x","messages":[],"tools":[{"name":"t","input_schema":{}},{"type":"bash_20250124","name":"bash"}]}""", "t bash_20250124 bash")]
    [InlineData("""{"message":"hi","tools":[{"name":"t","description":"d","parameter_definitions":{}}]}""", "t")]
    [InlineData("""{"prompt":"hi","tools":[{"type":"search","name":"n"}]}""", "n search")]
    public void Tools_are_declared_in_every_form(string body, string tools)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(Path, body, message));
        Assert.Equal(tools, string.Join(' ', Tools(message)));
        int[] all = [.. Enumerable.Range(0, message.ToolDeclarations.Count)];
        Assert.True(BedrockWire.Dialect.RemoveTools(message, all));
        Assert.True(BedrockWire.Dialect.TryWrite(message, out byte[] edited));
        using var left = new Message();
        Assert.Equal(ReadFault.None, Request(Path, edited, left));
        Assert.Empty(left.ToolDeclarations);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"toolset":[{"name":"t"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"mcp_servers":[{"name":"t"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"anthropic_version":"x","messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"t"}}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"anthropic_version":"x","messages":[],"functions":[{"name":"t"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"schemaVersion":"x","messages":[],"tools":[{"name":"t"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"prompt":"hi","available_tools":[{"name":"t"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"prompt":"hi","Tools":[{"name":"t"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"prompt":"hi","connectors":[{"id":"web-search"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"message":"hi","toolset":[{"name":"t"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"message":"hi","messages":[]}""", ReadFault.Ambiguous)]
    [InlineData("""["hi"]""", ReadFault.WrongShape)]
    [InlineData("hi", ReadFault.NotStrictJson)]
    public void Tools_that_a_form_does_not_have_are_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Request(Path, body, message));
    }

    [Fact]
    public void A_model_that_the_body_names_is_a_second_one()
    {
        using var message = new Message();
        foreach (string body in (string[])["""{"model":"other","messages":[]}""", """{"anthropic_version":"x","model":"other","messages":[]}"""])
        {
            Assert.Equal(ReadFault.None, Request(Path, body, message));
            Assert.Equal("m other", Encoding.UTF8.GetString(message.Model.Span) + " " + Encoding.UTF8.GetString(Assert.Single(message.FurtherModels).Span));
            Assert.False(message.WantsStream);
        }
        Assert.Equal(ReadFault.None, Request("/model/m/invoke-with-response-stream", """{"messages":[]}""", message));
        Assert.True(message.WantsStream);
    }

    [Theory]
    [InlineData("""{"results":[{"outputText":"said","completionReason":"FINISH"}]}""", "Assistant: said", "")]
    [InlineData("""{"generation":"said","stop_reason":"stop"}""", "Assistant: said", "")]
    [InlineData("""{"generation":"<|python_tag|>{\"name\": \"n\", \"parameters\": {\"a\": 1}}","stop_reason":"stop"}""", "", "n({\"a\": 1})")]
    [InlineData("""{"generations":[{"text":"said"}],"prompt":"asked"}""", "Assistant: said|User: asked", "")]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"n","input":{"a":1}}}]}},"stopReason":"tool_use"}""", "", "n({\"a\":1})")]
    [InlineData("""{"choices":[{"message":{"role":"assistant","content":"said","tool_calls":[{"id":"t","type":"function","function":{"name":"n","arguments":"{}"}}]}}]}""", "Assistant: said", "n({})")]
    [InlineData("""{"type":"message","role":"assistant","content":[{"type":"text","text":"said"},{"type":"tool_use","id":"t","name":"n","input":{}}]}""", "Assistant: said", "n({})")]
    [InlineData("""{"text":"said","generation_id":"g","tool_calls":[{"name":"n","parameters":{"a":1}}]}""", "Assistant: said", "n({\"a\":1})")]
    [InlineData("""{"action":"NONE","outputs":[{"text":"said"}],"assessments":[]}""", "Assistant: said", "")]
    public void Answers_are_read_in_the_form_they_show(string body, string texts, string calls)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Response(body, message));
        foreach (string text in texts.Split('|', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains(text, Texts(message));
        Assert.Equal(calls, string.Join(' ', Calls(message)));
    }

    [Theory]
    [InlineData("""{"text":"I will","toolCalls":[{"name":"n","parameters":{"a":1}}]}""", ReadFault.WrongShape)]
    [InlineData("""{"generation":"a","function_call":{"name":"n"}}""", ReadFault.WrongShape)]
    [InlineData("""{"output":{"message":{"content":[]}},"choices":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"output":{"message":{"content":[]}},"content":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"content":[],"choices":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"Output":{"message":{"content":[]}}}""", ReadFault.Ambiguous)]
    [InlineData("""{"output":{"Message":{"content":[]}}}""", ReadFault.Ambiguous)]
    [InlineData("""{"output":{"message":{"Content":[]}}}""", ReadFault.Ambiguous)]
    [InlineData("""[]""", ReadFault.WrongShape)]
    public void Answers_that_could_be_two_or_call_what_is_not_known_are_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Response(body, message));
        Assert.Equal(ReadFault.UnknownContentType, Response(body, message, type: "text/html"));
    }

    [Fact]
    public void Errors_are_text_in_any_form()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Response("""{"message":"no such model"}""", message, 400));
        Assert.Equal(["Unknown: no such model"], Texts(message));
        Assert.Equal(ReadFault.None, Response("<html>", message, 503, "text/html"));
        Assert.Equal(["Unknown: <html>"], Texts(message));
        Assert.Equal(ReadFault.None, Response("{", message, 500));
    }

    [Fact]
    public void Streams_of_every_form_are_read_and_calls_put_together()
    {
        BedrockReadStream read = BedrockReadStream.OfInvoke(Chunk("""{"outputText":"se","index":0}"""), Chunk("""{"outputText":"cret","completionReason":"FINISH","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"""));
        Assert.Equal((ReadFault.None, "Assistant: secret"), (read.Fault, Assert.Single(read.Running.Values)));

        read = BedrockReadStream.OfInvoke(Chunk("""{"generation":"<|python"}"""), Chunk("""{"generation":"_tag|>{\"name\": \"n\", \"parameters\": {}"}"""), Chunk("""{"generation":"}","stop_reason":"stop"}"""));
        Assert.Equal((ReadFault.None, "n({})"), (read.Fault, Assert.Single(read.Calls)));

        read = BedrockReadStream.OfInvoke(
            Chunk("""{"messageStart":{"role":"assistant"}}"""), Chunk("""{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"a"}},"amazon-bedrock-guardrailAction":"NONE"}"""),
            Chunk("""{"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"n"}}}}"""),
            Chunk("""{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}}"""), Chunk("""{"contentBlockStop":{"contentBlockIndex":1}}"""),
            Chunk("""{"messageStop":{"stopReason":"tool_use"}}"""), Chunk("""{"metadata":{"usage":{}},"amazon-bedrock-invocationMetrics":{}}"""));
        Assert.Equal((ReadFault.None, "n({})"), (read.Fault, Assert.Single(read.Calls)));

        read = BedrockReadStream.OfInvoke(
            Chunk("""{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}"""),
            Chunk("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"n","arguments":"{\"a\":"}}]}}]}"""),
            Chunk("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"finish_reason":"tool_calls"}]}"""),
            Chunk("""{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"""));
        Assert.Equal((ReadFault.None, "n({\"a\":1})"), (read.Fault, Assert.Single(read.Calls)));

        read = BedrockReadStream.OfInvoke(
            Chunk("""{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[]}}"""),
            Chunk("""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}"""),
            Chunk("""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"""),
            Chunk("""{"type":"content_block_stop","index":0}"""), Chunk("""{"type":"message_stop"}"""));
        Assert.Equal((ReadFault.None, "n({})"), (read.Fault, Assert.Single(read.Calls)));
        Assert.True(read.Ended);

        read = BedrockReadStream.OfInvoke(
            Chunk("""{"event_type":"text-generation","text":"a","is_finished":false}"""),
            Chunk("""{"event_type":"tool-calls-generation","tool_calls":[{"name":"n","parameters":{"a":1}}],"is_finished":false}"""),
            Chunk("""{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true,"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"""));
        Assert.Equal((ReadFault.None, "n({\"a\":1})"), (read.Fault, Assert.Single(read.Calls)));
        Assert.True(read.Ended);

        read = BedrockReadStream.OfInvoke(Chunk("""{"type":"completion","completion":"se","stop_reason":null}"""), Chunk("""{"type":"completion","completion":"cret","stop_reason":"stop"}"""));
        Assert.Equal((ReadFault.None, "Assistant: secret"), (read.Fault, Assert.Single(read.Running.Values)));
    }

    [Theory]
    [InlineData("""{"choices":[],"type":"message_start"}""", ReadFault.Ambiguous)]
    [InlineData("""{"messageStart":{},"contentBlockStop":{"contentBlockIndex":0}}""", ReadFault.Ambiguous)]
    [InlineData("""{"outputText":"a","choices":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"choices":[]}""", ReadFault.BrokenStream)]
    [InlineData("""{"content\u0042lockStart":{"contentBlockIndex":1,"start":{"toolUse":{"name":"n"}}}}""", ReadFault.BrokenStream)]
    [InlineData("""{"outputText":"a","tool_calls":[{"name":"n"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"outputText":"a","toolCalls":[{"name":"n"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"event_type":"tool-calls-generation","tool_calls":[{"name":"n"}]}""", ReadFault.BrokenStream)]
    [InlineData("""["a"]""", ReadFault.WrongShape)]
    [InlineData("""a""", ReadFault.NotStrictJson)]
    public void Chunks_of_another_form_than_the_first_are_refused(string chunk, ReadFault fault) =>
        Assert.Equal(fault, BedrockReadStream.OfInvoke(Chunk("""{"outputText":"a"}"""), Chunk(chunk)).Fault);

    [Fact]
    public void A_conversations_events_are_none_of_an_invocations() =>
        Assert.Equal(ReadFault.BrokenStream, BedrockReadStream.OfInvoke(Event("messageStart", """{"role":"assistant"}""")).Fault);

    [Fact]
    public void An_edit_of_a_chunk_is_wrapped_again()
    {
        using var request = new Message();
        Request("/model/m/invoke-with-response-stream", """{"prompt":"p"}""", request);
        using EventStream stream = BedrockWire.Stream(request);
        using var framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        framer.Push(Chunk("""{"outputText":"a secret"}"""));
        framer.Next(out EventFrame frame);
        Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
        message.Replace(message.Segments[0], 2, 6, "***"u8.ToArray());
        Assert.True(Splice.TryApply(frame.Data.Span, message.Splices, out byte[] edited));
        Assert.Equal(Chunk("""{"outputText":"a ***"}"""), framer.Rewrite(frame, edited));
    }

    [Fact]
    public void Refusals_end_a_stream_in_the_models_own_way_where_there_is_one()
    {
        Assert.Equal("exception:validationException", ConverseStreamTests.Names(BedrockReadStream.OfInvoke(Chunk("""{"outputText":"a"}""")).Refusal));
        Assert.Equal("exception:validationException", ConverseStreamTests.Names(BedrockReadStream.OfInvoke().Refusal));
        Assert.Equal("chunk chunk chunk chunk", ConverseStreamTests.Names(BedrockReadStream.OfInvoke(Chunk("""{"messageStart":{"role":"assistant"}}""")).Refusal));
        byte[] anthropic = BedrockReadStream.OfInvoke(Chunk("""{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[]}}""")).Refusal;
        Assert.Equal("chunk chunk chunk chunk chunk chunk", ConverseStreamTests.Names(anthropic));
    }
}
