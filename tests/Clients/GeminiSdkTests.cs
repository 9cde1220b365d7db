using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official Google Gen AI SDK (npm) through a real Envoy and the filter, to the Gemini API and to Vertex AI: what its user's code sees.</summary>
public sealed class GeminiSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/**"]}, protocol: gemini}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [llm]
            tools: {allow: [search]}
            detectors: {injection: {action: ignore}}
            uninspectable: {encrypted: allow}
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

        JsonElement seen = await NodeProcess.Run("gemini-client.mjs", $"http://127.0.0.1:{envoy.Port}");

        Assert.Equal("hello", Value(seen, "plain").GetString());
        Assert.Equal("hello", Value(seen, "vertex").GetString());
        Assert.Equal(7, Value(seen, "tokens").GetInt32());
        foreach (string stream in (string[])["stream", "vertexStream", "array"])
        {
            Assert.Equal("hello there", Value(seen, stream).GetProperty("text").GetString());
            Assert.Equal("STOP", Value(seen, stream).GetProperty("finish").GetString());
        }
        foreach (string round in (string[])["toolRound", "vertexToolRound"])
        {
            Assert.Equal("search", Value(seen, round).GetProperty("called").GetString());
            Assert.Equal("c2lnbmVk", Value(seen, round).GetProperty("signature").GetString());
            Assert.Equal("""{"q":"x"}""", Value(seen, round).GetProperty("args").GetRawText());
            Assert.Equal("3 hits", Value(seen, round).GetProperty("then").GetString());
        }
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files", StringComparison.Ordinal) || r.Text.Contains("googleSearch", StringComparison.Ordinal));
        foreach (string refused in (string[])["refusedBefore", "refusedAnswer"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal(("ApiError", 403), (error.GetProperty("error").GetString(), error.GetProperty("status").GetInt32()));
            Assert.Contains("PERMISSION_DENIED", error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Contains("event ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        foreach (string stream in (string[])["refusedStream", "refusedPieces", "refusedArray"])
        {
            JsonElement cut = Value(seen, stream);
            Assert.Equal("PROHIBITED_CONTENT", cut.GetProperty("finish").GetString());
            Assert.StartsWith("Sure. ", cut.GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.Contains("event ", cut.GetProperty("text").GetString(), StringComparison.Ordinal);
            // The SDK drops finishMessage where it speaks to the Gemini API: the text is what everyone sees.
            if (stream != "refusedStream")
                Assert.Contains("event ", cut.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.True(!cut.TryGetProperty("calls", out JsonElement calls) || calls.GetArrayLength() == 0);
        }
        Assert.Equal("hello", Value(seen, "interaction").GetProperty("text").GetString());
        Assert.Equal("search", Value(seen, "interactionRound").GetProperty("called").GetString());
        Assert.Equal("3 hits", Value(seen, "interactionRound").GetProperty("then").GetString());
        Assert.Equal(("hello there", "completed"), (Value(seen, "interactionStream").GetProperty("text").GetString(), Value(seen, "interactionStream").GetProperty("status").GetString()));
        Assert.Contains("event ", seen.GetProperty("interactionRefusedBefore").GetProperty("message").GetString(), StringComparison.Ordinal);
        JsonElement steps = Value(seen, "interactionRefusedStream");
        Assert.StartsWith("Sure. ", steps.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("event ", steps.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("event ", steps.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(("failed", 0), (steps.GetProperty("status").GetString(), steps.GetProperty("calls").GetArrayLength()));
        // None of the refusals was tried again by the SDKs.
        Assert.Equal(19, origin.Requests.Count);
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    private static OriginAnswer Answer(OriginRequest request)
    {
        if (request.Target.Contains(":countTokens", StringComparison.Ordinal))
            return OriginAnswer.Json("""{"totalTokens":7}""");
        if (request.Target.Contains("/interactions", StringComparison.Ordinal))
            return Interaction(JsonDocument.Parse(request.Text).RootElement.GetProperty("input"));
        JsonElement part = JsonDocument.Parse(request.Text).RootElement.GetProperty("contents").EnumerateArray().Last().GetProperty("parts")[0];
        string last = part.TryGetProperty("text", out JsonElement text) ? text.GetString()! : "";
        bool forbidden = last.Contains("delete_files", StringComparison.Ordinal);
        if (last.StartsWith("stream", StringComparison.Ordinal))
            return Stream(request.Target.Contains("alt=sse", StringComparison.Ordinal), forbidden, last.Contains("pieces", StringComparison.Ordinal));
        if (last.StartsWith("call", StringComparison.Ordinal))
            return OriginAnswer.Json(Candidate("{\"functionCall\":{\"id\":\"f1\",\"name\":\"" + (forbidden ? "delete_files" : "search") + "\",\"args\":{\"q\":\"x\"}},\"thoughtSignature\":\"c2lnbmVk\"}", "STOP"));
        return OriginAnswer.Json(Candidate(last.Length > 0 ? """{"text":"hello"}""" : """{"text":"3 hits"}""", "STOP"));
    }

    private static OriginAnswer Interaction(JsonElement input)
    {
        string asked = input.ValueKind == JsonValueKind.String ? input.GetString()! : "";
        bool forbidden = asked.Contains("delete_files", StringComparison.Ordinal);
        if (asked.StartsWith("stream", StringComparison.Ordinal))
        {
            string[] events =
            [
                """{"event_type":"interaction.created","interaction":{"id":"i","status":"in_progress"}}""",
                """{"event_type":"step.start","index":0,"step":{"type":"model_output"}}""",
                """{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"TEXT"}}""".Replace("TEXT", forbidden ? "Sure. " : "hello ", StringComparison.Ordinal),
                .. forbidden
                    ? (string[])["""{"event_type":"step.start","index":1,"step":{"type":"function_call","id":"f","name":"delete_files","arguments":{}}}""", """{"event_type":"step.delta","index":1,"delta":{"type":"arguments_delta","arguments":"{}"}}""", """{"event_type":"step.stop","index":1}"""]
                    : ["""{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"there"}}""", """{"event_type":"step.stop","index":0}"""],
                """{"event_type":"interaction.completed","interaction":{"id":"i","status":"completed"}}""",
            ];
            return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), [.. events.Select(e => $"event: {JsonDocument.Parse(e).RootElement.GetProperty("event_type").GetString()}\ndata: {e}\n\n"), "data: [DONE]\n\n"]);
        }
        string step = asked.StartsWith("call", StringComparison.Ordinal)
            ? """{"type":"function_call","id":"f1","name":"search","arguments":{}}"""
            : """{"type":"model_output","content":[{"type":"text","text":"TEXT"}]}""".Replace("TEXT", asked.Length > 0 ? "hello" : "3 hits", StringComparison.Ordinal);
        return OriginAnswer.Json("{\"id\":\"i\",\"status\":\"completed\",\"steps\":[" + step + "]}");
    }

    private static OriginAnswer Stream(bool events, bool forbidden, bool pieces)
    {
        const string Whole = """{"functionCall":{"name":"delete_files","args":{}}}""";
        string[] parts = !forbidden ? ["""{"text":"hello "}""", """{"text":"there"}"""]
            : pieces ? ["""{"text":"Sure. "}""", """{"functionCall":{"name":"delete_files","willContinue":true}}""", """{"functionCall":{"partialArgs":[{"jsonPath":"$.path","stringValue":"/"}],"willContinue":true}}""", """{"functionCall":{}}"""]
            : ["""{"text":"Sure. "}""", Whole];
        string[] answers = [.. parts.Select(p => Candidate(p)), Candidate("""{"text":""}""", "STOP")];
        if (events)
            return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), [.. answers.Select(a => $"data: {a}\r\n\r\n")]);
        string[] elements = [.. answers.Select((a, i) => (i == 0 ? "[" : ",\r\n") + a), "\n]\n"];
        return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), elements) with { Headers = [new("content-type", "application/json; charset=UTF-8")] };
    }

    private static string Candidate(string part, string? finish = null) =>
        "{\"candidates\":[{\"content\":{\"parts\":[" + part + "],\"role\":\"model\"}" + (finish is null ? "" : $",\"finishReason\":\"{finish}\"") + ",\"index\":0}],\"modelVersion\":\"gemini-2.5-flash\"}";
}
