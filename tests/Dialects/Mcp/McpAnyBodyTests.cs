using System.Text;
using CsCheck;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>Bodies of MCP's own words in any order: whatever they say, they are read whole or refused.</summary>
public class McpAnyBodyTests
{
    private static readonly string[] Words =
    [
        "_meta", "name", "arguments", "uri", "message", "data", "messages", "systemPrompt", "tools", "toolChoice", "requestedSchema", "inputRequests",
        "inputResponses", "taskId", "task", "result", "error", "content", "structuredContent", "contents", "prompts", "resources", "completion",
        "description", "instructions", "serverInfo", "role", "type", "text", "blob", "resource", "input", "icons", "src", "inputSchema", "method",
        "params", "jsonrpc", "id", "Tools", "a sentence of a key", "p\\u0061rams", "mimeType", "annotations", "statusMessage",
    ];

    private static readonly string[] Texts =
    [
        "\"x\"", "\"\"", "\"image\"", "\"text\"", "\"tool_use\"", "\"assistant\"", "\"{\\\"a\\\":\\\"b\\\"}\"", "\"[\\\"{}\\\",\\\"[1]\\\"]\"", "\"{oops\"",
        "\"data:image/png;base64,AA\"", "\"sampling/createMessage\"", "\"tools/call\"", "\"\\u00e9\\n\"", "7", "null", "true", "[]", "{}",
    ];

    private static readonly Gen<string> Value = Gen.Recursive<string>((depth, inner) => depth > 5 ? OneOf(Texts) : Gen.Frequency(
        (3, OneOf(Texts)),
        (2, inner.Array[0, 3].Select(v => $"[{string.Join(",", v)}]")),
        (5, Gen.Select(OneOf(Words).Array[0, 5], inner.Array[5]).Select((k, v) => $"{{{string.Join(",", k.Distinct().Select((w, i) => $"\"{w}\":{v[i]}"))}}}"))));

    [Fact]
    public void Any_body_is_read_whole_or_refused()
    {
        int whole = 0;
        Gen.Select(OneOf("tools/call", "tools/list", "sampling/createMessage", "prompts/get", "x"), Gen.Bool, Gen.Bool, Value).Sample((method, fromClient, asks, value) =>
        {
            using var mcp = new McpExchange();
            string body = asks ? $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{value}}}""" : $$"""{"jsonrpc":"2.0","id":1,"result":{{value}}}""";
            mcp.Send($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{"name":"t"} }""");
            ReadFault fault = fromClient ? mcp.Send(body) : mcp.Answer(body);
            Message read = fromClient ? mcp.Request : mcp.Response;
            if (fault != ReadFault.None)
                return;
            Interlocked.Increment(ref whole);
            McpExchange.AssertEachStringOnce(read);
            Assert.Equal(body, Encoding.UTF8.GetString(read.Body.Span));
        }, iter: 5000);
        Assert.True(whole > 500, $"only {whole} of 5000 bodies were read");
    }

    private static Gen<string> OneOf(params string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);
}
