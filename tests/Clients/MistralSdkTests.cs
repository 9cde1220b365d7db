using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>Mistral's official SDK (npm) through a real Envoy and the filter: what its user's code sees.</summary>
public sealed class MistralSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/v1/**"]}}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [llm]
            tools: {allow: [search]}
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

        JsonElement seen = await NodeProcess.Run("mistral-client.mjs", $"http://127.0.0.1:{envoy.Port}");

        Assert.Equal("hello", Value(seen, "plain").GetString());
        Assert.Equal(("hello there", "stop"), (Value(seen, "stream").GetProperty("text").GetString(), Value(seen, "stream").GetProperty("finish").GetString()));
        JsonElement round = Value(seen, "toolRound");
        Assert.Equal("search", round.GetProperty("called").GetString());
        Assert.Equal("""{"q":"x"}""", round.GetProperty("args").GetRawText());
        Assert.Equal("hello", round.GetProperty("then").GetString());
        Assert.Equal("x):", Value(seen, "fim").GetString());
        Assert.Equal([0.5, 1], Value(seen, "embedding").EnumerateArray().Select(v => v.GetDouble()));
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files", StringComparison.Ordinal));
        foreach (string refused in (string[])["refusedBefore", "refusedAnswer"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal(403, error.GetProperty("status").GetInt32());
            Assert.Contains("tool_not_allowed", error.GetProperty("body").GetString(), StringComparison.Ordinal);
            Assert.Contains("event ", error.GetProperty("body").GetString(), StringComparison.Ordinal);
        }
        JsonElement cut = Value(seen, "refusedStream");
        Assert.Equal("Sure. ", cut.GetProperty("text").GetString());
        Assert.Equal(0, cut.GetProperty("calls").GetArrayLength());
        Assert.Equal("content_filter", cut.GetProperty("finish").GetString());
    }

    private static JsonElement Value(JsonElement seen, string name) =>
        seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    private static OriginAnswer Answer(OriginRequest request)
    {
        if (request.Target.EndsWith("/embeddings", StringComparison.Ordinal))
            return OriginAnswer.Json("{\"id\":\"e\",\"object\":\"list\",\"model\":\"m\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5,1]}]," + Usage + "}");
        if (request.Target.Contains("/fim/", StringComparison.Ordinal))
            return Whole("""{"role":"assistant","content":"x):"}""", "stop");
        string last = JsonDocument.Parse(request.Text).RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").ToString();
        string tool = last.Contains("delete_files", StringComparison.Ordinal) ? "delete_files" : "search";
        string call = """{"id":"abcdefghi","type":"function","index":0,"function":{"name":"TOOL","arguments":{"q":"x"}}}""".Replace("TOOL", tool, StringComparison.Ordinal);
        if (last.StartsWith("stream", StringComparison.Ordinal))
            return Stream(tool == "delete_files" ? call : null);
        return last.StartsWith("call", StringComparison.Ordinal)
            ? Whole("{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[" + call + "]}", "tool_calls")
            : Whole("""{"role":"assistant","content":"hello"}""", "stop");
    }

    private const string Usage = "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}";

    private static OriginAnswer Whole(string message, string finish) =>
        OriginAnswer.Json("{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\"," + Usage + ",\"choices\":[{\"index\":0,\"message\":" + message + ",\"finish_reason\":\"" + finish + "\"}]}");

    private static OriginAnswer Stream(string? call)
    {
        static string Chunk(string delta, string finish = "null") => "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
        string[] events = call is not null
            ? [Chunk("""{"role":"assistant","content":"Sure. "}"""), Chunk("{\"content\":\"\",\"tool_calls\":[" + call + "]}", "\"tool_calls\""), "data: [DONE]\n\n"]
            : [Chunk("""{"role":"assistant","content":"hello "}"""), Chunk("""{"content":"there"}""", "\"stop\""), "data: [DONE]\n\n"];
        return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), events);
    }
}
