using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;
using static EnvoyExtAuthz.Tests.Dialects.Bedrock.BedrockWire;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>Streamed conversations: words that run on, calls put together, what breaks the order, and how a refusal ends them.</summary>
public sealed class ConverseStreamTests
{
    private static readonly byte[] Start = Event("messageStart", """{"role":"assistant","p":"abc"}""");

    private static readonly byte[] Stop = Event("messageStop", """{"stopReason":"end_turn"}""");

    private static readonly byte[] Metadata = Event("metadata", """{"usage":{"inputTokens":1},"metrics":{"latencyMs":1},"trace":{"guardrail":{"modelOutput":["was said"]}}}""");

    private static byte[] Text(string text, int block = 0) => Event("contentBlockDelta", $$$"""{"contentBlockIndex":{{{block}}},"delta":{"text":"{{{text}}}"}}""");

    private static byte[] Call(int block, string name) => Event("contentBlockStart", $$$$"""{"contentBlockIndex":{{{{block}}}},"start":{"toolUse":{"toolUseId":"t{{{{block}}}}","name":"{{{{name}}}}"}}}""");

    private static byte[] Input(int block, string piece) => Event("contentBlockDelta", $$$$"""{"contentBlockIndex":{{{{block}}}},"delta":{"toolUse":{"input":"{{{{piece}}}}"}}}""");

    private static byte[] End(int block) => Event("contentBlockStop", $$"""{"contentBlockIndex":{{block}}}""");

    [Fact]
    public void Words_run_on_over_blocks_and_calls_are_complete_at_their_blocks_end()
    {
        BedrockReadStream read = BedrockReadStream.OfConverse(
            Start, Text("Let me "), Text("see"), End(0), Call(1, "search"), Call(2, "other"), Input(1, "{\\\"q\\\":"), Input(2, "{}"), Input(1, "1}"), End(2), End(1), Text(".", 3), End(3), Stop, Metadata);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["other({})", "search({\"q\":1})"], read.Calls);
        Assert.Equal("Assistant: Let me see.", read.Running[0]);
        Assert.Equal(["ToolArgument: {\"q\":1}", "ToolArgument: {}"], read.Running.Values.Skip(1));
        Assert.Contains("Assistant: was said", read.Whole);
        Assert.True(read.Ended);
    }

    [Fact]
    public void Events_of_a_call_are_held_until_it_is_complete()
    {
        BedrockReadStream read = BedrockReadStream.OfConverse(Start, Text("a"), Call(1, "search"), Input(1, "{}"));
        Assert.Equal([.. Start, .. Text("a")], read.Released);
        // At the input's end the call is as complete as it gets.
        Assert.Equal(["search({})"], read.Calls);
    }

    [Fact]
    public void Reasoning_citations_results_and_pictures_have_their_roles()
    {
        BedrockReadStream read = BedrockReadStream.OfConverse(
            Start,
            Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"I th"}}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"ink"}}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"cmVk"}}}"""),
            Event("contentBlockStart", """{"contentBlockIndex":2,"start":{"toolResult":{"toolUseId":"t","status":"success"}}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"toolResult":[{"text":"re"},{"text":"sult"},{"json":{"k":"whole"}}]}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":3,"delta":{"citation":{"title":"ti","sourceContent":[{"text":"exc"},{"text":"erpt"}],"location":{"web":{"url":"https://a.example"}}}}}"""),
            Event("contentBlockStart", """{"contentBlockIndex":4,"start":{"image":{"format":"png"}}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":4,"delta":{"image":{"source":{"bytes":"aGk="}}}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":5,"delta":{"novel":"unk"}}"""),
            Event("contentBlockDelta", """{"contentBlockIndex":5,"delta":{"novel":"nown"}}"""),
            Stop);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["Reasoning: I think", "ToolResult: result", "Document: excerpt", "Assistant: unknown"], read.Running.Values);
        Assert.Equal(["Document: ti", "ToolResult: whole", "Url: https://a.example"], read.Whole.Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal([OpaqueKind.Image, OpaqueKind.Encrypted, OpaqueKind.Encrypted], read.Opaque.Order());
    }

    public static TheoryData<string, byte[][]> Broken => new()
    {
        { "input of no call", [Start, Input(0, "{}")] },
        { "input after the end of the block", [Start, Call(0, "a"), End(0), Input(0, "{}")] },
        { "a block twice", [Start, Call(0, "a"), End(0), Call(0, "b")] },
        { "a call over a text", [Start, Text("a"), Call(0, "b")] },
        { "a text in a call", [Start, Call(0, "a"), Text("b")] },
        { "a block below the last", [Start, Call(3, "a"), End(3), Call(1, "b")] },
        { "text back in an earlier block", [Start, Text("se", 0), Text("x", 1), Text("cret", 0)] },
        { "no index", [Start, Event("contentBlockDelta", """{"delta":{"text":"a"}}""")] },
        { "an index as text", [Start, Event("contentBlockDelta", """{"contentBlockIndex":"0","delta":{"text":"a"}}""")] },
        { "a negative index", [Start, Text("a", -1)] },
        { "an index with a fraction", [Start, Event("contentBlockDelta", """{"contentBlockIndex":0.0,"delta":{"text":"a"}}""")] },
        { "no delta", [Start, Event("contentBlockDelta", """{"contentBlockIndex":0}""")] },
        { "input that is no text", [Start, Call(0, "a"), Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"toolUse":{"input":{}}}}""")] },
        { "a call without a name", [Start, Event("contentBlockStart", """{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t"}}}""")] },
        { "a call of a new kind", [Start, Event("contentBlockStart", """{"contentBlockIndex":0,"start":{"mcpToolUse":{"name":"a"}}}""")] },
        { "input of a new kind", [Start, Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"mcpToolUse":{"input":"a"}}}""")] },
        { "words after the end", [Start, Stop, Text("a")] },
        { "a second end", [Start, Stop, Stop] },
        { "an event without data", [Start, Event("contentBlockStop", "")] },
        { "events after an exception", [Start, Exception("throttlingException", "{}"), Text("a")] },
        { "chunks in a conversation that are events", [Start, Chunk("""{"outputText":"a"}"""), Text("a")] },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_clients_would_put_together_differently_breaks_the_stream(string what, byte[][] messages)
    {
        Assert.True(BedrockReadStream.OfConverse(messages).Fault == ReadFault.BrokenStream, what);
    }

    [Theory]
    [InlineData("""{"contentBlockIndex":0,"Delta":{"text":"a"}}""", ReadFault.Ambiguous)]
    [InlineData("""{"contentBlockIndex":0,"delta":{"tooluse":{"input":"a"}}}""", ReadFault.Ambiguous)]
    [InlineData("""{"contentblockindex":0,"delta":{"text":"a"}}""", ReadFault.Ambiguous)]
    [InlineData("""{"contentBlockIndex":0,"delta":{"text":"a"}""", ReadFault.NotStrictJson)]
    [InlineData("""["a"]""", ReadFault.WrongShape)]
    public void Other_spellings_are_refused(string delta, ReadFault fault) => Assert.Equal(fault, BedrockReadStream.OfConverse(Start, Event("contentBlockDelta", delta)).Fault);

    [Fact]
    public void Events_that_clients_skip_and_exceptions_are_inspected()
    {
        BedrockReadStream read = BedrockReadStream.OfConverse(
            Start, Event("novelty", """{"words":"ignore all"}"""), Event("ping", ""), Chunk("""{"outputText":"wrapped"}"""), Exception("modelStreamErrorException", """{"message":"it broke"}"""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Contains("Unknown: ignore all", read.Whole);
        Assert.Contains("Unknown: it broke", read.Whole);
        Assert.Contains("Assistant: wrapped", read.Running.Values);
        Assert.True(read.Ended);
        read = BedrockReadStream.OfConverse(Exception("x", "no JSON"));
        Assert.Equal(["Unknown: no JSON"], read.Whole);
    }

    [Fact]
    public void A_refusal_closes_what_is_open_says_why_and_ends_the_answer()
    {
        string before = Names(BedrockReadStream.OfConverse().Refusal);
        Assert.Equal("messageStart contentBlockDelta:0 contentBlockStop:0 messageStop", before);
        Assert.Equal("contentBlockStop:0 contentBlockDelta:1 contentBlockStop:1 messageStop", RefusalAfter(2, Start, Text("a"), Call(1, "x")));
        Assert.Equal("contentBlockDelta:1 contentBlockStop:1 messageStop", RefusalAfter(3, Start, Text("a"), End(0), Call(1, "x")));
        // The client has seen a call begin and not end.
        Assert.Equal("exception:validationException", RefusalAfter(3, Start, Text("a"), Call(1, "x"), Input(1, "{}")));
        // The client has seen the end.
        Assert.Equal("", RefusalAfter(4, Start, Text("a"), End(0), Stop, Metadata));
        Assert.Contains("The tool is not allowed. (event e1)", Encoding.UTF8.GetString(BedrockReadStream.OfConverse().Refusal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_stays_short_however_many_blocks_are_open()
    {
        byte[][] open = [.. Enumerable.Range(0, 500).Select(i => Text("a", i))];
        string names = RefusalAfter(501, [Start, .. open]);
        Assert.Equal(64 + 3, names.Split(' ').Length);
        Assert.EndsWith("contentBlockStop:499 contentBlockDelta:500 contentBlockStop:500 messageStop", names, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_of_a_request_that_was_not_read_ends_with_what_every_client_sees()
    {
        using var request = new Message();
        using EventStream stream = Stream(request);
        Assert.Equal("exception:validationException", Names(stream.Refuse(Reason)));
    }

    /// <summary>Names of the events of a refusal after some of those read were let go.</summary>
    private static string RefusalAfter(int released, params byte[][] messages)
    {
        using var request = new Message();
        Request(BedrockWire.ConverseStream, "{\"messages\":[]}", request);
        using EventStream stream = Stream(request);
        using EventFramer framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        framer.Push(messages.SelectMany(m => m).ToArray());
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            message.Clear();
            Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
        }
        for (int i = 0; i < released; i++)
            stream.OnReleased(edited: false);
        return Names(stream.Refuse(Reason));
    }

    internal static string Names(byte[] stream)
    {
        using var framer = new AwsEventFramer(1 << 20, unwrapsChunks: true);
        framer.Push(stream);
        var names = new List<string>();
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            using var data = System.Text.Json.JsonDocument.Parse(frame.Data);
            string index = data.RootElement.TryGetProperty("contentBlockIndex", out System.Text.Json.JsonElement number) ? $":{number}" : "";
            names.Add(Encoding.UTF8.GetString(frame.Event.Span) + index);
        }
        Assert.Equal(FrameStep.NeedMore, framer.Flush(out _));
        return string.Join(' ', names);
    }
}
