using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

public class McpRefusalTests
{
    private const string Text = "The policy does not allow this caller to use the tool. (event e1)";
    private static readonly RefusalReason Mismatch = new("header_mismatch", "A header contradicts the body.", "e1");

    [Theory]
    [InlineData("1")]
    [InlineData("\"call-1\"")]
    [InlineData("\"a\\u0062\\\"c\"")]
    [InlineData("9007199254740993")]
    public void A_refused_call_is_a_result_the_model_can_read(string id)
    {
        using var mcp = new McpExchange();
        mcp.Send($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"t"}}""");
        Refusal refusal = mcp.Refuse();
        Assert.Equal((200, "application/json"), (refusal.Status, refusal.ContentType));
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"content":[{"type":"text","text":"{{{Text}}}"}],"isError":true}}""", Encoding.UTF8.GetString(refusal.Body));
    }

    [Fact]
    public void A_refused_call_of_the_stateless_era_is_complete()
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""");
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[{"type":"text","text":"{{{Text}}}"}],"isError":true}}""", Encoding.UTF8.GetString(mcp.Refuse().Body));
    }

    [Fact]
    public void Any_other_refused_request_gets_an_error_outside_the_reserved_codes()
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}""");
        Refusal refusal = mcp.Refuse();
        Assert.Equal(200, refusal.Status);
        Assert.Equal($$$$"""{"jsonrpc":"2.0","id":7,"error":{"code":403001,"message":"{{{{Text}}}}","data":{"reason":"tool_not_allowed","event":"e1"}}}""", Encoding.UTF8.GetString(refusal.Body));
    }

    [Fact]
    public void A_refused_batch_gets_an_answer_for_each_of_its_requests_in_order()
    {
        using var mcp = new McpExchange();
        mcp.Send("""[{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t"}},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":5,"result":{}}]""");
        using JsonDocument body = JsonDocument.Parse(mcp.Refuse().Body);
        Assert.Equal([2, 1], body.RootElement.EnumerateArray().Select(e => e.GetProperty("id").GetInt32()));
        Assert.True(body.RootElement[0].GetProperty("result").GetProperty("isError").GetBoolean());
        Assert.Equal(403001, body.RootElement[1].GetProperty("error").GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":5,"result":{}}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"notifications/x"}]""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void What_waits_for_no_answer_is_refused_with_a_status(string body)
    {
        using var mcp = new McpExchange();
        mcp.Send(body);
        Refusal refusal = mcp.Refuse();
        Assert.Equal((403, "application/json"), (refusal.Status, refusal.ContentType));
        using JsonDocument answer = JsonDocument.Parse(refusal.Body);
        Assert.Equal(JsonValueKind.Null, answer.RootElement.GetProperty("id").ValueKind);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(413)]
    [InlineData(415)]
    public void What_could_not_be_read_is_refused_in_the_protocols_shape(int status)
    {
        using var mcp = new McpExchange();
        Refusal refusal = mcp.Refuse(read: false, McpExchange.Reason with { Status = status });
        Assert.Equal((status, "application/json"), (refusal.Status, refusal.ContentType));
        using JsonDocument answer = JsonDocument.Parse(refusal.Body);
        Assert.Equal("2.0", answer.RootElement.GetProperty("jsonrpc").GetString());
        Assert.DoesNotContain(refusal.Headers, h => h.Name.Equals("www-authenticate", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The HTTP+SSE transport of 2024-11-05: the answer to a POST is its status, and messages come on another stream.</summary>
    [Theory]
    [InlineData("/messages?sessionId=1", "*/*", 403)]
    [InlineData("/messages/?session_id=1", "", 403)]
    [InlineData("/mcp?session_id=1", "application/json, text/event-stream", 200)]
    [InlineData("/mcp", "", 200)]
    public void A_client_that_reads_no_answer_is_told_by_the_status(string path, string accept, int status)
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "POST").Add(":path", path).Add("accept", accept);
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}""");
        Assert.Equal(status, mcp.Refuse().Status);
    }

    [Fact]
    public void Headers_that_contradict_the_body_are_refused_as_the_specification_says()
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Add("mcp-name", "other");
        Assert.Equal(ReadFault.HeaderMismatch, mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"""));
        Refusal refusal = mcp.Refuse(reason: Mismatch);
        Assert.Equal(400, refusal.Status);
        Assert.StartsWith("""{"jsonrpc":"2.0","id":1,"error":{"code":-32020,""", Encoding.UTF8.GetString(refusal.Body));
        Assert.Equal(400, mcp.Refuse(read: false, Mismatch).Status);
    }
}
