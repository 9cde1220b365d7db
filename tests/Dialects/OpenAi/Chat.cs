using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Chat exchanges as tests write them: JSON in, what was read out.</summary>
internal static class Chat
{
    public static OpenAiChatDialect Dialect => OpenAiChatDialect.Instance;

    public static HttpHead RequestHead(string contentType = "application/json") =>
        new HttpHead().Add(":method", "POST").Add(":path", "/v1/chat/completions").Add("content-type", contentType);

    public static HttpHead ResponseHead(string contentType = "application/json", int status = 200) =>
        new HttpHead().Add(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add("content-type", contentType);

    public static ReadFault Request(string body, Message message, string path = "/v1/chat/completions", string contentType = "application/json") =>
        Request(Encoding.UTF8.GetBytes(body), message, path, contentType);

    public static ReadFault Request(byte[] body, Message message, string path = "/v1/chat/completions", string contentType = "application/json")
    {
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadRequest(RequestHead(contentType), Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    public static ReadFault Response(string body, Message message, string contentType = "application/json", int status = 200)
    {
        message.Clear();
        message.Dialect = Dialect;
        using var request = new Message();
        return Dialect.ReadResponse(request, ResponseHead(contentType, status), Encoding.UTF8.GetBytes(body), JsonLimits.Default, message);
    }

    /// <summary>What was read, one line a segment: role and decoded text.</summary>
    public static List<string> Texts(Message message) =>
        [.. message.Segments.Select(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}")];

    public static List<string> Calls(Message message) => [.. message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span))];

    public static List<string> Tools(Message message) => [.. message.ToolDeclarations.Select(t => Encoding.UTF8.GetString(t.Name.Span))];

    /// <summary>The body with the edits asked for.</summary>
    public static string Written(Message message)
    {
        Assert.True(Splice.TryApply(message.Body.Span, message.Splices, out byte[] edited));
        return Encoding.UTF8.GetString(edited);
    }

    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed here.", "ev-1");
}
