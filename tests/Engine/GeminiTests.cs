using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Gemini's streams through a whole exchange, as events and as one array.</summary>
public sealed class GeminiTests
{
    private const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: llm, match: {paths: ["/v1beta/**"]}, protocol: gemini}
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

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 7)]
    [InlineData(true, 100_000)]
    [InlineData(false, 1)]
    [InlineData(false, 7)]
    [InlineData(false, 100_000)]
    public void A_secret_over_three_answers_is_masked_in_them(bool events, int piece)
    {
        string[] answers = [Said("The key is " + Key[..9]), Said(Key[9..20]), Said(Key[20..] + ", keep it."), Said("", "STOP")];
        string seen = Through(events, Framed(events, answers), piece);
        Assert.DoesNotContain(Key[9..20], seen, StringComparison.Ordinal);
        Assert.Equal("The key is [REDACTED", Text(events, seen)[..20]);
        Assert.EndsWith(", keep it.", Text(events, seen), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_nothing_was_done_to_goes_on_as_it_came(bool events)
    {
        string stream = Framed(events, [Said("Hello "), Said("there."), Call("""{"name":"search","willContinue":true}"""), Call("{}"), Said("", "STOP")]);
        for (int piece = 1; piece < 60; piece += 7)
            Assert.Equal(stream, Through(events, stream, piece));
    }

    [Theory]
    [InlineData(true, """{"name":"delete_all","args":{}}""")]
    [InlineData(false, """{"name":"delete_all","args":{}}""")]
    [InlineData(true, """{"name":"delete_all","willContinue":true}""")]
    [InlineData(false, """{"name":"delete_all","willContinue":true}""")]
    public void A_forbidden_call_ends_the_stream_where_it_stands_however_it_comes(bool events, string call)
    {
        foreach (string[] before in (string[][])[[], [Said("Sure. ")], [Said("Sure. "), Call("""{"name":"search","args":{}}""")]])
        {
            string stream = Framed(events, [.. before, Call(call), Call("{}"), Said("", "STOP")]);
            string whole = Through(events, stream, 100_000);
            Assert.DoesNotContain("delete_all", whole, StringComparison.Ordinal);
            JsonElement last = Answers(events, whole)[^1].GetProperty("candidates")[0];
            Assert.Equal("PROHIBITED_CONTENT", last.GetProperty("finishReason").GetString());
            Assert.Contains("event ", last.GetProperty("finishMessage").GetString(), StringComparison.Ordinal);
            foreach (int piece in (int[])[1, 13])
                Assert.Equal(Text(events, whole).Split("(event")[0], Text(events, Through(events, stream, piece)).Split("(event")[0]);
        }
    }

    [Fact]
    public void An_array_that_stalls_is_closed()
    {
        using Bench bench = Begun(events: false);
        string first = "[" + Said("Hello there, my friend. How are you today? ");
        Assert.Equal(first, bench.ResponseBody(first).Released());
        bench.Exchange.OnDeadline();
        string end = bench.Released();
        Assert.Equal(2, JsonDocument.Parse(first + end).RootElement.GetArrayLength());
    }

    private static string Said(string text, string? finish = null) =>
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" + text + "\"}],\"role\":\"model\"}" + (finish is null ? "" : $",\"finishReason\":\"{finish}\"") + "}]}";

    private static string Call(string call) => "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":" + call + "}],\"role\":\"model\"}}]}";

    private static string Framed(bool events, string[] answers) =>
        events ? string.Concat(answers.Select(a => $"data: {a}\r\n\r\n")) : $"[{string.Join("\n,\r\n", answers)}\n]\n";

    private static List<JsonElement> Answers(bool events, string stream) =>
        events ? [.. stream.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries).Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)] : [.. JsonDocument.Parse(stream).RootElement.EnumerateArray()];

    private static string Text(bool events, string stream) =>
        string.Concat(Answers(events, stream).SelectMany(a => a.GetProperty("candidates").EnumerateArray()).Where(c => c.TryGetProperty("content", out _))
            .SelectMany(c => c.GetProperty("content").GetProperty("parts").EnumerateArray()).Select(p => p.TryGetProperty("text", out JsonElement text) ? text.GetString() : ""));

    private static string Through(bool events, string stream, int piece)
    {
        using Bench bench = Begun(events);
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int at = 0; at < bytes.Length; at += piece)
        {
            int length = Math.Min(piece, bytes.Length - at);
            bench.Exchange.OnResponseBody(bytes.AsMemory(at, length), at + length == bytes.Length);
        }
        return bench.Released();
    }

    private static Bench Begun(bool events)
    {
        var bench = new Bench(Policy);
        bench.Head(path: "/v1beta/models/m:streamGenerateContent" + (events ? "?alt=sse" : "")).Body("""{"contents":[{"parts":[{"text":"hi"}]}]}""").Take();
        bench.ResponseHead(type: events ? "text/event-stream" : "application/json; charset=UTF-8").Take();
        return bench;
    }
}
