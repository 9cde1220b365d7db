using System.Text;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Streams that say everything several times: what is over is let go, every copy is masked alike, and a refusal goes on from what the client has seen.</summary>
public sealed class ResponsesTests
{
    private const string Policy = """
        version: 1
        name: responses
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: llm, match: {paths: ["/v1/responses"]}, protocol: openai-responses}
        rules:
          - name: searchers
            callers: [research]
            routes: [llm]
            tools: {allow: [search]}
            uninspectable: {encrypted: allow}
            detectors:
              injection: {action: refuse}
              secrets: {action: redact}
        """;

    private static readonly string Created = Event("response.created", """ "response":{"id":"resp_1","object":"response","model":"m","output":[]} """);

    [Fact]
    public void The_last_words_of_a_text_are_let_go_when_it_is_done()
    {
        using Bench bench = Begun();
        string thought = Event("response.reasoning_summary_text.delta", """ "output_index":0,"summary_index":0,"delta":"the key sk-live" """);
        Assert.Equal(Created, bench.ResponseBody(Created + thought).Released());
        string done = Event("response.reasoning_summary_text.done", """ "output_index":0,"summary_index":0,"text":"the key sk-live" """);
        Assert.Equal(thought + done, bench.ResponseBody(done).Released());
        string text = Event("response.output_text.delta", """ "output_index":1,"content_index":0,"delta":"Hello there. " """);
        Assert.Equal(text, bench.ResponseBody(text).Released());
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(173)]
    public void A_secret_over_two_pieces_is_masked_in_every_copy(int pieceBytes)
    {
        const string Secret = "AKIAIOSFODNN7EXAMPLQ";
        string item = """{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"key TEXT ok"}]}""".Replace("TEXT", Secret, StringComparison.Ordinal);
        string all = Created
            + Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"key AKIAIOSF" """)
            + Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"ODNN7EXAMPLQ ok" """)
            + Event("response.output_text.done", $"\"output_index\":0,\"content_index\":0,\"text\":\"key {Secret} ok\"")
            + Event("response.output_item.done", "\"output_index\":0,\"item\":" + item)
            + Event("response.completed", "\"response\":{\"id\":\"resp_1\",\"output\":[" + item + "]}");
        using Bench bench = Begun();
        var released = new StringBuilder();
        for (int at = 0; at < all.Length; at += Math.Min(pieceBytes, all.Length - at))
            released.Append(bench.ResponseBody(all.Substring(at, Math.Min(pieceBytes, all.Length - at)), end: at + Math.Min(pieceBytes, all.Length - at) == all.Length).Released());
        string seen = released.ToString();
        Assert.DoesNotContain("AKIA", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("EXAMPLQ", seen, StringComparison.Ordinal);
        Assert.Equal(4, seen.Split("[REDACTED").Length - 1);
        Assert.Equal(3, seen.Split("\"key [REDACTED:aws-access-key-id] ok\"").Length - 1);
    }

    [Fact]
    public void A_call_goes_on_when_it_is_done_and_one_that_is_not_allowed_never()
    {
        using Bench bench = Begun();
        string begun = Call("added", "search", "") + Event("response.function_call_arguments.delta", """ "output_index":0,"delta":"{}" """);
        Assert.Equal(Created, bench.ResponseBody(Created + begun).Released());
        string done = Call("done", "search", "{}");
        Assert.Equal(begun + done, bench.ResponseBody(done).Released());
        string refusal = bench.ResponseBody(Call("added", "delete_all", "") + Call("done", "delete_all", "{}")).Released();
        Assert.DoesNotContain("delete_all", refusal, StringComparison.Ordinal);
        Assert.StartsWith("event: response.output_item.added\n", refusal, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"content_filter\"", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_before_anything_was_sent_begins_a_response()
    {
        using Bench bench = Begun();
        string refusal = bench.ResponseBody(Call("done", "delete_all", "{}")).Released();
        Assert.StartsWith("event: response.created\n", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("delete_all", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLQ", "[REDACTED")]
    [InlineData("AKIA\\\\u0049OSFODNN7EXAMPLQ", "content_filter")]
    [InlineData("Gr\\\\u00fc\\\\u00dfe", "Gr\\\\u00fc\\\\u00dfe")]
    public void A_secret_in_arguments_is_masked_and_one_written_with_escapes_refused(string words, string expected)
    {
        using Bench bench = Begun();
        string arguments = """{\"q\":\"WORDS\"}""".Replace("WORDS", words, StringComparison.Ordinal);
        string all = Created + Call("added", "search", "") + Event("response.function_call_arguments.delta", $"\"output_index\":0,\"delta\":\"{arguments}\"")
            + Event("response.function_call_arguments.done", $"\"output_index\":0,\"arguments\":\"{arguments}\"") + Call("done", "search", arguments);
        string released = bench.ResponseBody(all, end: true).Released();
        Assert.Contains(expected, released, StringComparison.Ordinal);
        Assert.DoesNotContain("OSFODNN7", released, StringComparison.Ordinal);
    }

    [Fact]
    public void More_items_than_a_stream_has_channels_go_through()
    {
        using Bench bench = Begun();
        var all = new StringBuilder(Created);
        for (int i = 0; i < 1500; i++)
        {
            all.Append(Event("response.output_text.delta", $"\"output_index\":{i},\"content_index\":0,\"delta\":\"a b \""))
                .Append(Event("response.output_text.done", $"\"output_index\":{i},\"content_index\":0,\"text\":\"a b \""));
        }
        Assert.Equal(all.ToString(), bench.ResponseBody(all.ToString(), end: true).Released());
    }

    private static Bench Begun()
    {
        var bench = new Bench(Policy);
        bench.Head(path: "/v1/responses").Body("""{"model":"m","stream":true,"input":"hi"}""").Take();
        bench.ResponseHead(type: "text/event-stream; charset=utf-8").Take();
        return bench;
    }

    private static string Call(string step, string name, string arguments) =>
        Event($"response.output_item.{step}", $$"""
            "output_index":0,"item":{"type":"function_call","id":"fc","call_id":"c_{{name}}","name":"{{name}}","arguments":"{{arguments}}"}
            """);

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members.Trim()}}}\n\n";
}
