using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official AWS SDK (npm) for Bedrock through a real Envoy and the filter, over both its transports: what its user's code sees.</summary>
public sealed class BedrockSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/model/*/*"]}, protocol: bedrock}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [llm]
            tools: {allow: [search]}
            models: {allow: ["us.amazon.*", "arn:aws:bedrock:*:inference-profile/us.anthropic.*", m]}
            detectors: {injection: {action: ignore}}
        """;

    [Theory]
    [InlineData("h1")]
    [InlineData("h2")]
    public async Task Calls_streams_tool_rounds_and_refusals_reach_user_code_as_they_should(string transport)
    {
        NodeProcess.Require();
        string binary = ToolLocator.Require("envoy");
        Assert.NotEmpty(binary);
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("bedrock-client.mjs", $"http://127.0.0.1:{envoy.Port}", transport);

        foreach (string plain in (string[])["plain", "profile", "bearer", "invoked"])
            Assert.Equal("hello", Value(seen, plain).GetString());
        Assert.Equal(7, Value(seen, "tokens").GetInt32());
        Assert.Equal("""{"text":"hello there","calls":[],"blocks":1,"finish":"end_turn"}""", Value(seen, "stream").GetRawText());
        Assert.Equal("""{"called":"search","input":{"q":"x"},"then":"3 hits"}""", Value(seen, "toolRound").GetRawText());
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files", StringComparison.Ordinal));
        Assert.Contains(origin.Requests, r => r.Target.Contains("inference-profile%2Fus.anthropic", StringComparison.Ordinal));
        foreach (string stream in (string[])["masked", "maskedChunks"])
        {
            Assert.StartsWith("It is ", Value(seen, stream).GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("16C7e42F292c6912E7710c838347Ae178B4a", Value(seen, stream).GetProperty("text").GetString(), StringComparison.Ordinal);
        }
        foreach (string refused in (string[])["signedEdit", "refusedBefore", "refusedModel", "refusedAnswer"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal(("AccessDeniedException", 403, 1), (error.GetProperty("error").GetString(), error.GetProperty("status").GetInt32(), error.GetProperty("attempts").GetInt32()));
            Assert.Contains("event ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        JsonElement cut = Value(seen, "refusedStream");
        Assert.Equal(("guardrail_intervened", 0), (cut.GetProperty("finish").GetString(), cut.GetProperty("calls").GetArrayLength()));
        Assert.StartsWith("Sure. ", cut.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("event ", cut.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(("hello there", "end_turn"), (Value(seen, "chunks").GetProperty("text").GetString(), Value(seen, "chunks").GetProperty("finish").GetString()));
        cut = Value(seen, "refusedChunks");
        Assert.Equal("refusal", cut.GetProperty("finish").GetString());
        Assert.Contains("event ", cut.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("message_stop", cut.GetProperty("events").EnumerateArray().Last().GetString());
        Assert.Equal("ValidationException", seen.GetProperty("refusedOwn").GetProperty("error").GetString());
        Assert.Contains("event ", seen.GetProperty("refusedOwn").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException($"{name}: {seen.GetProperty(name).GetRawText()}");

    private static OriginAnswer Answer(OriginRequest request)
    {
        string operation = request.Target.Split('/')[^1];
        string last = Last(request.Text);
        bool forbidden = last.Contains("delete_files", StringComparison.Ordinal);
        bool isSecret = last.Contains("secret", StringComparison.Ordinal);
        return operation switch
        {
            "count-tokens" => OriginAnswer.Json("""{"inputTokens":7}"""),
            "converse" => OriginAnswer.Json("{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[" + Block(last, forbidden) + "]}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2},\"metrics\":{\"latencyMs\":1}}"),
            "converse-stream" => Stream(Conversation(forbidden, isSecret).Select(e => AwsEventFramer.Write(false, Encoding.UTF8.GetBytes(e.Name), Encoding.UTF8.GetBytes(e.Data)))),
            "invoke" => OriginAnswer.Json("""{"type":"message","role":"assistant","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn"}"""),
            _ => Stream((request.Text.Contains("inputText", StringComparison.Ordinal) ? Titan(forbidden) : Claude(forbidden)).Select(Chunk)),
        };
    }

    private static string Last(string body)
    {
        JsonElement root = JsonDocument.Parse(body).RootElement;
        if (root.TryGetProperty("inputText", out JsonElement text))
            return text.GetString()!;
        return root.TryGetProperty("messages", out JsonElement messages) ? messages.EnumerateArray().Last().GetProperty("content").ToString() : "";
    }

    private static string Block(string last, bool forbidden)
    {
        if (last.Contains("toolResult", StringComparison.Ordinal))
            return """{"text":"3 hits"}""";
        return last.Contains("call", StringComparison.Ordinal)
            ? "{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"" + (forbidden ? "delete_files" : "search") + "\",\"input\":{\"q\":\"x\"}}}"
            : """{"text":"hello"}""";
    }

    private static IEnumerable<(string Name, string Data)> Conversation(bool forbidden, bool isSecret)
    {
        static (string, string) Text(string text) => ("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"" + text + "\"},\"p\":\"abc\"}");
        yield return ("messageStart", """{"role":"assistant"}""");
        foreach (string text in forbidden ? ["Sure. "] : isSecret ? ["It is ghp_16C7e42F292c", "6912E7710c838347A", "e178B4a."] : (string[])["hello ", "there"])
            yield return Text(text);
        yield return ("contentBlockStop", """{"contentBlockIndex":0}""");
        if (forbidden)
        {
            yield return ("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"delete_files"}}}""");
            yield return ("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}""");
            yield return ("contentBlockStop", """{"contentBlockIndex":1}""");
        }
        yield return ("messageStop", """{"stopReason":"end_turn"}""");
        yield return ("metadata", """{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}""");
    }

    private static IEnumerable<string> Claude(bool forbidden)
    {
        yield return """{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}""";
        if (forbidden)
        {
            yield return """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"delete_files","input":{}}}""";
        }
        else
        {
            yield return """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""";
            yield return """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello "}}""";
            yield return """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"there"}}""";
        }
        yield return """{"type":"content_block_stop","index":0}""";
        yield return """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}""";
        yield return """{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}""";
    }

    private static IEnumerable<string> Titan(bool forbidden) => forbidden
        ? ["""{"outputText":"Sure. ","index":0}""", """{"outputText":"","functionCalls":[{"name":"delete_files"}]}"""]
        : ["""{"outputText":"It is ghp_16C7e42F292c"}""", """{"outputText":"6912E7710c838347Ae178B4a."}""", """{"outputText":"","completionReason":"FINISH"}"""];

    private static byte[] Chunk(string data) => AwsEventFramer.Write(false, "chunk"u8, Encoding.UTF8.GetBytes("{\"bytes\":\"" + Convert.ToBase64String(Encoding.UTF8.GetBytes(data)) + "\",\"p\":\"abcdef\"}"));

    private static OriginAnswer Stream(IEnumerable<byte[]> messages) => new()
    {
        Headers = [new("content-type", "application/vnd.amazon.eventstream")],
        Body = [.. messages.Select(m => new OriginChunk(m, TimeSpan.FromMilliseconds(10)))],
    };
}
