using System.Text.Json;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Ollama's lines through a whole exchange.</summary>
public sealed class OllamaTests
{
    private const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: llm, match: {paths: ["/api/**"]}, protocol: ollama}
        rules:
          - name: searchers
            callers: [research]
            routes: [llm]
            tools: {allow: [search]}
            models: {allow: ["llama*"]}
            detectors:
              injection: {action: refuse, directions: [request]}
              secrets: {action: redact}
        """;

    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    [Fact]
    public void A_masked_text_takes_the_token_numbers_that_repeat_it_along()
    {
        string[] lines = [Said($"The key is {Key[..9]}"), Said(Key[9..20]), Said(Key[20..] + ", keep it."), Last];
        string seen = Through("generate", lines);
        Assert.Equal("The key is ", string.Concat(Texts(seen))[..11]);
        Assert.DoesNotContain(Key[9..20], seen, StringComparison.Ordinal);
        Assert.EndsWith("""{"model":"llama3","response":"","done":true,"context":null,"eval_count":3}""" + "\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nothing_was_done_to_goes_on_as_it_came()
    {
        string[] lines = [Said("Hello "), Said("there."), Last];
        Assert.Equal(string.Concat(lines), Through("generate", lines));
    }

    [Fact]
    public void The_last_words_go_on_with_the_line_that_is_done()
    {
        using var bench = new Bench(Policy);
        bench.Head(path: "/api/generate").Body("""{"model":"llama3","prompt":"hi"}""").Take();
        bench.ResponseHead(type: "application/x-ndjson").Take();
        Assert.Equal("", bench.ResponseBody(Said("ghp_16C7")).Released());
        Assert.Equal(Said("ghp_16C7") + Last, bench.ResponseBody(Last).Released());
    }

    [Fact]
    public void A_forbidden_call_ends_the_stream_with_a_last_line_that_says_why()
    {
        const string text = """{"model":"llama3","message":{"role":"assistant","content":"Sure. "},"done":false}""" + "\n";
        const string call = """{"model":"llama3","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"delete_all","arguments":{}}}]},"done":false}""" + "\n";
        string seen = Through("chat", [text, call]);
        Assert.StartsWith(text, seen, StringComparison.Ordinal);
        Assert.DoesNotContain("delete_all", seen, StringComparison.Ordinal);
        using JsonDocument last = JsonDocument.Parse(seen[text.Length..]);
        Assert.True(last.RootElement.GetProperty("done").GetBoolean());
        Assert.Contains("event ", last.RootElement.GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pull", "POST", """{"model":"llama3"}""", true)]
    [InlineData("pull", "POST", """{"model":"evil"}""", false)]
    [InlineData("pull", "POST", """{"name":"evil"}""", false)]
    [InlineData("delete", "DELETE", """{"name":"evil"}""", false)]
    [InlineData("copy", "POST", """{"source":"llama3","destination":"evil"}""", false)]
    [InlineData("copy", "POST", """{"source":"evil","destination":"llama3"}""", false)]
    [InlineData("create", "POST", """{"model":"llama4","from":"evil"}""", false)]
    [InlineData("create", "POST", """{"model":"llama4","from":"llama3"}""", true)]
    [InlineData("show", "POST", """{"model":"evil"}""", false)]
    [InlineData("web_search", "POST", """{"query":"x"}""", false)]
    public void Models_are_managed_under_the_policys_word_on_models_and_tools(string operation, string method, string body, bool allowed)
    {
        using var bench = new Bench(Policy);
        bench.Head(path: "/api/" + operation, method: method).Body(body);
        Assert.Equal(allowed, !bench.Take().Exists(s => s.Kind == StepKind.Refuse));
    }

    private static string Said(string text) => $$"""{"model":"llama3","response":"{{text}}","done":false}""" + "\n";

    private const string Last = """{"model":"llama3","response":"","done":true,"context":[1,2,3],"eval_count":3}""" + "\n";

    private static IEnumerable<string> Texts(string lines) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("response").GetString()!);

    private static string Through(string operation, string[] lines)
    {
        using var bench = new Bench(Policy);
        bench.Head(path: "/api/" + operation).Body("""{"model":"llama3","prompt":"hi"}""").Take();
        bench.ResponseHead(type: "application/x-ndjson").Take();
        string seen = "";
        for (int i = 0; i < lines.Length; i++)
        {
            bench.ResponseBody(lines[i], end: i == lines.Length - 1);
            seen += bench.Released();
        }
        return seen;
    }
}
