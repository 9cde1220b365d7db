using System.Text.Json;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Cohere's streams through a whole exchange.</summary>
public sealed class CohereTests
{
    private const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: llm, match: {paths: ["/v1/chat", "/v2/chat"]}, protocol: cohere}
        rules:
          - name: searchers
            callers: [research]
            routes: [llm]
            tools: {allow: [search]}
            detectors:
              injection: {action: refuse, directions: [request]}
              secrets: {action: redact}
        """;

    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    [Fact]
    public void A_key_is_masked_over_the_events_of_version_2_and_its_tokens_go()
    {
        static string Said(string text) => "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"" + text + "\"}}},\"logprobs\":{\"text\":\"" + text + "\",\"token_ids\":[7]}}\n\n";
        string seen = Through("/v2/chat", """{"messages":[{"role":"user","content":"hi"}]}""", "text/event-stream",
            [Said("The key is " + Key[..9]), Said(Key[9..20]), Said(Key[20..] + ", keep it."), "data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\ndata: [DONE]\n\n"]);
        Assert.DoesNotContain(Key[9..20], seen, StringComparison.Ordinal);
        Assert.DoesNotContain("token_ids", seen, StringComparison.Ordinal);
        Assert.Contains(", keep it.", seen, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_masked_in_the_answer_that_version_1_repeats_at_its_end()
    {
        static string Said(string text) => "{\"event_type\":\"text-generation\",\"text\":\"" + text + "\"}\n";
        string end = "{\"event_type\":\"stream-end\",\"response\":{\"text\":\"It is " + Key + " .\",\"chat_history\":[{\"role\":\"CHATBOT\",\"message\":\"It is " + Key + " .\"}]}}\n";
        string seen = Through("/v1/chat", """{"message":"hi"}""", "application/stream+json", [Said("It is " + Key[..9]), Said(Key[9..] + " ."), end]);
        Assert.DoesNotContain(Key[9..20], seen, StringComparison.Ordinal);
        Assert.Equal(3, seen.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l)).Count());
    }

    [Fact]
    public void Of_a_forbidden_call_not_one_byte_is_released()
    {
        const string start = "data: {\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t\",\"function\":{\"name\":\"delete_all\",\"arguments\":\"\"}}}}}\n\n";
        const string end = "data: {\"type\":\"tool-call-end\",\"index\":0}\n\n";
        string seen = Through("/v2/chat", """{"messages":[]}""", "text/event-stream", [start, end]);
        Assert.DoesNotContain("delete_all", seen, StringComparison.Ordinal);
        Assert.Contains("message-start", seen, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"ERROR\"", seen, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", seen, StringComparison.Ordinal);
        string first = Through("/v1/chat", """{"message":"hi"}""", "application/stream+json", ["{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":0,\"name\":\"delete_all\"}}\n", "{\"event_type\":\"stream-end\",\"response\":{\"text\":\"\"}}\n"]);
        Assert.DoesNotContain("delete_all", first, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"ERROR\"", first, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_secret_that_escapes_in_arguments_hide_is_refused_whether_or_not_the_stream_ends_properly(bool ends)
    {
        static string Piece(string type, string call) => $"data: {{\"type\":\"{type}\",\"index\":0,\"delta\":{{\"message\":{{\"tool_calls\":{{\"function\":{call}}}}}}}}}\n\n";
        string seen = Through("/v2/chat", """{"messages":[]}""", "text/event-stream", [
            Piece("tool-call-start", """{"name":"search","arguments":"{\"q\":\"AKIA\\u00"}"""), Piece("tool-call-delta", """{"arguments":"49OSFODNN7EXAMPLQ\"}"}"""),
            ends ? "data: {\"type\":\"tool-call-end\",\"index\":0}\n\n" : ""]);
        Assert.DoesNotContain("OSFODNN7", seen, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"ERROR\"", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/chat", "text/event-stream", "data: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"ghp_16C7\"}}}}\n\n", "data: {\"type\":\"message-end\"}\n\n")]
    [InlineData("/v1/chat", "application/stream+json", "{\"event_type\":\"text-generation\",\"text\":\"ghp_16C7\"}\n", "{\"event_type\":\"stream-end\"}\n")]
    public void The_last_words_go_on_with_the_end_and_not_only_when_the_connection_closes(string path, string type, string said, string end)
    {
        using var bench = new Bench(Policy);
        bench.Head(path: path).Body("""{"message":"hi","messages":null}""".Replace(path == "/v2/chat" ? "null" : "no such", "[]", StringComparison.Ordinal)).Take();
        bench.ResponseHead(type: type).Take();
        Assert.Equal("", bench.ResponseBody(said).Released());
        Assert.Equal(said + end, bench.ResponseBody(end).Released());
    }

    [Fact]
    public void Connectors_that_are_not_allowed_are_taken_out()
    {
        using var bench = new Bench(Policy);
        bench.Head(path: "/v1/chat").Body("""{"message":"hi","connectors":[{"id":"web-search"}],"k":1}""");
        Assert.Contains(bench.Take(), s => System.Text.Encoding.UTF8.GetString(s.Body.Span) == """{"message":"hi","k":1}""");
    }

    private static string Through(string path, string request, string type, string[] pieces)
    {
        using var bench = new Bench(Policy);
        bench.Head(path: path).Body(request).Take();
        bench.ResponseHead(type: type).Take();
        string seen = "";
        for (int i = 0; i < pieces.Length; i++)
        {
            bench.ResponseBody(pieces[i], end: i == pieces.Length - 1);
            seen += bench.Released();
        }
        return seen;
    }
}
