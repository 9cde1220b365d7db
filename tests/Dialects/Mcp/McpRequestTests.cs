using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;
using static EnvoyExtAuthz.Tests.Dialects.Mcp.McpExchange;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

public class McpRequestTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_weather","arguments":{"city":"Oslo","note":"a\nb"}}}""";

    [Fact]
    public void A_call_is_judged_by_the_name_in_its_body()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send(Call));
        ToolCall call = Assert.Single(mcp.Request.ToolCalls);
        Assert.Equal("get_weather", Encoding.UTF8.GetString(call.Name.Span));
        Assert.Equal("""{"city":"Oslo","note":"a\nb"}""", Encoding.UTF8.GetString(call.Arguments.Span));
        Assert.Equal("tools/call", Encoding.UTF8.GetString(mcp.Request.Operation.Span));
        Assert.Equal(["ToolArgument:Oslo", "ToolArgument:a\nb"], Texts(mcp.Request, TextRole.ToolArgument));
        Assert.Empty(mcp.Request.Splices);
    }

    /// <summary>The field case mcp-name-spellings: a name is what the origin reads, byte for byte.</summary>
    [Theory]
    [InlineData("Husqvarna Automowers Status")]
    [InlineData("deepwiki-read_wiki_contents")]
    [InlineData("Delete_All")]
    [InlineData("delete_all ")]
    [InlineData(" delete_all")]
    [InlineData("delete‐all")]
    [InlineData("dеlete_all")]
    [InlineData("")]
    public void A_name_is_passed_on_byte_for_byte(string name)
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send($$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{name}}}"}}"""));
        Assert.Equal(Encoding.UTF8.GetBytes(name), Assert.Single(mcp.Request.ToolCalls).Name.ToArray());
    }

    [Fact]
    public void An_escaped_name_is_read_as_the_origin_decodes_it()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools\/c\u0061ll","params":{"n\u0061me":"delete\u005fall"}}"""));
        Assert.Equal("delete_all", Calls(mcp.Request));
    }

    [Fact]
    public void Json_inside_an_argument_is_read_as_json()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"x":"{\"cmd\":\"rm -rf\"}"}}}"""));
        Assert.Equal(["ToolArgument:rm -rf"], Texts(mcp.Request, TextRole.ToolArgument));
    }

    [Fact]
    public void Every_call_of_a_batch_is_seen()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send(
            """[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":"a"}},{"jsonrpc":"2.0","method":"tools/call","params":{"name":"b"}}]"""));
        Assert.Equal("a|b", Calls(mcp.Request));
        Assert.Equal("tools/list", Encoding.UTF8.GetString(mcp.Request.Operation.Span));
    }

    /// <summary>What JSON-RPC implementations read differently (reference/protocols.md §8.5).</summary>
    [Theory]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":0,"method":"ping"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":-7,"method":"ping"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":"","method":"ping"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":1,"method":"made/up","params":{"a":["b"]}}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","method":"notifications/initialized"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":1,"method":"ping","extra":"x"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":1,"result":{},"error":null}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":null}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":null,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1.0,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1e0,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":[1],"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":{},"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":true,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"id":1,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"1.0","id":1,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":2.0,"id":1,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":7}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","result":{}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["get_weather",{}]}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["a"]}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"{}"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":[1]}}""")]
    [InlineData(ReadFault.WrongShape, "[]")]
    [InlineData(ReadFault.WrongShape, """[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]""")]
    [InlineData(ReadFault.WrongShape, """[{"jsonrpc":"2.0","id":1,"method":"ping"},7]""")]
    [InlineData(ReadFault.WrongShape, "\"tools/call\"")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{},"error":{}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"Method":"tools/call","params":{"name":"a"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"ping","PARAMS":{"name":"a"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Arguments":{}}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{"name":"a"}}""")]
    [InlineData(ReadFault.Ambiguous, """[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"tools/list"}]""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}""")]
    [InlineData(ReadFault.NotStrictJson, "\uFEFF{}")]
    [InlineData(ReadFault.UnexpectedBody, "")]
    public void A_message_has_one_reading_or_none(ReadFault expected, string body)
    {
        using var mcp = new McpExchange();
        Assert.Equal(expected, mcp.Send(body));
    }

    [Fact]
    public void A_call_without_an_id_is_a_call()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"wipe"}}"""));
        Assert.Equal("wipe", Calls(mcp.Request));
    }

    [Fact]
    public void A_batch_longer_than_its_bound_is_refused()
    {
        using var mcp = new McpExchange();
        string[] messages = [.. Enumerable.Range(0, 129).Select(i => $$"""{"jsonrpc":"2.0","id":{{i}},"method":"ping"}""")];
        Assert.Equal(ReadFault.TooLarge, mcp.Send($"[{string.Join(",", messages)}]"));
        Assert.Equal(ReadFault.None, mcp.Send($"[{string.Join(",", messages[1..])}]"));
    }

    [Fact]
    public void Streams_and_sessions_are_opened_and_ended_without_a_body()
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "GET");
        Assert.Equal(ReadFault.None, mcp.Send(""));
        Assert.Equal(ReadFault.UnexpectedBody, mcp.Send("{}"));
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "DELETE");
        Assert.Equal(ReadFault.None, mcp.Send(""));
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "PUT");
        Assert.Equal(ReadFault.UnknownPath, mcp.Send(Call));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=utf-7")]
    public void Another_content_type_is_refused(string type)
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "POST").Add("content-type", type);
        Assert.Equal(ReadFault.UnknownContentType, mcp.Send(Call));
    }

    [Fact]
    public void What_a_client_answers_to_a_server_is_read_too()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":4,"result":{"role":"assistant","content":{"type":"text","text":"Paris"},"model":"m"}}"""));
        Assert.Contains("Assistant:Paris", Texts(mcp.Request));
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":4,"result":{"action":"accept","content":{"city":"Oslo"}}}"""));
        Assert.Contains("User:Oslo", Texts(mcp.Request));
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":4,"result":{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"wipe","input":{"a":"b"}}],"model":"m"}}"""));
        Assert.Equal("wipe", Calls(mcp.Request));
        Assert.Contains("ToolArgument:b", Texts(mcp.Request));
    }

    [Fact]
    public void Answers_inside_a_repeated_call_are_read_by_their_makers()
    {
        using var mcp = new McpExchange();
        Assert.Equal(ReadFault.None, mcp.Send(
            """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"t","requestState":"s","inputResponses":{"q":{"action":"accept","content":{"city":"Oslo"}},"r":{"role":"assistant","content":{"type":"text","text":"Hi"}}}}}"""));
        Assert.Contains("User:Oslo", Texts(mcp.Request));
        Assert.Contains("Assistant:Hi", Texts(mcp.Request));
        Assert.Contains("Metadata:s", Texts(mcp.Request));
    }
}
