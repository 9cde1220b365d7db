using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Rest;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Rest;

public class RestDialectTests
{
    private static readonly RestDialect Orders = Create(
        new("list_orders", "GET", "/orders"),
        new("get_order", "GET", "/orders/{id}"),
        new("my_orders", "GET", "/orders/mine"),
        new("add_note", "POST", "/orders/{id}/notes"),
        new("root", "GET", "/"),
        new("slashed", "GET", "/slashed/"));

    [Theory]
    [InlineData("GET", "/orders", "list_orders")]
    [InlineData("GET", "/orders?x=1", "list_orders")]
    [InlineData("GET", "/orders/7", "get_order")]
    [InlineData("GET", "/orders/mine", "my_orders")]
    [InlineData("GET", "/orders/Mine", "get_order")]
    [InlineData("POST", "/orders/7/notes", "add_note")]
    [InlineData("POST", "/orders/mine/notes", "add_note")]
    [InlineData("GET", "/orders/%6dine", "my_orders")]
    [InlineData("GET", "/", "root")]
    [InlineData("GET", "/slashed/", "slashed")]
    [InlineData("GET", "/slashed", "")]
    [InlineData("GET", "/orders/", "")]
    [InlineData("GET", "/Orders", "")]
    [InlineData("get", "/orders", "")]
    [InlineData("HEAD", "/orders", "")]
    [InlineData("DELETE", "/orders/7", "")]
    [InlineData("POST", "/orders//notes", "")]
    [InlineData("GET", "/orders/7/notes", "")]
    [InlineData("GET", "/orders/7;mine", "")]
    [InlineData("GET", "/other", "")]
    public void A_tool_is_a_method_and_a_path(string method, string path, string tool)
    {
        using var message = new Message();
        bool plain = RequestPath.TryNormalise(Encoding.UTF8.GetBytes(path), out ReadOnlyMemory<byte> normal, out _);
        ReadFault fault = Send(message, method, path, "", "");
        Assert.Equal(tool.Length > 0 ? ReadFault.None : ReadFault.UnknownPath, fault);
        Assert.Equal(tool, string.Join("|", message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span))));
        Assert.Equal(tool.Length > 0, plain && Orders.Recognises(Encoding.UTF8.GetBytes(method), normal.Span));
    }

    [Theory]
    [InlineData("GET /a/{x}", "GET /a/{y}", "matches some of the same requests")]
    [InlineData("GET /a/{x}", "GET /{y}/b", "matches some of the same requests")]
    [InlineData("GET /a", "GET /a", "matches some of the same requests")]
    [InlineData("GET a", "", "begins with a slash")]
    [InlineData("get /a", "", "upper case")]
    [InlineData("GET /files/{name}.json", "", "whole segments")]
    [InlineData("GET /a/{}", "", "whole segments")]
    [InlineData("GET /a/{x", "", "whole segments")]
    [InlineData("GET /a/{x}", "POST /a/{y}", "")]
    [InlineData("GET /a/{x}", "GET /a/b", "")]
    [InlineData("GET /a/{x}", "GET /a/{x}/c", "")]
    [InlineData("GET /a/{x}/c", "GET /a/{y}/d", "")]
    [InlineData("GET /{x}/{y}", "GET /{x}/b", "")]
    public void Templates_that_servers_could_choose_between_at_will_are_an_error(string one, string two, string fault)
    {
        RestTool[] tools = [.. new[] { one, two }.Where(t => t.Length > 0).Select((t, i) => new RestTool($"t{i}", t.Split(' ')[0], t.Split(' ')[1]))];
        Assert.Equal(fault.Length == 0, RestDialect.TryCreate(tools, out _, out string said));
        Assert.Contains(fault, said);
    }

    [Fact]
    public void A_route_without_tools_is_an_error()
    {
        Assert.False(RestDialect.TryCreate([], out _, out string fault));
        Assert.NotEmpty(fault);
        Assert.False(RestDialect.TryCreate([new RestTool("", "GET", "/")], out _, out _));
    }

    [Theory]
    [InlineData("x-http-method-override")]
    [InlineData("x-http-method")]
    [InlineData("x-method-override")]
    public void A_request_that_would_be_another_method_to_its_origin_is_refused(string header)
    {
        using var message = new Message();
        HttpHead head = Head("GET", "/orders", "").Add(header, "DELETE");
        Assert.Equal(ReadFault.HeaderMismatch, Orders.ReadRequest(head, "/orders"u8.ToArray(), default, JsonLimits.Default, message));
    }

    [Theory]
    [InlineData("/orders/7/notes?_method=DELETE", "", "")]
    [InlineData("/orders/7/notes?a=b&%5fmethod=DELETE", "", "")]
    [InlineData("/orders/7/notes", "application/x-www-form-urlencoded", "a=b&_method=DELETE")]
    public void A_form_or_query_may_not_replace_the_method(string path, string type, string body)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.Ambiguous, Send(message, "POST", path, type, body));
    }

    [Fact]
    public void Arguments_are_read_wherever_they_stand()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Send(message, "POST", "/orders/no%3A7/notes?q=ignore+all&r=%C3%A9&q=again&empty", "application/json; charset=utf-8", """{"text":"hello","more":["x",{"deep":"{\"json\":\"y\"}"}]}"""));
        Assert.Equal(["orders", "no:7", "notes", "q=ignore all", "r=é", "q=again", "empty"], message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
        Assert.Equal(["hello", "x", "y"], Texts(message, TextRole.ToolArgument));
        Assert.StartsWith("{\"text\"", Encoding.UTF8.GetString(Assert.Single(message.ToolCalls).Arguments.Span));
    }

    [Fact]
    public void A_form_is_read_field_by_field()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Send(message, "POST", "/orders/7/notes", "application/x-www-form-urlencoded", "text=drop+the+table&x=%3Cb%3E"));
        Assert.Contains("text=drop the table", message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
        Assert.Contains("x=<b>", message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
    }

    [Theory]
    [InlineData("/orders?q=%", "", "", ReadFault.Ambiguous)]
    [InlineData("/orders?q=%zz", "", "", ReadFault.Ambiguous)]
    [InlineData("/orders?q=%ff", "", "", ReadFault.Ambiguous)]
    [InlineData("/orders", "application/json", "{\"a\":1,\"a\":2}", ReadFault.NotStrictJson)]
    [InlineData("/orders", "", "{}", ReadFault.UnknownContentType)]
    [InlineData("/orders", "multipart/form-data; boundary=x", "--x--", ReadFault.UnknownContentType)]
    [InlineData("/orders", "application/octet-stream", "x", ReadFault.UnknownContentType)]
    [InlineData("/orders", "text/plain; charset=utf-16", "x", ReadFault.UnknownContentType)]
    [InlineData("/orders", "text/plain", "x", ReadFault.None)]
    public void What_has_no_one_reading_is_refused(string path, string type, string body, ReadFault expected)
    {
        using var message = new Message();
        Assert.Equal(expected, Send(message, "GET", path, type, body));
    }

    [Theory]
    [InlineData("200", "application/json", """{"a":"x"}""", ReadFault.None, "ToolResult:x")]
    [InlineData("200", "application/problem+json", """{"a":"x"}""", ReadFault.None, "ToolResult:x")]
    [InlineData("200", "text/csv", "a,b", ReadFault.None, "ToolResult:a,b")]
    [InlineData("200", "application/pdf", "x", ReadFault.UnknownContentType, "")]
    [InlineData("200", "text/event-stream", "data: x\n\n", ReadFault.UnknownContentType, "")]
    [InlineData("502", "application/json", "<h1>oh</h1>", ReadFault.None, "Unknown:<h1>oh</h1>")]
    [InlineData("204", "", "", ReadFault.None, "")]
    public void A_response_is_a_tools_result(string status, string type, string body, ReadFault expected, string texts)
    {
        using var request = new Message();
        using var message = new Message();
        HttpHead head = new HttpHead().Add(":status", status);
        if (type.Length > 0)
            head.Add("content-type", type);
        Assert.Equal(expected, Orders.ReadResponse(request, head, Encoding.UTF8.GetBytes(body), JsonLimits.Default, message));
        Assert.Equal(texts, string.Join("|", message.Segments.Select(s => $"{s.Role}:{Encoding.UTF8.GetString(message.Text(s).Span)}")));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(413)]
    [InlineData(415)]
    public void A_refusal_is_a_problem_document(int status)
    {
        Refusal refusal = Orders.Refuse(new RefusalReason("tool_not_allowed", "No.", "e1", status), null, new HttpHead());
        Assert.Equal((status, "application/problem+json"), (refusal.Status, refusal.ContentType));
        using JsonDocument body = JsonDocument.Parse(refusal.Body);
        Assert.Equal(status, body.RootElement.GetProperty("status").GetInt32());
        Assert.Equal("e1", body.RootElement.GetProperty("event").GetString());
    }

    [Fact]
    public void A_call_of_4_KiB_read_again_and_again_allocates_nothing()
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('a', 4000)}}"}""");
        HttpHead head = Head("POST", "/orders/7/notes?q=1", "application/json");
        byte[] path = "/orders/7/notes"u8.ToArray();
        using var message = new Message();
        long before = 0;
        for (int i = 0; i < 400; i++)
        {
            if (i == 200)
                before = GC.GetAllocatedBytesForCurrentThread();
            message.Clear();
            if (Orders.ReadRequest(head, path, body, JsonLimits.Default, message) != ReadFault.None)
                Assert.Fail("not read");
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static RestDialect Create(params RestTool[] tools) =>
        RestDialect.TryCreate(tools, out RestDialect? dialect, out string fault) ? dialect : throw new InvalidOperationException(fault);

    private static HttpHead Head(string method, string path, string type)
    {
        HttpHead head = new HttpHead().Add(":method", method).Add(":path", path);
        return type.Length > 0 ? head.Add("content-type", type) : head;
    }

    private static ReadFault Send(Message message, string method, string path, string type, string body)
    {
        message.Dialect = Orders;
        return RequestPath.TryNormalise(Encoding.UTF8.GetBytes(path), out ReadOnlyMemory<byte> normal, out _)
            ? Orders.ReadRequest(Head(method, path, type), normal, Encoding.UTF8.GetBytes(body), JsonLimits.Default, message)
            : ReadFault.UnknownPath;
    }

    private static IEnumerable<string> Texts(Message message, TextRole role) =>
        message.Segments.Where(s => s.Role == role).OrderBy(s => s.Document).ThenBy(s => s.Start).Select(s => Encoding.UTF8.GetString(message.Text(s).Span));
}
