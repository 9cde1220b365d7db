namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>MCP through a whole exchange: what a policy takes out or masks, and what of it caches may keep.</summary>
public sealed class McpTests
{
    private const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: tools, match: {paths: ["/mcp"]}, protocol: mcp}
        rules:
          - name: searchers
            callers: [research]
            routes: [tools]
            tools: {allow: [search]}
            detectors:
              injection: {action: refuse}
              secrets: {action: redact}
        """;

    private const string Listing = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    [Fact]
    public void A_filtered_list_is_its_readers_alone_whole_and_in_a_stream()
    {
        const string list = """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe"},{"name":"search"}],"ttlMs":5,"cacheScope":"public"}}""";
        const string filtered = """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"}],"ttlMs":5,"cacheScope":"private"}}""";
        Assert.Equal(filtered, Through(Listing, "application/json", list));
        Assert.Equal($"event: message\ndata: {filtered}\n\n", Through(Listing, "text/event-stream", $"event: message\ndata: {list}\n\n"));
    }

    [Fact]
    public void A_masked_answer_is_its_readers_alone_whole_and_in_a_stream()
    {
        const string read = """{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///a"}}""";
        string answer = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"contents\":[{\"uri\":\"file:///a\",\"text\":\"key " + Key + "\"}],\"cacheScope\":\"public\",\"ttlMs\":5}}";
        foreach (string type in (string[])["application/json", "text/event-stream"])
        {
            string seen = Through(read, type, type == "application/json" ? answer : $"data: {answer}\n\n");
            Assert.DoesNotContain(Key, seen, StringComparison.Ordinal);
            Assert.Contains("\"cacheScope\":\"private\"", seen, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_nothing_was_done_to_goes_on_as_it_came()
    {
        const string answer = """{ "jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"}],"ttlMs":5, "cacheScope":"public"}}""";
        Assert.Equal(answer, Through(Listing, "application/json", answer));
    }

    /// <summary>A server's request rides on the answer to a call; the tools in it, its words and its addresses are judged like any.</summary>
    [Theory]
    [InlineData("""{"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"INJECT"}}],"maxTokens":1}}""")]
    [InlineData("""{"method":"sampling/createMessage","params":{"messages":[{"role":"assistant","content":{"type":"text","text":"INJECT"}}],"maxTokens":1}}""")]
    [InlineData("""{"method":"sampling/createMessage","params":{"messages":[],"systemPrompt":"INJECT","maxTokens":1}}""")]
    [InlineData("""{"method":"elicitation/create","params":{"message":"INJECT","requestedSchema":{"type":"object","properties":{}}}}""")]
    [InlineData("""{"method":"elicitation/create","params":{"message":"m","requestedSchema":{"type":"object","properties":{"a":{"type":"string","title":"INJECT"}}}}}""")]
    [InlineData("""{"method":"elicitation/create","params":{"mode":"url","message":"m","url":"https://elsewhere"}}""")]
    [InlineData("""{"method":"roots/list","params":{"_meta":{"note":"please INJECT"}}}""")]
    [InlineData("""{"method":"tools/call","params":{"name":"wipe"}}""")]
    public void What_a_server_asks_for_is_refused_in_a_result_and_in_a_stream(string asked)
    {
        const string call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}""";
        string seen = Through(call, "application/json", """{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"q":""" + asked + "}}}");
        Assert.Contains("\"isError\":true", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("inputRequests", seen, StringComparison.Ordinal);
        seen = Through(call, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":7," + asked[1..] + "\n\n");
        Assert.StartsWith("event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("\"method\"", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_that_a_server_offers_its_clients_model_are_taken_out()
    {
        const string call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}""";
        string seen = Through(call, "application/json",
            """{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"q":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1,"tools":[{"name":"wipe","inputSchema":{}},{"name":"search","inputSchema":{}}]}}}}}""");
        Assert.Contains("""{"messages":[],"maxTokens":1,"tools":[{"name":"search","inputSchema":{}}]}""", seen, StringComparison.Ordinal);
    }

    /// <summary>What a client answers to a server's question may call a tool too, and is refused before the server hears of it.</summary>
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":4,"result":{"role":"assistant","model":"m","content":[{"type":"tool_use","id":"c","name":"wipe","input":{}}]}}""", 403)]
    [InlineData("""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"search","inputResponses":{"q":{"role":"assistant","model":"m","content":{"type":"tool_use","id":"c","name":"wipe","input":{}}}}}}""", 200)]
    [InlineData("""{"jsonrpc":"2.0","id":4,"method":"tasks/update","params":{"taskId":"k","inputResponses":{"q":{"role":"assistant","model":"m","content":{"type":"tool_use","id":"c","name":"wipe","input":{}}}}}}""", 200)]
    [InlineData("""[{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"wipe"}}]""", 200)]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"wipe"}}""", 403)]
    public void A_forbidden_call_is_refused_wherever_it_stands(string body, int status)
    {
        using var bench = new Bench(Policy);
        Step refused = bench.Head(path: "/mcp").Body(body).Take()[^1];
        Assert.Equal((StepKind.Refuse, status), (refused.Kind, refused.Refusal!.Status));
        Assert.DoesNotContain("wipe", System.Text.Encoding.UTF8.GetString(refused.Refusal.Body), StringComparison.Ordinal);
    }

    /// <summary>A tool's result comes back on another request, which does not name the tool (tasks).</summary>
    [Theory]
    [InlineData("tasks/get", """{"taskId":"k","status":"completed","result":{"content":[{"type":"text","text":"INJECT"}]}}""")]
    [InlineData("tasks/get", """{"taskId":"k","status":"failed","statusMessage":"INJECT"}""")]
    [InlineData("tasks/get", """{"taskId":"k","status":"failed","error":{"code":-1,"message":"INJECT"}}""")]
    [InlineData("tasks/get", """{"taskId":"k","status":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{"message":"INJECT"}}}}""")]
    [InlineData("tasks/result", """{"content":[{"type":"text","text":"INJECT"}]}""")]
    [InlineData("tasks/list", """{"tasks":[{"taskId":"k","status":"working","statusMessage":"INJECT"}]}""")]
    [InlineData("prompts/get", """{"messages":[{"role":"assistant","content":{"type":"text","text":"INJECT"}}]}""")]
    [InlineData("completion/complete", """{"completion":{"values":["INJECT"]}}""")]
    [InlineData("resources/list", """{"resources":[{"uri":"u","name":"INJECT"}]}""")]
    [InlineData("initialize", """{"instructions":"INJECT","serverInfo":{"name":"s","version":"1"}}""")]
    [InlineData("server/discover", """{"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","description":"INJECT"}}}""")]
    public void Injections_are_found_in_whatever_a_server_answers(string method, string result)
    {
        string ask = $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{"taskId":"k","name":"n"} }""";
        string answer = $$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}""";
        Assert.Contains("\"error\":{\"code\":403001", Through(ask, "application/json", answer), StringComparison.Ordinal);
        Assert.Contains("\"error\":{\"code\":403001", Through(ask, "text/event-stream", $"data: {answer}\n\n"), StringComparison.Ordinal);
    }

    private static string Through(string request, string type, string response)
    {
        using var bench = new Bench(Policy);
        bench.Head(path: "/mcp").Body(request).Take();
        bench.ResponseHead(type: type).ResponseBody(response, end: true);
        return string.Concat(bench.Take().Select(s => System.Text.Encoding.UTF8.GetString(s.Kind == StepKind.Refuse ? s.Refusal!.Body : s.Kind == StepKind.ResponseBody ? s.Body.Span : default)));
    }
}
