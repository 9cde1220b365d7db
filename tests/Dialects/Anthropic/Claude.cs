using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Exchanges of the Messages API as tests write them: JSON in, what was read out.</summary>
internal static class Claude
{
    public const string MessagesPath = "/v1/messages";

    public static AnthropicDialect Dialect => AnthropicDialect.Instance;

    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed here.", "ev-1");

    public static HttpHead RequestHead(string method = "POST", string contentType = "application/json") =>
        new HttpHead().Add(":method", method).Add("content-type", contentType);

    public static HttpHead ResponseHead(string contentType = "application/json", int status = 200) =>
        new HttpHead().Add(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add("content-type", contentType);

    public static ReadFault Request(string body, Message message, string path = MessagesPath, string method = "POST", string contentType = "application/json") =>
        Request(Encoding.UTF8.GetBytes(body), message, path, method, contentType);

    public static ReadFault Request(byte[] body, Message message, string path = MessagesPath, string method = "POST", string contentType = "application/json")
    {
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadRequest(RequestHead(method, contentType), Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    /// <summary>A request of which only the messages matter.</summary>
    public static string With(string messages, string more = "") => $$"""{"model":"m","max_tokens":1,"messages":{{messages}}{{more}}}""";

    /// <summary>A request with one message whose content is one block.</summary>
    public static string Block(string block, string role = "user") => With($$"""[{"role":"{{role}}","content":[{{block}}]}]""");

    public static ReadFault Response(string body, Message message, string contentType = "application/json", int status = 200, string path = MessagesPath, string method = "POST") =>
        Response(Encoding.UTF8.GetBytes(body), message, contentType, status, path, method);

    public static ReadFault Response(byte[] body, Message message, string contentType = "application/json", int status = 200, string path = MessagesPath, string method = "POST")
    {
        using var request = new Message();
        Request(path == MessagesPath ? Encoding.UTF8.GetBytes(With("[]")) : [], request, path, method);
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadResponse(request, ResponseHead(contentType, status), body, JsonLimits.Default, message);
    }

    /// <summary>What was read, one line a segment: role and decoded text.</summary>
    public static List<string> Texts(Message message) =>
        [.. message.Segments.Select(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}")];

    /// <summary>The same without labels, which stand everywhere.</summary>
    public static List<string> Words(Message message) => [.. Texts(message).Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal))];

    /// <summary>Names of the calls; those being made now with a mark.</summary>
    public static List<string> Calls(Message message) => [.. message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span) + (c.Replayed ? "" : "!"))];

    public static List<string> Tools(Message message) => [.. message.ToolDeclarations.Select(t => Encoding.UTF8.GetString(t.Name.Span))];

    public static List<OpaqueKind> Opaque(Message message) => [.. message.Opaque.Select(o => o.Kind)];

    /// <summary>The body with the edits asked for.</summary>
    public static string Written(Message message)
    {
        Assert.True(Dialect.TryWrite(message, out byte[] edited));
        return Encoding.UTF8.GetString(edited);
    }
}
