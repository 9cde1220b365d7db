using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using OllamaSharp;
using OllamaSharp.Models.Chat;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>Ollama's official library (npm) and OllamaSharp (NuGet) through a real Envoy and the filter: what their users' code sees.</summary>
public sealed class OllamaSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/", "/api/**"]}, protocol: ollama}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [llm]
            tools: {allow: [search]}
            models: {allow: ["llama*"]}
            detectors: {injection: {action: ignore}}
        """;

    [Fact]
    public async Task The_official_library_sees_answers_streams_tool_rounds_and_refusals_as_it_should()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("ollama-client.mjs", $"http://127.0.0.1:{envoy.Port}");

        Assert.Equal("hello", Value(seen, "plain").GetString());
        Assert.Equal("hello there", Value(seen, "stream").GetProperty("text").GetString());
        Assert.Equal("Hm.", Value(seen, "stream").GetProperty("thinking").GetString());
        Assert.Equal("stop", Value(seen, "stream").GetProperty("reason").GetString());
        Assert.Equal("hello there", Value(seen, "generate").GetProperty("text").GetString());
        Assert.Equal(3, Value(seen, "embed").GetInt32());
        Assert.Equal("llama3", Value(seen, "list").GetString());
        Assert.Equal("search", Value(seen, "toolRound").GetProperty("called").GetString());
        Assert.Equal("tides", Value(seen, "toolRound").GetProperty("arguments").GetProperty("q").GetString());
        Assert.Equal("hello", Value(seen, "toolRound").GetProperty("then").GetString());
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("delete_files\",\"description", StringComparison.Ordinal));
        foreach (string refused in (string[])["refusedBefore", "refusedAnswer", "refusedPull", "refusedSource"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal(("ResponseError", 403), (error.GetProperty("error").GetString(), error.GetProperty("status").GetInt32()));
            Assert.Contains("event ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        foreach (string cut in (string[])["refusedStream", "refusedGenerate"])
        {
            Assert.StartsWith("Sure. ", Value(seen, cut).GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.Contains("event ", Value(seen, cut).GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.Equal("content_filter", Value(seen, cut).GetProperty("reason").GetString());
            Assert.Equal(0, Value(seen, cut).GetProperty("calls").GetArrayLength());
        }
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("evil", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OllamaSharp_sees_answers_streams_tool_rounds_and_refusals_as_it_should()
    {
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });
        using var client = new OllamaApiClient(new Uri($"http://127.0.0.1:{envoy.Port}"), "llama3");

        Assert.True(await client.IsRunningAsync());
        Assert.Equal("hello", (await Read(client, "plain", stream: false)).Text);
        Heard stream = await Read(client, "stream");
        Assert.Equal(("hello there", "stop"), (stream.Text, stream.Reason));
        Assert.Equal("llama3", (await client.ListLocalModelsAsync()).First().Name);
        Heard call = await Read(client, "call search", stream: false);
        Assert.Equal(["search"], call.Calls);
        Assert.Equal("hello", (await Read(client, "plain", stream: false, new Message(ChatRole.Assistant, "") { ToolCalls = call.Raw }, new Message(ChatRole.Tool, "{\"hits\":3}"))).Text);
        Heard cut = await Read(client, "stream delete_files");
        Assert.StartsWith("Sure. ", cut.Text, StringComparison.Ordinal);
        Assert.Contains("event ", cut.Text, StringComparison.Ordinal);
        Assert.Equal("content_filter", cut.Reason);
        Assert.Empty(cut.Calls);
        // The library tells nothing of an error but its status, unless that is 400.
        HttpRequestException answer = await Assert.ThrowsAsync<HttpRequestException>(() => Read(client, "call delete_files", stream: false));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, answer.StatusCode);
        client.SelectedModel = "evil";
        HttpRequestException before = await Assert.ThrowsAsync<HttpRequestException>(() => Read(client, "plain"));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, before.StatusCode);
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("evil", StringComparison.Ordinal));
    }

    private sealed record Heard(string Text, string? Reason, List<string> Calls, List<Message.ToolCall> Raw);

    private static async Task<Heard> Read(OllamaApiClient client, string content, bool stream = true, params Message[] more)
    {
        var heard = new Heard("", null, [], []);
        var request = new ChatRequest { Model = client.SelectedModel, Stream = stream, Messages = [new Message(ChatRole.User, content), .. more] };
        await foreach (ChatResponseStream? line in client.ChatAsync(request))
        {
            heard = heard with { Text = heard.Text + line!.Message?.Content, Reason = (line as ChatDoneResponseStream)?.DoneReason ?? heard.Reason };
            foreach (Message.ToolCall call in line.Message?.ToolCalls ?? [])
            {
                heard.Calls.Add(call.Function!.Name!);
                heard.Raw.Add(call);
            }
        }
        return heard;
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    private static OriginAnswer Answer(OriginRequest request)
    {
        switch (request.Target)
        {
            case "/":
                return OriginAnswer.Of("text/plain; charset=utf-8", "Ollama is running"u8.ToArray());
            case "/api/tags":
                return OriginAnswer.Json("""{"models":[{"name":"llama3","model":"llama3","modified_at":"2025-01-01T00:00:00Z","size":1,"digest":"ab","details":{"family":"llama"}}]}""");
            case "/api/embed":
                return OriginAnswer.Json("""{"model":"llama3","embeddings":[[0.1,0.2,0.3]]}""");
        }
        JsonElement asked = JsonDocument.Parse(request.Text).RootElement;
        bool isChat = request.Target == "/api/chat";
        string last = isChat ? asked.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()! : asked.GetProperty("prompt").GetString()!;
        bool forbidden = last.Contains("delete_files", StringComparison.Ordinal);
        if (last.StartsWith("stream", StringComparison.Ordinal))
            return Lines(isChat, forbidden);
        string call = last.StartsWith("call", StringComparison.Ordinal)
            ? ",\"tool_calls\":[{\"function\":{\"name\":\"" + (forbidden ? "delete_files" : "search") + "\",\"arguments\":{\"q\":\"tides\"}}}]"
            : "";
        return OriginAnswer.Json("{\"model\":\"llama3\",\"created_at\":\"2025-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"" + (call.Length > 0 ? "" : "hello") + "\"" + call + "},\"done_reason\":\"stop\",\"done\":true}");
    }

    private static OriginAnswer Lines(bool isChat, bool forbidden)
    {
        const string Head = "{\"model\":\"llama3\",\"created_at\":\"2025-01-01T00:00:00Z\",";
        string Said(string text, string more = "") => isChat
            ? Head + "\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\"" + more + "},\"done\":false}\n"
            : Head + "\"response\":\"" + text + "\"" + more + ",\"done\":false}\n";
        string end = Said("").Replace("\"done\":false", "\"done_reason\":\"stop\",\"done\":true" + (isChat ? "" : ",\"context\":[1,2]"), StringComparison.Ordinal);
        string[] lines = forbidden
            ? [Said("Sure. "), Said("", ",\"tool_calls\":[{\"function\":{\"name\":\"delete_files\",\"arguments\":{}}}]"), end]
            : [Said("", ",\"thinking\":\"Hm.\""), Said("hello "), Said("there"), end];
        return new OriginAnswer
        {
            Headers = [new("content-type", "application/x-ndjson")],
            Body = [.. lines.Select(line => new OriginChunk(Encoding.UTF8.GetBytes(line), TimeSpan.FromMilliseconds(20)))],
        };
    }
}
