using System.Net;
using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Mesh.Tests;

/// <summary>The filter in a real Istio sidecar: identities from istiod's certificates, our own EnvoyFilter applied with kubectl.</summary>
public sealed class SidecarTests(MeshProcess mesh) : IClassFixture<MeshProcess>
{
    private const string Policy = """
        version: 1
        name: mesh
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
          support: {namespace: agents, serviceAccount: support}
        routes:
          - {name: tools, match: {paths: ["/mcp"]}, protocol: mcp}
          - {name: llm, match: {paths: ["/v1/chat/completions"]}, protocol: openai-chat}
        rules:
          - name: research-may-search
            callers: [research]
            routes: [tools, llm]
            tools: {allow: [search]}
            detectors: {injection: {action: ignore}}
          - name: support-may-mail
            callers: [support]
            routes: [tools]
            tools: {allow: [send_mail]}
            detectors: {injection: {action: ignore}}
        """;

    private static string Call(string tool) => """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"TOOL","arguments":{}}}""".Replace("TOOL", tool, StringComparison.Ordinal);

    private static readonly OriginAnswer Done = OriginAnswer.Json("""{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"done"}]}}""");

    [Fact]
    public async Task A_tool_is_allowed_to_one_caller_and_refused_to_another_by_their_certificates()
    {
        MeshProcess.Require();
        await using ScriptedOrigin origin = await Origin(Done);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        MeshProcess.Serve(filter);

        (HttpStatusCode status, string allowed) = await Post(mesh.AsResearch, Call("search"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("done", allowed, StringComparison.Ordinal);
        Assert.Single(origin.Requests);

        (_, string refused) = await Post(mesh.AsSupport, Call("search"));
        Assert.Contains("\"isError\":true", refused, StringComparison.Ordinal);
        Assert.Single(origin.Requests);

        (_, string mailed) = await Post(mesh.AsSupport, Call("send_mail"));
        Assert.Contains("done", mailed, StringComparison.Ordinal);
        IReadOnlyList<string> audit = await filter.AuditLines(5);
        Assert.Contains(audit, l => l.Contains("spiffe://cluster.local/ns/agents/sa/research", StringComparison.Ordinal) && l.Contains("peer_certificate", StringComparison.Ordinal));
        Assert.Contains(audit, l => l.Contains("spiffe://cluster.local/ns/agents/sa/support", StringComparison.Ordinal) && l.Contains("tool_not_allowed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forged_identity_header_changes_nothing_and_does_not_reach_the_origin()
    {
        MeshProcess.Require();
        await using ScriptedOrigin origin = await Origin(Done);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        MeshProcess.Serve(filter);
        const string Forged = "By=spiffe://cluster.local/ns/llm/sa/llm;Hash=00;URI=spiffe://cluster.local/ns/agents/sa/research";
        (_, string refused) = await Post(mesh.AsSupport, Call("search"), ("x-forwarded-client-cert", Forged), ("x-spiffe-id", "spiffe://cluster.local/ns/agents/sa/research"));
        Assert.Contains("\"isError\":true", refused, StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
        await Post(mesh.AsSupport, Call("send_mail"), ("x-spiffe-id", "spiffe://cluster.local/ns/agents/sa/research"));
        Assert.DoesNotContain(Assert.Single(origin.Requests).Headers, h => h.Key.Equals("x-spiffe-id", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Plain_text_is_refused_before_anyone_hears_of_it()
    {
        MeshProcess.Require();
        await using ScriptedOrigin origin = await Origin(Done);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        MeshProcess.Serve(filter);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Post(mesh.Plain, Call("search")));
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task While_the_filter_is_down_everything_is_refused_and_afterwards_it_works_again()
    {
        MeshProcess.Require();
        await using ScriptedOrigin origin = await Origin(Done);
        await using (FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy }))
        {
            MeshProcess.Serve(filter);
            Assert.Equal(HttpStatusCode.OK, (await Post(mesh.AsResearch, Call("search"))).Status);
        }
        MeshProcess.ServeNobody();
        Assert.Equal(HttpStatusCode.InternalServerError, (await Post(mesh.AsResearch, Call("search"))).Status);
        Assert.Single(origin.Requests);
        await using FilterProcess again = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        MeshProcess.Serve(again);
        Assert.Equal(HttpStatusCode.OK, (await Post(mesh.AsResearch, Call("search"))).Status);
    }

    [Fact]
    public async Task A_forbidden_call_in_a_stream_is_cut_gracefully()
    {
        MeshProcess.Require();
        static string Chunk(string delta, string finish) => "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
        OriginAnswer stream = OriginAnswer.EventStream(TimeSpan.FromMilliseconds(30), Chunk("""{"content":"Sure. "}""", "null"),
            Chunk("""{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"delete_all","arguments":"{}"}}]}""", "null"), Chunk("{}", "\"tool_calls\""), "data: [DONE]\n\n");
        await using ScriptedOrigin origin = await Origin(stream);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        MeshProcess.Serve(filter);
        (HttpStatusCode status, string seen) = await Post(mesh.AsResearch, """{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""", path: "/v1/chat/completions");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith(Chunk("""{"content":"Sure. "}""", "null"), seen, StringComparison.Ordinal);
        Assert.DoesNotContain("delete_all", seen, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_is_changed_under_traffic_without_one_wrong_answer()
    {
        MeshProcess.Require();
        await using ScriptedOrigin origin = await Origin(Done);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy, Config = "policyInterval: 0.1\n" });
        MeshProcess.Serve(filter);
        using var stop = new CancellationTokenSource();
        // What both policies agree on must hold in every single answer.
        Task<int> allowed = Traffic(mesh.AsResearch, "search", a => a.Contains("done", StringComparison.Ordinal), stop.Token);
        Task<int> refused = Traffic(mesh.AsSupport, "search", a => a.Contains("\"isError\":true", StringComparison.Ordinal), stop.Token);
        for (int i = 0; i < 6; i++)
        {
            bool withFetch = i % 2 == 0;
            await File.WriteAllTextAsync(filter.PolicyFile, withFetch ? Policy.Replace("allow: [search]", "allow: [search, fetch]", StringComparison.Ordinal) : Policy);
            await Until(async () => (await Post(mesh.AsResearch, Call("fetch"))).Body.Contains("done", StringComparison.Ordinal) == withFetch);
        }
        await File.WriteAllTextAsync(filter.PolicyFile, "version: 1\nname: broken\nrules: [{}]\n");
        await Until(async () => (await filter.Page("/readyz")).Contains("refused", StringComparison.Ordinal));
        await stop.CancelAsync();
        Assert.InRange(await allowed, 10, int.MaxValue);
        Assert.InRange(await refused, 10, int.MaxValue);
    }

    private Task<ScriptedOrigin> Origin(OriginAnswer answer) => ScriptedOrigin.Start(_ => answer, port: mesh.OriginPort);

    private static async Task<int> Traffic(Uri caller, string tool, Func<string, bool> right, CancellationToken stop)
    {
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            (_, string body) = await Post(caller, Call(tool));
            Assert.True(right(body), body);
            count++;
        }
        return count;
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 200; i++)
        {
            if (await condition())
                return;
            await Task.Delay(50);
        }
        Assert.Fail("It did not come about in time.");
    }

    private static async Task<(HttpStatusCode Status, string Body)> Post(Uri service, string body, params (string, string)[] fields) => await Post(service, body, "/mcp", fields);

    private static async Task<(HttpStatusCode Status, string Body)> Post(Uri service, string body, string path, params (string, string)[] fields)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service, path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Host = "llm.internal";
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        foreach ((string name, string value) in fields)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
