using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>What a cache may keep for everyone (2026-07-28: ttlMs, cacheScope) is nobody else's once it was filtered or edited.</summary>
public class McpCachingTests
{
    private const string Listing = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    [Theory]
    [InlineData(""","ttlMs":60000,"cacheScope":"public"}""", ""","ttlMs":60000,"cacheScope":"private"}""")]
    [InlineData(""","cacheScope":"private","ttlMs":60000}""", ""","cacheScope":"private","ttlMs":60000}""")]
    [InlineData(""","cacheScope" : null , "ttlMs":1}""", ""","cacheScope" : "private" , "ttlMs":1}""")]
    [InlineData(""","cacheScope":{"x":"public"},"ttlMs":1}""", ""","cacheScope":"private","ttlMs":1}""")]
    [InlineData(""", "ttlMs":60000}""", """, "cacheScope":"private","ttlMs":60000}""")]
    [InlineData(""","taskId":"k","ttlMs":60000}""", ""","taskId":"k","ttlMs":60000}""")]
    [InlineData("}", "}")]
    public void An_edited_result_is_its_readers_alone(string caching, string expected)
    {
        using var mcp = new McpExchange();
        mcp.Send(Listing);
        Assert.Equal(ReadFault.None, mcp.Answer("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","description":"secret one"}]""" + caching + "}"));
        Replace(mcp.Response, "secret one", "***");
        string body = McpExchange.Edited(mcp.Response);
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","description":"***"}]""" + expected + "}", body);
        // Asked again, as when an event is written twice, nothing changes.
        Assert.Equal(body, McpExchange.Edited(mcp.Response));
    }

    [Fact]
    public void Only_the_results_that_were_edited_change()
    {
        using var mcp = new McpExchange();
        mcp.Send(Listing);
        Assert.Equal(ReadFault.None, mcp.Answer(
            """[{"jsonrpc":"2.0","id":11,"result":{"contents":[{"uri":"u","text":"secret"}],"ttlMs":1,"cacheScope":"public"}},{"jsonrpc":"2.0","id":12,"result":{"contents":[{"uri":"u","text":"fine"}],"ttlMs":1,"cacheScope":"public"}}]"""));
        Replace(mcp.Response, "secret", "***");
        using JsonDocument edited = JsonDocument.Parse(McpExchange.Edited(mcp.Response));
        Assert.Equal(["private", "public"], edited.RootElement.EnumerateArray().Select(m => m.GetProperty("result").GetProperty("cacheScope").GetString()));
    }

    [Fact]
    public void A_list_without_a_scope_is_given_one_when_tools_are_taken_out()
    {
        using var mcp = new McpExchange();
        mcp.Send(Listing);
        mcp.Answer("""{"jsonrpc":"2.0","id":1,"result":{"ttlMs":5,"tools":[{"name":"a"},{"name":"b"}]}}""");
        Assert.True(mcp.Response.Dialect!.RemoveTools(mcp.Response, [0]));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{"cacheScope":"private","ttlMs":5,"tools":[{"name":"b"}]}}""", McpExchange.Edited(mcp.Response));
    }

    [Fact]
    public void A_result_nothing_was_done_to_stays_everyones()
    {
        using var mcp = new McpExchange();
        mcp.Send(Listing);
        mcp.Answer("""{"jsonrpc":"2.0","id":1,"result":{"tools":[],"ttlMs":1,"cacheScope":"public"}}""");
        mcp.Response.Dialect!.CompleteEdits(mcp.Response);
        Assert.Empty(mcp.Response.Splices);
    }

    private static void Replace(Message message, string text, string replacement)
    {
        Segment segment = message.Segments.Single(s => Encoding.UTF8.GetString(message.Text(s).Span) == text);
        message.Replace(segment, 0, segment.Length, Encoding.UTF8.GetBytes(replacement));
    }
}
