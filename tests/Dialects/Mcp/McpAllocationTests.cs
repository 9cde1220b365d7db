using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Mcp;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

public class McpAllocationTests
{
    [Fact]
    public void A_call_of_4_KiB_read_again_and_again_allocates_nothing()
    {
        string note = string.Join(" ", Enumerable.Repeat("rain in Oslo,\\n", 250));
        byte[] body = Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"save_note","arguments":{"text":"{{{note}}}","tags":["a","b"],"more":"{\"x\":\"y\"}"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"} } }""");
        Assert.InRange(body.Length, 4000, 4400);
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", "/mcp").Add("content-type", "application/json")
            .Add("mcp-protocol-version", "2026-07-28").Add("mcp-method", "tools/call").Add("mcp-name", "save_note");
        byte[] path = "/mcp"u8.ToArray();
        using var message = new Message();
        long before = 0;
        for (int i = 0; i < 400; i++)
        {
            if (i == 200)
                before = GC.GetAllocatedBytesForCurrentThread();
            message.Clear();
            if (McpDialect.Instance.ReadRequest(head, path, body, JsonLimits.Default, message) != ReadFault.None)
                Assert.Fail("not read");
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
