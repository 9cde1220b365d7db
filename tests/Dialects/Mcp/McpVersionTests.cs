using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;
using static EnvoyExtAuthz.Tests.Dialects.Mcp.McpExchange;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>Messages that only older versions of the protocol have, and what each of their texts is for.</summary>
public class McpVersionTests
{
    [Theory]
    [InlineData("2024-11-05", """{"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{"roots":{"listChanged":true}},"clientInfo":{"name":"c","version":"1"}}}""", "Metadata:2024-11-05 Metadata:c Metadata:1")]
    [InlineData("2024-11-05", """{"method":"logging/setLevel","params":{"level":"debug"}}""", "Metadata:debug")]
    [InlineData("2024-11-05", """{"method":"resources/subscribe","params":{"uri":"file:///a"}}""", "Url:file:///a")]
    [InlineData("2024-11-05", """{"method":"prompts/get","params":{"name":"p","arguments":{"code":"x"}}}""", "Metadata:p User:x")]
    [InlineData("2024-11-05", """{"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"u"},"argument":{"name":"a","value":"x"}}}""", "Metadata:ref/resource Url:u User:a User:x")]
    [InlineData("2025-03-26", """{"method":"notifications/cancelled","params":{"requestId":"r","reason":"x"}}""", "Metadata:r User:x")]
    [InlineData("2025-03-26", """{"method":"tools/call","params":{"name":"t","_meta":{"progressToken":"p"}}}""", "Metadata:t Metadata:p")]
    [InlineData("2025-06-18", """{"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"x"},"context":{"arguments":{"b":"y"}}}}""", "Metadata:ref/prompt Metadata:p User:a User:x User:y")]
    [InlineData("2025-11-25", """{"method":"tools/call","params":{"name":"t","arguments":{"a":"x"},"task":{"ttl":60}}}""", "Metadata:t ToolArgument:x")]
    [InlineData("2025-11-25", """{"method":"tasks/result","params":{"taskId":"k"}}""", "Metadata:k")]
    [InlineData("2025-11-25", """{"method":"notifications/tasks/status","params":{"taskId":"k","status":"failed","statusMessage":"x"}}""", "Metadata:k Metadata:failed User:x")]
    public void A_clients_message_is_read_in_every_version(string version, string message, string expected)
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Add("mcp-protocol-version", version);
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":1,""" + message[1..]));
        Assert.Equal(expected, string.Join(" ", Texts(mcp.Request).Skip(2)));
        AssertEachStringOnce(mcp.Request);
    }

    [Theory]
    [InlineData("""{"id":3,"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"x"}},{"role":"assistant","content":{"type":"image","data":"AA","mimeType":"image/png"}}],"systemPrompt":"s","includeContext":"none","maxTokens":1,"stopSequences":["."],"metadata":{"m":"z"}}}""", "User:x ToolDescription:s Unknown:z")]
    [InlineData("""{"id":3,"method":"elicitation/create","params":{"message":"x","requestedSchema":{"type":"object","properties":{"a":{"type":"string","title":"t"}}}}}""", "ToolResult:x Schema:object Schema:a Schema:string Schema:t")]
    [InlineData("""{"id":3,"method":"elicitation/create","params":{"mode":"url","message":"x","url":"https://u","elicitationId":"e"}}""", "ToolResult:x Url:https://u")]
    [InlineData("""{"id":3,"method":"roots/list"}""", "")]
    [InlineData("""{"method":"notifications/message","params":{"level":"error","logger":"l","data":{"k":"x"}}}""", "ToolResult:x")]
    [InlineData("""{"method":"notifications/progress","params":{"progressToken":"p","progress":1,"message":"x"}}""", "ToolResult:x")]
    [InlineData("""{"method":"notifications/tasks","params":{"taskId":"k","status":"completed","result":{"content":[{"type":"text","text":"x"}]}}}""", "ToolResult:x")]
    [InlineData("""{"method":"notifications/resources/updated","params":{"uri":"u"}}""", "Url:u")]
    [InlineData("""{"method":"notifications/tools/list_changed"}""", "")]
    [InlineData("""{"id":1,"error":{"code":-32042,"message":"x","data":{"elicitations":[{"mode":"url","url":"https://u","elicitationId":"e","message":"y"}]}}}""", "ToolResult:x Url:https://u ToolResult:y")]
    public void A_servers_message_is_read_in_every_version(string message, string expected)
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}""");
        using EventStream stream = mcp.Open();
        Assert.Equal(ReadFault.None, mcp.Event(stream, """{"jsonrpc":"2.0",""" + message[1..]));
        Assert.Equal(expected, string.Join(" ", Texts(mcp.Response).Where(t => !t.StartsWith("Metadata:", StringComparison.Ordinal))));
        AssertEachStringOnce(mcp.Response);
    }
}
