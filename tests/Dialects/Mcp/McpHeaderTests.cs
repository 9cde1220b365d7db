using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

public class McpHeaderTests
{
    private const string Meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}";
    private const string Call = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_weather","arguments":{},{{{Meta}}}}}""";
    private const string Query = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"q","arguments":{"region":"us-west1","limit":5,"dry":true,"who":"é","dry_Run":false,"x":{"y":"deep","list":[{"z":"in-a-list"}]}},{{{Meta}}}}}""";
    private const string Umlaut = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":" wétter",{{{Meta}}}}}""";
    private const string Read = $$$"""{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///a",{{{Meta}}}}}""";
    private const string Task = $$$"""{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"t1",{{{Meta}}}}}""";
    private const string Legacy = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_weather"}}""";
    private const string Batch = $"[{Legacy}]";
    private const string Notification = """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""";
    private const string Odd = """{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}}""";

    [Theory]
    [InlineData(true, Call, "")]
    [InlineData(true, Call, "mcp-protocol-version: 2026-07-28|mcp-method: tools/call|mcp-name: get_weather")]
    [InlineData(true, Call, "mcp-name: =?base64?Z2V0X3dlYXRoZXI=?=")]
    [InlineData(true, Umlaut, "mcp-name: =?base64?IHfDqXR0ZXI=?=")]
    [InlineData(true, Query, "mcp-param-region: us-west1|mcp-param-max: 5|mcp-param-dry: true|mcp-param-who: =?base64?w6k=?=")]
    [InlineData(false, Query, "mcp-param-region: eu-west1")]
    [InlineData(false, Query, "mcp-param-region: us-west1|mcp-param-region: us-west1")]
    [InlineData(false, Query, "mcp-param-region: =?base64?ZXU=?=")]
    // A tool's schema may mark properties of objects in objects, and name a header as it likes.
    [InlineData(true, Query, "mcp-param-y: deep")]
    [InlineData(true, Query, "mcp-param-other-name: deep")]
    [InlineData(false, Query, "mcp-param-z: in-a-list")]
    [InlineData(false, Query, "mcp-param-region: 5")]
    [InlineData(false, Query, "mcp-param-dry-run: us-west1")]
    [InlineData(true, Query, "mcp-param-dry-run: false")]
    [InlineData(false, Query, "mcp-param-limit: 5.0")]
    [InlineData(false, Query, "mcp-param-x: null")]
    [InlineData(false, Read, "mcp-param-region: us-west1")]
    [InlineData(false, Batch, "mcp-param-region: us-west1")]
    [InlineData(true, Read, "mcp-method: resources/read|mcp-name: file:///a")]
    [InlineData(true, Task, "mcp-method: tasks/get|mcp-name: t1")]
    [InlineData(true, Legacy, "mcp-protocol-version: 2025-11-25")]
    [InlineData(true, Legacy, "mcp-method: tools/call|mcp-name: get_weather")]
    // The conformance suite: a server answers -32602 to a request that lacks what its version asks for, not -32020.
    [InlineData(true, Legacy, "mcp-protocol-version: 2026-07-28")]
    [InlineData(false, Legacy, "mcp-protocol-version: 2026-07-28|mcp-name: delete_all")]
    [InlineData(true, Batch, "mcp-protocol-version: 2025-03-26")]
    [InlineData(true, Notification, "mcp-protocol-version: 2026-07-28|mcp-method: notifications/cancelled")]
    [InlineData(false, Call, "mcp-name: delete_all")]
    [InlineData(false, Call, "mcp-name: Get_Weather")]
    [InlineData(false, Call, "mcp-name: get_weather ")]
    [InlineData(false, Call, "mcp-name: ")]
    [InlineData(false, Call, "mcp-name: get_weather|mcp-name: get_weather")]
    [InlineData(false, Call, "mcp-name: =?base64?ZGVsZXRlX2FsbA==?=")]
    [InlineData(false, Call, "mcp-name: =?base64?Z2V0X3dlYXRoZXI?=")]
    [InlineData(false, Call, "mcp-name: =?base64?%%%?=")]
    [InlineData(false, Call, "mcp-name: =?base64??=")]
    [InlineData(false, Call, "mcp-method: tools/list")]
    [InlineData(false, Call, "mcp-method: tools/call|mcp-method: tools/list")]
    [InlineData(false, Call, "mcp-protocol-version: 2025-11-25")]
    [InlineData(false, Call, "mcp-protocol-version: ")]
    [InlineData(false, Call, "mcp-protocol-version: 2026-07-28|mcp-protocol-version: 2026-07-28")]
    [InlineData(false, Read, "mcp-name: get_weather")]
    [InlineData(false, Batch, "mcp-method: tools/call")]
    [InlineData(false, Batch, "mcp-name: get_weather")]
    [InlineData(false, Batch, "mcp-protocol-version: 2026-07-28")]
    [InlineData(false, """{"jsonrpc":"2.0","id":1,"result":{}}""", "mcp-method: tools/call")]
    [InlineData(false, Odd, "")]
    public void A_header_that_repeats_the_body_says_the_same_or_the_request_is_refused(bool agrees, string body, string headers)
    {
        using var mcp = new McpExchange();
        foreach (string header in headers.Split('|', StringSplitOptions.RemoveEmptyEntries))
            mcp.RequestHead.Add(header[..header.IndexOf(": ", StringComparison.Ordinal)], header[(header.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
        Assert.Equal(agrees ? ReadFault.None : ReadFault.HeaderMismatch, mcp.Send(body));
    }
}
