using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official Cohere SDK (npm), both versions, through a real Envoy and the filter: what its user's code sees.</summary>
public sealed class CohereSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/v1/**", "/v2/**"]}, protocol: cohere}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [llm]
            tools: {allow: [search]}
            models: {allow: ["command-*", "embed-*", rerank]}
            detectors: {injection: {action: ignore}}
        """;

    [Fact]
    public async Task Calls_streams_tool_rounds_and_refusals_reach_user_code_as_they_should()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("cohere-client.mjs", $"http://127.0.0.1:{envoy.Port}");

        Assert.Equal("hello", Value(seen, "plain").GetString());
        Assert.Equal(("hello there", "COMPLETE"), (Text(seen, "stream", "text"), Text(seen, "stream", "finish")));
        Assert.Equal("search", Text(seen, "toolRound", "called"));
        Assert.Equal("hello", Text(seen, "toolRound", "then"));
        Assert.Equal("search", Value(seen, "streamedCall").GetProperty("calls")[0].GetString());
        Assert.Equal(2, Value(seen, "embed").GetInt32());
        Assert.Equal(1, Value(seen, "rerank").GetInt32());
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files.", StringComparison.Ordinal));
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("evil", StringComparison.Ordinal));
        foreach (string refused in (string[])["refusedBefore", "refusedAnswer"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal(("ForbiddenError", 403), (error.GetProperty("error").GetString(), error.GetProperty("status").GetInt32()));
            Assert.Contains("event ", error.GetProperty("body").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        Assert.StartsWith("Sure. ", Text(seen, "refusedStream", "text"), StringComparison.Ordinal);
        Assert.Contains("event ", Text(seen, "refusedStream", "text"), StringComparison.Ordinal);
        Assert.Equal("ERROR", Text(seen, "refusedStream", "finish"));
        Assert.Contains("event ", Text(seen, "refusedStream", "error"), StringComparison.Ordinal);
        Assert.Equal(0, Value(seen, "refusedStream").GetProperty("calls").GetArrayLength());
    }

    [Fact]
    public async Task Version_1_is_served_and_refused_in_its_own_words()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("cohere-client.mjs", $"http://127.0.0.1:{envoy.Port}");

        Assert.Equal("hello", Value(seen, "firstPlain").GetString());
        Assert.Equal(("hello there", "COMPLETE"), (Text(seen, "firstStream", "text"), Text(seen, "firstStream", "finish")));
        Assert.StartsWith("Sure. ", Text(seen, "firstRefused", "text"), StringComparison.Ordinal);
        Assert.Contains("event ", Text(seen, "firstRefused", "last"), StringComparison.Ordinal);
        Assert.Equal("ERROR", Text(seen, "firstRefused", "finish"));
        Assert.Equal(0, Value(seen, "firstRefused").GetProperty("calls").GetArrayLength());
        // The connector is taken out; what is left is answered.
        Assert.Equal("hello", Value(seen, "firstConnector").GetProperty("text").GetString());
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("web-search", StringComparison.Ordinal));
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    private static string Text(JsonElement seen, string name, string member) => Value(seen, name).GetProperty(member).GetString()!;

    private static OriginAnswer Answer(OriginRequest request)
    {
        switch (request.Target)
        {
            case "/v2/embed":
                return OriginAnswer.Json("""{"id":"i","embeddings":{"float":[[0.1,0.2]]},"texts":["a"],"response_type":"embeddings_by_type"}""");
            case "/v2/rerank":
                return OriginAnswer.Json("""{"id":"i","results":[{"index":1,"relevance_score":0.9}]}""");
        }
        JsonElement asked = JsonDocument.Parse(request.Text).RootElement;
        if (request.Target == "/v1/chat")
            return First(asked.GetProperty("message").GetString()!);
        string last = asked.GetProperty("messages").EnumerateArray().Last().GetProperty("content").ToString();
        string tool = last.Contains("delete_files", StringComparison.Ordinal) ? "delete_files" : "search";
        if (last.StartsWith("stream", StringComparison.Ordinal))
            return Second(last.Contains("call", StringComparison.Ordinal) || tool == "delete_files" ? tool : null);
        string said = last.StartsWith("call", StringComparison.Ordinal)
            ? """{"role":"assistant","tool_plan":"I will.","tool_calls":[{"id":"t1","type":"function","function":{"name":"TOOL","arguments":"{}"}}]}""".Replace("TOOL", tool, StringComparison.Ordinal)
            : """{"role":"assistant","content":[{"type":"text","text":"hello"}]}""";
        return OriginAnswer.Json("{\"id\":\"c\",\"finish_reason\":\"COMPLETE\",\"message\":" + said + ",\"usage\":{\"tokens\":{\"input_tokens\":1,\"output_tokens\":1}}}");
    }

    private static OriginAnswer Second(string? tool)
    {
        static string Event(string type, string more) => $"event: {type}\ndata: {{\"type\":\"{type}\"{more}}}\n\n";
        static string Said(string text) => Event("content-delta", ",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"" + text + "\"}}}");
        string start = Event("message-start", ",\"id\":\"c\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}")
            + Event("content-start", ",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}");
        string end = Event("message-end", ",\"delta\":{\"finish_reason\":\"" + (tool is null ? "COMPLETE" : "TOOL_CALL") + "\"}") + "data: [DONE]\n\n";
        string[] events = tool is null
            ? [start, Said("hello "), Said("there"), Event("content-end", ",\"index\":0"), end]
            : [start, Said("Sure. "), Event("tool-call-start", ",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"" + tool + "\",\"arguments\":\"\"}}}}"),
                Event("tool-call-delta", ",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{}\"}}}}"), Event("tool-call-end", ",\"index\":0"), end];
        return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), events);
    }

    private static OriginAnswer First(string message)
    {
        if (!message.StartsWith("stream", StringComparison.Ordinal))
            return OriginAnswer.Json("""{"response_id":"r","generation_id":"g","text":"hello","finish_reason":"COMPLETE","chat_history":[]}""");
        static string Said(string text) => "{\"is_finished\":false,\"event_type\":\"text-generation\",\"text\":\"" + text + "\"}\n";
        const string Start = "{\"is_finished\":false,\"event_type\":\"stream-start\",\"generation_id\":\"g\"}\n";
        const string End = "{\"is_finished\":true,\"event_type\":\"stream-end\",\"finish_reason\":\"COMPLETE\",\"response\":{\"text\":\"hello there\",\"generation_id\":\"g\"}}\n";
        string[] lines = message.Contains("delete_files", StringComparison.Ordinal)
            ? [Start, Said("Sure. "), "{\"is_finished\":false,\"event_type\":\"tool-calls-generation\",\"tool_calls\":[{\"name\":\"delete_files\",\"parameters\":{}}]}\n", End]
            : [Start, Said("hello "), Said("there"), End];
        return new OriginAnswer
        {
            Headers = [new("content-type", "application/stream+json")],
            Body = [.. lines.Select(line => new OriginChunk(Encoding.UTF8.GetBytes(line), TimeSpan.FromMilliseconds(20)))],
        };
    }
}
