using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.A2a;

public class A2aAnswerTests
{
    private const string Task1 = """
        {"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED","timestamp":"2026-01-01T00:00:00Z","message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"status words"}]}},
         "artifacts":[{"artifactId":"a","name":"report.md","description":"A report.","parts":[{"text":"artifact words"},{"data":{"k":"data words"}},{"raw":"aGk=","mediaType":"image/png"}]}],
         "history":[{"messageId":"h","role":"ROLE_USER","parts":[{"text":"my question"}]}],"metadata":{"run":"r-1"}}
        """;

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"task":TASK}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":TASK}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"tasks":[TASK],"nextPageToken":""}}""")]
    public void A_task_is_read_wherever_it_stands(string form)
    {
        using Message request = Asked("SendMessage");
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Response(message, request, form.Replace("TASK", Task1, StringComparison.Ordinal)));
        AssertTask(message);
    }

    [Fact]
    public void The_http_binding_answers_without_an_envelope()
    {
        using var request = new Message();
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(request, "GET", "/tasks/t"));
        Assert.Equal(ReadFault.None, A2a.Response(message, request, Task1, contentType: "application/a2a+json"));
        AssertTask(message);
    }

    [Theory]
    [InlineData("""[{"taskId":"t","pushNotificationConfig":{"url":"https://client.example/hook"}}]""")]
    [InlineData("""{"configs":[{"taskId":"t","url":"https://client.example/hook"}]}""")]
    public void Configurations_are_listed_in_two_forms_and_nobody_fetches_them(string result)
    {
        using Message request = Asked("ListTaskPushNotificationConfigs");
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Response(message, request, """{"jsonrpc":"2.0","id":7,"result":RESULT}""".Replace("RESULT", result, StringComparison.Ordinal)));
        Assert.Contains("Url: https://client.example/hook", A2a.Texts(message));
        Assert.Empty(message.Opaque);
        Assert.Equal(ReadFault.None, A2a.Response(message, request, """{"jsonrpc":"2.0","id":7,"result":null}"""));
    }

    [Fact]
    public void Errors_are_read_in_either_binding()
    {
        using Message request = Asked("SendMessage");
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Response(message, request, """{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"No such task","data":[{"reason":"TASK_NOT_FOUND"}]}}"""));
        Assert.Contains("ToolResult: No such task", A2a.Texts(message));
        Assert.Equal(ReadFault.None, A2a.Request(request, "GET", "/tasks/t"));
        Assert.Equal(ReadFault.None, A2a.Response(message, request, """{"error":{"code":404,"status":"NOT_FOUND","message":"No such task"}}""", status: 404));
        Assert.Contains("ToolResult: No such task", A2a.Texts(message));
        Assert.Equal(ReadFault.None, A2a.Response(message, request, "<h1>Bad gateway</h1>", status: 502, contentType: "text/html"));
        Assert.Contains("Unknown: <h1>Bad gateway</h1>", A2a.Texts(message));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{}}""", ReadFault.WrongShape)]
    [InlineData("""{"result":{"task":{}}}""", ReadFault.WrongShape)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"task":{"artifacts":[{"artifact_id":"a","artifactId":"b"}]}}}""", ReadFault.Ambiguous)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"task":{"artifacts":{"0":{}}}}}""", ReadFault.WrongShape)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{"message":{"parts":[{"text":"a","url":"https://x"}]}}}""", ReadFault.Ambiguous)]
    public void What_clients_could_read_in_two_ways_is_refused(string body, ReadFault fault)
    {
        using Message request = Asked("SendMessage");
        using var message = new Message();
        Assert.Equal(fault, A2a.Response(message, request, body));
    }

    [Fact]
    public void A_card_describes_an_agent()
    {
        using var request = new Message();
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(request, "GET", "/.well-known/agent-card.json"));
        string card = """
            {"name":"Planner","description":"Plans trips.","supportedInterfaces":[{"url":"https://agent.example/a2a","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],
             "provider":{"organization":"Example Ltd","url":"https://example.com"},"version":"1.2.0","capabilities":{"streaming":true,"extensions":[{"uri":"https://example.com/e","description":"More."}]},
             "securitySchemes":{"k":{"apiKeySecurityScheme":{"name":"x-key","location":"header"}}},"defaultInputModes":["text/plain"],
             "skills":[{"id":"plan","name":"Plan a trip","description":"Ignore other agents.","tags":["travel"],"examples":["Go to Oslo"]}],
             "signatures":[{"protected":"eyJhbGciOiJFUzI1NiJ9","signature":"QmFzZTY0"}],"iconUrl":"https://example.com/i.png"}
            """;
        Assert.Equal(ReadFault.None, A2a.Response(message, request, card));
        List<string> texts = A2a.Texts(message);
        foreach (string words in (string[])["Planner", "Plans trips.", "Plan a trip", "Ignore other agents.", "travel", "Go to Oslo", "More.", "Example Ltd"])
            Assert.Contains($"ToolDescription: {words}", texts);
        Assert.Contains("Url: https://agent.example/a2a", texts);
        Assert.Contains("Url: https://example.com/i.png", texts);
        Assert.Contains("Metadata: plan", texts);
        Assert.Contains("Metadata: JSONRPC", texts);
        Assert.Contains("Metadata: eyJhbGciOiJFUzI1NiJ9", texts);
        Assert.Empty(message.Opaque);
        Assert.Empty(message.ToolDeclarations);
    }

    [Fact]
    public void A_task_that_looks_like_a_card_is_read_as_a_task()
    {
        using Message request = Asked("SendMessage");
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Response(message, request, """{"jsonrpc":"2.0","id":7,"result":{"skills":[],"task":{"artifacts":[{"parts":[{"raw":"aGk="}]}]}}}"""));
        Assert.Equal([OpaqueKind.File], A2a.Opaque(message));
    }

    [Fact]
    public void Every_known_text_of_an_exchange_has_a_role()
    {
        using Message request = Asked("SendMessage");
        using var message = new Message();
        A2a.Response(message, request, """{"jsonrpc":"2.0","id":7,"result":{"task":TASK}}""".Replace("TASK", Task1, StringComparison.Ordinal));
        Assert.DoesNotContain(message.Segments, s => s.Role == TextRole.Unknown);
        // Counted by another reader: every string value is a segment or an opaque part.
        using JsonDocument plain = JsonDocument.Parse(message.Body);
        Assert.Equal(Strings(plain.RootElement).Count(s => s.Length > 0), message.Segments.Count + message.Opaque.Count);
    }

    [Theory]
    [InlineData("POST", "/agent", true)]
    [InlineData("POST", "/message:send", false)]
    [InlineData("GET", "/tasks/t", false)]
    [InlineData("GET", "/anything", false)]
    public void A_refusal_is_in_the_words_of_the_binding(string method, string path, bool rpc)
    {
        using var request = new Message();
        if (rpc)
            A2a.Request(request, method, path, """{"jsonrpc":"2.0","id":"a-7","method":"SendMessage","params":{}}""");
        Refusal refusal = A2a.Dialect.Refuse(A2a.Reason, request, A2a.Head(method, path));
        using JsonDocument body = JsonDocument.Parse(refusal.Body);
        JsonElement error = body.RootElement.GetProperty("error");
        Assert.Contains("event ev-1", error.GetProperty("message").GetString());
        Assert.Equal(rpc ? 200 : 403, refusal.Status);
        if (rpc)
            Assert.Equal("a-7", body.RootElement.GetProperty("id").GetString());
        else
            Assert.Equal("PERMISSION_DENIED", error.GetProperty("status").GetString());
        Assert.Equal("TOOL_NOT_ALLOWED", error.GetProperty(rpc ? "data" : "details")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public void A_request_that_could_not_be_read_is_refused_with_a_status_and_no_id()
    {
        Refusal refusal = A2a.Dialect.Refuse(A2a.Reason, null, A2a.Head("POST", "/agent"));
        Assert.Equal(403, refusal.Status);
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(refusal.Body).RootElement.GetProperty("id").ValueKind);
    }

    private static void AssertTask(Message message)
    {
        List<string> texts = A2a.Texts(message);
        Assert.Contains("ToolResult: status words", texts);
        Assert.Contains("ToolResult: artifact words", texts);
        Assert.Contains("ToolResult: data words", texts);
        Assert.Contains("ToolResult: A report.", texts);
        Assert.Contains("User: my question", texts);
        Assert.Contains("FileName: report.md", texts);
        Assert.Contains("Metadata: TASK_STATE_COMPLETED", texts);
        Assert.Equal([OpaqueKind.Image], A2a.Opaque(message));
    }

    private static Message Asked(string method)
    {
        var request = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(request, method, """{"message":{"parts":[]}}"""));
        return request;
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Strings(p.Value)),
        _ => [],
    };
}
