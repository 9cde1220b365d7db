using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Mcp;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>The rows of reference/protocols.md §8.5 that MCP has, each with its verdict, for what clients send and for what servers answer.</summary>
public class McpRowTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wipe","arguments":{"a":"x"}}}""";

    [Theory]
    // Duplicate keys, also escaped and in another case.
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","name":"wipe"}}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","\u006eame":"wipe"}}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","Name":"wipe"}}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","arguments":{"a":1,"a":2}}}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":{"name":"ok"}}""")]
    // Case variants of known keys alone.
    [InlineData(ReadFault.Ambiguous, """{"JSONRPC":"2.0","id":1,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","ID":1,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"NAME":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","_Meta":{}}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","_meta":{"io.modelcontextprotocol/ProtocolVersion":"2026-07-28"}}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","InputResponses":{}}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","tas\u212A":{}}}""")]
    // Not JSON as RFC 8259 has it.
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":NaN,"method":"ping"}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":01,"method":"ping"}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"ping",}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,/**/"method":"ping"}""")]
    [InlineData(ReadFault.NotStrictJson, """{'jsonrpc':'2.0','id':1,'method':'ping'}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"method":"ping"} x""")]
    [InlineData(ReadFault.NotStrictJson, Call + "\n" + Call)]
    [InlineData(ReadFault.NotStrictJson, "\uFEFF" + Call)]
    // Numbers: an id is echoed as it is written, and a number that is no integer is no id.
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":-0,"method":"ping"}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1e999,"method":"ping"}""")]
    // JSON-RPC.
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":[1],"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["wipe"]}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"wipe"}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.00","id":1,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.WrongShape, """{"id":1,"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{},"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"},"method":"tools/call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"},"result":{}}""")]
    // Methods that a careless server takes for a call.
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"/tools/call/","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools//c\u0041ll","params":{"name":"wipe"}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"role":"assistant","content":{"type":"Tool_Use","name":"wipe","input":{}}}}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":1,"method":"tools/calls","params":{"name":"n"}}""")]
    // Places where an object must stand.
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ok","inputResponses":[{"content":{"type":"tool_use","name":"wipe"}}]}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"result":{"role":"assistant","content":{"type":"tool_use","name":"wipe","input":"{}"}}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"result":{"role":"assistant","content":{"type":"tool_use","name":["wipe"]}}}""")]
    public void A_clients_body_has_one_reading_or_none(ReadFault expected, string body)
    {
        using var mcp = new McpExchange();
        Assert.Equal(expected, mcp.Send(body));
    }

    [Theory]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"ok"}],"tools":[{"name":"wipe"}]}}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"ok","n\u0061me":"wipe"}]}}""")]
    [InlineData(ReadFault.NotStrictJson, """{"jsonrpc":"2.0","id":1,"result":{"tools":[]},"result":{"tools":[{"name":"wipe"}]}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"Result":{"tools":[{"name":"wipe"}]}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"TOOLS":[{"name":"wipe"}]}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"Name":"wipe"}]}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"tool\u017f":[{"name":"wipe"}]}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"InputRequests":{}}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"inputRequests":{"q":{"Method":"sampling/createMessage","method":"roots/list"}}}}""", true)]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"result":{"tools":[],"inputRequests":{"q":{"method":"sampling/createMessage","Params":{"tools":[{"name":"wipe"}]}}}}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"result":{"tools":[],"inputRequests":[{"method":"sampling/createMessage"}]}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1,"result":{"tools":[],"inputRequests":{"q":{"method":"sampling/createMessage","params":{"tools":{"0":{"name":"wipe"}}}}}}}""")]
    [InlineData(ReadFault.Ambiguous, """{"jsonrpc":"2.0","id":1,"method":"tools/call","result":{"tools":[]}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":1.0,"result":{"tools":[]}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","id":null,"result":{"tools":[]}}""")]
    [InlineData(ReadFault.WrongShape, """{"jsonrpc":"2.0","result":{"tools":[]}}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}""")]
    [InlineData(ReadFault.None, """{"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}}""")]
    [InlineData(ReadFault.WrongShape, """{"result":{"tools":[{"name":"wipe"}]},"id":1}""")]
    public void A_servers_answer_has_one_reading_or_none(ReadFault expected, string body, bool strictly = false)
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        Check(mcp.Answer(body));
        // The same at any status that is an answer, and in a stream.
        mcp.ResponseHead.Clear();
        mcp.ResponseHead.Add(":status", "201").Add("content-type", "application/json");
        Check(mcp.Answer(body));
        using EventStream stream = mcp.Open();
        Check(mcp.Event(stream, body));

        // Two spellings beside each other are already no strict JSON.
        void Check(ReadFault fault) => Assert.Equal(expected, strictly && fault == ReadFault.NotStrictJson ? ReadFault.Ambiguous : fault);
    }

    /// <summary>The TypeScript SDK reads an answer to GET as events without a look at its type.</summary>
    [Theory]
    [InlineData(ReadFault.UnknownContentType, "text/plain", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[]}}\n\n")]
    [InlineData(ReadFault.UnknownContentType, "application/octet-stream", "event: message\r\ndata:{}\r\n\r\n")]
    [InlineData(ReadFault.UnknownContentType, "application/json", ": c\rdata: {}\r\r")]
    [InlineData(ReadFault.UnknownContentType, "", "\uFEFFdata: {}\n\n")]
    [InlineData(ReadFault.UnknownContentType, "text/html", "<html>\ndata\n\n")]
    [InlineData(ReadFault.None, "text/html", "<html data-x=1>\ndatabase: open\n data: none</html>")]
    [InlineData(ReadFault.None, "application/json", "{\n\"data\": 1}")]
    public void An_event_stream_says_that_it_is_one(ReadFault expected, string type, string body)
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "GET");
        mcp.Send("");
        mcp.ResponseHead.Clear();
        mcp.ResponseHead.Add(":status", "200").Add("content-type", type);
        Assert.Equal(expected, mcp.Answer(body));
    }

    [Theory]
    [InlineData("x-http-method-override", "DELETE")]
    [InlineData("x-method-override", "POST")]
    [InlineData("x-http-method", "PUT")]
    public void A_header_that_replaces_the_method_contradicts_it(string name, string value)
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Add(name, value);
        Assert.Equal(ReadFault.HeaderMismatch, mcp.Send(Call));
    }

    /// <summary>A list in disguise, at a status at which clients seldom look: read strictly or not at all.</summary>
    [Theory]
    [InlineData("400", """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe"}]}}""", "wipe")]
    [InlineData("400", """{"Jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe"}]}}""", null)]
    [InlineData("404", """[{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe"}]}}]""", "wipe")]
    public void A_list_of_tools_is_one_at_any_status(string status, string body, string? declared)
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        mcp.ResponseHead.Clear();
        mcp.ResponseHead.Add(":status", status).Add("content-type", "application/json");
        Assert.Equal(declared is null ? ReadFault.Ambiguous : ReadFault.None, mcp.Answer(body));
        if (declared is not null)
            Assert.Equal(declared, McpExchange.Declared(mcp.Response));
    }

    [Theory]
    [InlineData("C0AE")]
    [InlineData("F5808080")]
    [InlineData("EDA080")]
    [InlineData("FF")]
    public void Bytes_that_are_no_utf8_are_refused(string hex)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"""), .. Convert.FromHexString(hex), .. "\"}}"u8];
        using var message = new Message();
        HttpHead head = new HttpHead().Add(":method", "POST").Add("content-type", "application/json");
        Assert.Equal(ReadFault.NotStrictJson, McpDialect.Instance.ReadRequest(head, "/mcp"u8.ToArray(), body, JsonLimits.Default, message));
        Assert.Equal(ReadFault.NotStrictJson, McpDialect.Instance.ReadRequest(head, "/mcp"u8.ToArray(), Encoding.Unicode.GetBytes(Call), JsonLimits.Default, message));
        Assert.Equal(ReadFault.NotStrictJson, McpDialect.Instance.ReadRequest(head, "/mcp"u8.ToArray(), Encoding.UTF32.GetBytes(Call), JsonLimits.Default, message));
    }

    [Theory]
    [InlineData(ReadFault.None, "application/json")]
    [InlineData(ReadFault.None, "application/json;charset=UTF-8")]
    [InlineData(ReadFault.None, "Application/JSON")]
    [InlineData(ReadFault.None, "application/vnd.mcp+json")]
    [InlineData(ReadFault.UnknownContentType, "text/plain")]
    [InlineData(ReadFault.UnknownContentType, "application/json; charset=utf-16")]
    [InlineData(ReadFault.UnknownContentType, "application/json; charset=utf-8; charset=utf-16")]
    [InlineData(ReadFault.UnknownContentType, "multipart/form-data; boundary=x")]
    [InlineData(ReadFault.UnknownContentType, "application/x-ndjson")]
    public void Only_json_is_read(ReadFault expected, string type)
    {
        using var mcp = new McpExchange();
        mcp.RequestHead.Clear();
        mcp.RequestHead.Add(":method", "POST").Add("content-type", type);
        Assert.Equal(expected, mcp.Send(Call));
    }

    /// <summary>Nothing is gained by speaking an older version, or none: the same is read.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    [InlineData("v999")]
    public void A_call_is_one_in_whatever_version_it_is_made(string version)
    {
        using var mcp = new McpExchange();
        if (version.Length > 0)
            mcp.RequestHead.Add("mcp-protocol-version", version);
        Assert.Equal(ReadFault.None, mcp.Send(Call));
        Assert.Equal("wipe", McpExchange.Calls(mcp.Request));
        // Batches: servers of versions that have none take them all the same, so each of them is judged; 2026-07-28 mirrors one message.
        Assert.Equal(version == "2026-07-28" ? ReadFault.HeaderMismatch : ReadFault.None, mcp.Send($$"""[{"jsonrpc":"2.0","id":2,"method":"ping"},{{Call}}]"""));
        if (version != "2026-07-28")
            Assert.Equal("wipe", McpExchange.Calls(mcp.Request));
        Assert.Equal(ReadFault.None, mcp.Send(Call.Replace("\"id\":1,", "", StringComparison.Ordinal)));
        Assert.Equal("wipe", McpExchange.Calls(mcp.Request));
    }

    [Fact]
    public void Depth_and_length_have_bounds()
    {
        using var mcp = new McpExchange();
        string deep = new string('[', 100_000) + new string(']', 100_000);
        Assert.Equal(ReadFault.NotStrictJson, mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":""" + deep + "}}}"));
        Assert.Equal(ReadFault.WrongShape, mcp.Send($$"""{"jsonrpc":"2.0","id":"{{new string('x', 257)}}","method":"ping"}"""));
        // A string that holds JSON too deep is a text like any.
        Assert.Equal(ReadFault.None, mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":" """ + deep + "\"}}}"));
        McpExchange.AssertEachStringOnce(mcp.Request);
    }

    /// <summary>Event streams that parsers cut differently: the list in each is found.</summary>
    [Theory]
    [InlineData("data: LIST\r\r")]
    [InlineData("data: LIST\r\n\r\n")]
    [InlineData("event: message\ndata:LIST\n\n")]
    [InlineData("event: other\ndata: LIST\n\n")]
    [InlineData("id: \0\nretry: 0\ndata: LIST\n\n")]
    [InlineData(": comment\ndata: LIST\n\n")]
    [InlineData("data: LIST")]
    [InlineData("\uFEFFdata: LIST\n\n")]
    [InlineData("data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1,\"result\":{\"tools\":[{\"name\":\"wipe\"}]}}\n\n")]
    [InlineData("event: endpoint\ndata: LIST\n\n")]
    public void A_list_in_a_stream_is_found_however_it_is_framed(string stream)
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        using EventStream events = mcp.Open();
        byte[] bytes = Encoding.UTF8.GetBytes(stream.Replace("LIST", """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe"}]}}""", StringComparison.Ordinal));
        var declared = new List<string>();
        for (int piece = 1; piece <= bytes.Length; piece *= 2)
        {
            declared.Clear();
            using EventFramer framer = events.CreateFramer(1 << 20);
            for (int at = 0; at < bytes.Length; at += piece)
            {
                framer.Push(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
                while (framer.Next(out EventFrame frame) == FrameStep.Frame)
                    declared.Add(Read(frame));
            }
            if (framer.Flush(out EventFrame last) == FrameStep.Frame)
                declared.Add(Read(last));
            Assert.Equal("wipe", string.Concat(declared));
        }

        string Read(EventFrame frame)
        {
            mcp.Response.Clear();
            Assert.Equal(ReadFault.None, events.Read(frame, JsonLimits.Default, mcp.Response));
            return McpExchange.Declared(mcp.Response);
        }
    }

    [Fact]
    public void What_an_event_hides_beside_its_data_is_read()
    {
        using var mcp = new McpExchange();
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        using EventStream events = mcp.Open();
        using EventFramer framer = events.CreateFramer(1 << 20);
        framer.Push(": a hidden comment\nother: field\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"u8);
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
        Assert.Equal(ReadFault.None, events.Read(frame, JsonLimits.Default, mcp.Response));
        Assert.Contains(mcp.Response.ExtraTexts, t => Encoding.UTF8.GetString(t.Span).Contains("hidden comment", StringComparison.Ordinal));
        Assert.Contains(mcp.Response.ExtraTexts, t => Encoding.UTF8.GetString(t.Span).Contains("other: field", StringComparison.Ordinal));
    }
}
