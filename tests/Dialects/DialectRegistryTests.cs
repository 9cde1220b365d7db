using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects;

public class DialectRegistryTests
{
    [Theory]
    [InlineData("POST", "/v1/chat/completions", "openai-chat")]
    [InlineData("POST", "/mcp", "mcp")]
    [InlineData("GET", "/mcp/", "mcp")]
    [InlineData("DELETE", "/mcp", "mcp")]
    [InlineData("GET", "/sse", "mcp")]
    [InlineData("POST", "/messages", "mcp")]
    [InlineData("POST", "/messages/", "mcp")]
    [InlineData("PUT", "/mcp", null)]
    [InlineData("POST", "/mcpx", null)]
    [InlineData("POST", "/MCP", null)]
    [InlineData("POST", "/", null)]
    public void A_request_is_claimed_by_its_method_and_path(string method, string path, string? dialect) =>
        Assert.Equal(dialect, DialectRegistry.Recognise(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path))?.Name);

    [Fact]
    public void Every_protocol_is_found_by_its_own_name_and_no_other()
    {
        Assert.All(DialectRegistry.BuiltIn, d => Assert.Same(d, DialectRegistry.ByName(d.Name)));
        Assert.Equal(DialectRegistry.BuiltIn.Count, DialectRegistry.BuiltIn.Select(d => d.Name).Distinct().Count());
        Assert.Null(DialectRegistry.ByName("MCP"));
        Assert.Null(DialectRegistry.ByName(""));
    }
}
