using System.Text;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>
/// MCP's messages that two readers read in two ways, and headers that say other than the body, through a real Envoy: what is
/// refused never reaches the server and is said as the protocol says it, what passes reaches it byte for byte.
/// </summary>
public sealed class McpReadingTests(SharedFilters filters)
{
    private const string Version = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}";
    private const string Search = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"region\":\"eu\",\"n\":5}," + Version + "}}";
    private const string Drop = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"drop_tables\"}}";
    private const string Answer = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}}";
    private const string Mismatch = "\"code\":-32020";
    private const string Refused = "\"isError\":true";

    /// <summary>One request: the answer's status and what stands in it; with 200 and nothing said, the server's own answer.</summary>
    private sealed record Row(string What, string Body, int Status = 200, string Said = "", params string[] Headers);

    private static readonly Row[] Rows =
    [
        new("a call", Search),
        new("all headers", Search, 200, "", "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/call", "Mcp-Name: search", "Mcp-Param-Region: eu", "Mcp-Param-N: 5"),
        new("a name in base64", Search, 200, "", "Mcp-Name: =?base64?c2VhcmNo?="),
        new("a name with spaces around", Search, 200, "", "mcp-name:   search  "),
        new("another name", Search, 400, Mismatch, "Mcp-Name: drop_tables"),
        new("another name in base64", Search, 400, Mismatch, "Mcp-Name: =?base64?ZHJvcF90YWJsZXM=?="),
        new("broken base64", Search, 400, Mismatch, "Mcp-Name: =?base64?c2VhcmNo!?="),
        new("a name twice", Search, 400, Mismatch, "Mcp-Name: search", "Mcp-Name: drop_tables"),
        new("a name twice the same", Search, 400, Mismatch, "Mcp-Name: search", "Mcp-Name: search"),
        new("a good name over a bad body", Drop, 400, Mismatch, "Mcp-Name: search"),
        new("another case of a name", Search, 400, Mismatch, "Mcp-Name: Search"),
        new("another method", Search, 400, Mismatch, "Mcp-Method: tools/list"),
        new("a method twice", Search, 400, Mismatch, "Mcp-Method: tools/call", "Mcp-Method: tools/list"),
        new("another version", Search, 400, Mismatch, "MCP-Protocol-Version: 2025-06-18"),
        new("a version twice", Search, 400, Mismatch, "MCP-Protocol-Version: 2026-07-28", "MCP-Protocol-Version: 2025-06-18"),
        new("another argument", Search, 400, Mismatch, "Mcp-Param-Region: us"),
        new("an argument twice", Search, 400, Mismatch, "Mcp-Param-Region: eu", "Mcp-Param-Region: us"),
        new("a method to override", Search, 400, Mismatch, "X-HTTP-Method-Override: DELETE"),
        new("a forbidden call", Drop, 200, Refused),
        new("a forbidden call in an older version", Drop, 200, Refused, "MCP-Protocol-Version: 2025-03-26"),
        new("a forbidden call as a notification", Drop.Replace("\"id\":1,", "", StringComparison.Ordinal), 403, "tool_not_allowed"),
        new("a forbidden call in a batch", "[{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}," + Drop + "]", 200, Refused),
        new("a forbidden call, escaped", Drop.Replace("drop_tables", "drop\\u005ftables", StringComparison.Ordinal), 200, Refused),
        new("a forbidden call in another case of the method", Drop.Replace("tools/call", "Tools/call", StringComparison.Ordinal), 200, "ambiguous"),
        new("a forbidden use in an answer to sampling", "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"tool_use\",\"id\":\"u\",\"name\":\"drop_tables\",\"input\":{}}}}", 403, "tool_not_allowed"),
        new("two messages in one line", Search + Search, 403, "not_strict_json"),
        new("an id of null", Search.Replace("\"id\":1", "\"id\":null", StringComparison.Ordinal), 403, "wrong_shape"),
        new("an id that is a list", Search.Replace("\"id\":1", "\"id\":[1]", StringComparison.Ordinal), 403, "wrong_shape"),
        new("an id with a fraction", Search.Replace("\"id\":1", "\"id\":1.5", StringComparison.Ordinal), 403, "wrong_shape"),
        new("another JSON-RPC", Search.Replace("\"2.0\"", "\"1.0\"", StringComparison.Ordinal), 403, "wrong_shape"),
        new("a request that is a response", Search.Replace("\"id\":1", "\"id\":1,\"result\":{}", StringComparison.Ordinal), 403, "ambiguous"),
        new("parameters by position", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":[\"search\"]}", 403, "wrong_shape"),
        new("a key in another case", Search.Replace("\"name\"", "\"Name\"", StringComparison.Ordinal), 200, Refused),
        new("a name twice in the body", Search.Replace("\"name\":\"search\"", "\"name\":\"search\",\"name\":\"drop_tables\"", StringComparison.Ordinal), 403, "not_strict_json"),
    ];

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_message_has_one_reading_and_headers_repeat_it(string envoyVersion)
    {
        await using Lab lab = await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Answer));
        var wrong = new List<string>();
        int passed = 0;
        foreach (Row row in Rows)
        {
            await using RawHttpClient client = await lab.Connect();
            RawResponse response = await client.Exchange(RawHttpClient.Post("/mcp", row.Body, ["accept: application/json, text/event-stream", .. row.Headers]));
            bool passes = row.Said.Length == 0;
            passed += passes ? 1 : 0;
            if (response.Status != row.Status || !(passes ? response.Text == Answer : response.Text.Contains(row.Said, StringComparison.Ordinal)))
                wrong.Add($"{row.What}: {response.Status} {response.Text}, not {row.Status} {row.Said}");
            if (lab.Origin.Requests.Count != passed || (passes && !lab.Origin.Requests[^1].Body.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(row.Body))))
                wrong.Add($"{row.What}: {lab.Origin.Requests.Count} requests at the server, not {passed}, or other bytes");
            passed = lab.Origin.Requests.Count;
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }
}
