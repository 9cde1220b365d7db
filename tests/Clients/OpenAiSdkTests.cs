using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official OpenAI SDK (npm) through a real Envoy and the filter: what its user's code sees.</summary>
public sealed class OpenAiSdkTests
{
    internal const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/v1/chat/completions"]}, protocol: openai-chat}
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
        string binary = ToolLocator.Require("envoy");
        Assert.NotEmpty(binary);
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("openai-client.mjs", $"http://127.0.0.1:{envoy.Port}/v1");

        Assert.Equal("hello", Value(seen, "plain").GetString());
        Assert.Equal("hello there", Value(seen, "stream").GetProperty("text").GetString());
        Assert.Equal("stop", Value(seen, "stream").GetProperty("finish").GetString());
        Assert.Equal("search", Value(seen, "toolRound").GetProperty("called").GetString());
        Assert.Equal("hello", Value(seen, "toolRound").GetProperty("then").GetString());
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("delete_files\",\"description", StringComparison.Ordinal));
        foreach (string refused in (string[])["refusedBefore", "refusedAnswer"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal("PermissionDeniedError", error.GetProperty("error").GetString());
            Assert.Equal("tool_not_allowed", error.GetProperty("code").GetString());
            Assert.Contains("event ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        JsonElement cut = Value(seen, "refusedStream");
        Assert.Equal("content_filter", cut.GetProperty("finish").GetString());
        Assert.Equal(0, cut.GetProperty("calls").GetArrayLength());
        Assert.Equal("Sure. ", cut.GetProperty("text").GetString());
        Assert.Contains("event ", cut.GetProperty("refusal").GetString(), StringComparison.Ordinal);
        // None of the refusals was tried again by the SDK: six questions, one of them in two turns, one refused before the origin.
        Assert.Equal(6, origin.Requests.Count);
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    internal static OriginAnswer Answer(OriginRequest request)
    {
        string last = JsonDocument.Parse(request.Text).RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").ToString();
        string tool = last.Contains("delete_files", StringComparison.Ordinal) ? "delete_files" : "search";
        if (last.StartsWith("stream", StringComparison.Ordinal))
            return Stream(last.Contains("delete_files", StringComparison.Ordinal));
        string message = last.StartsWith("call", StringComparison.Ordinal)
            ? """{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"TOOL","arguments":"{}"}}]}""".Replace("TOOL", tool, StringComparison.Ordinal)
            : """{"role":"assistant","content":"hello"}""";
        return OriginAnswer.Json("{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":" + message + ",\"finish_reason\":\"stop\"}]}");
    }

    private static OriginAnswer Stream(bool forbidden)
    {
        static string Chunk(string delta, string finish = "null") => "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
        string[] events = forbidden
            ? [Chunk("""{"role":"assistant","content":"Sure. "}"""), Chunk("""{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"delete_files","arguments":"{}"}}]}"""), Chunk("{}", "\"tool_calls\""), "data: [DONE]\n\n"]
            : [Chunk("""{"role":"assistant","content":"hello "}"""), Chunk("""{"content":"there"}"""), Chunk("{}", "\"stop\""), "data: [DONE]\n\n"];
        return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), events);
    }
}
