using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAiResponses;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>Exchanges of the Responses API as tests write them: JSON in, what was read out.</summary>
internal static class Responses
{
    public const string Path = "/v1/responses";

    public static OpenAiResponsesDialect Dialect => OpenAiResponsesDialect.Instance;

    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed here.", "ev-1");

    public static HttpHead RequestHead(string method, string path, string contentType = "application/json") =>
        new HttpHead().Add(":method", method).Add(":path", path).Add("content-type", contentType);

    public static HttpHead ResponseHead(string contentType = "application/json", int status = 200) =>
        new HttpHead().Add(":status", status.ToString(CultureInfo.InvariantCulture)).Add("content-type", contentType);

    public static ReadFault Request(string body, Message message, string path = Path, string method = "POST", string contentType = "application/json") =>
        Request(Encoding.UTF8.GetBytes(body), message, path, method, contentType);

    public static ReadFault Request(byte[] body, Message message, string path = Path, string method = "POST", string contentType = "application/json")
    {
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadRequest(RequestHead(method, path, contentType), Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    public static ReadFault Response(string body, Message message, string contentType = "application/json", int status = 200, Message? request = null) =>
        Response(Encoding.UTF8.GetBytes(body), message, contentType, status, request);

    public static ReadFault Response(byte[] body, Message message, string contentType = "application/json", int status = 200, Message? request = null)
    {
        message.Clear();
        message.Dialect = Dialect;
        if (request is not null)
            return Dialect.ReadResponse(request, ResponseHead(contentType, status), body, JsonLimits.Default, message);
        using var asked = new Message();
        Request(/*lang=json,strict*/ """{"input":"x"}""", asked);
        return Dialect.ReadResponse(asked, ResponseHead(contentType, status), body, JsonLimits.Default, message);
    }

    /// <summary>A request whose input is some items.</summary>
    public static string Asking(params string[] items) => $$"""{"model":"m","input":[{{string.Join(',', items)}}]}""";

    /// <summary>A response whose output is some items.</summary>
    public static string Answering(params string[] items) => $$"""{"id":"resp_1","object":"response","status":"completed","model":"m","output":[{{string.Join(',', items)}}]}""";

    /// <summary>What was read, one line a segment: role and decoded text.</summary>
    public static List<string> Texts(Message message) =>
        [.. message.Segments.Select(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}")];

    public static List<string> Calls(Message message) => [.. message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span))];

    public static List<string> Tools(Message message) => [.. message.ToolDeclarations.Select(t => Encoding.UTF8.GetString(t.Name.Span))];

    public static List<OpaqueKind> Opaque(Message message) => [.. message.Opaque.Select(o => o.Kind)];

    /// <summary>The body with the edits asked for.</summary>
    public static string Written(Message message)
    {
        Assert.True(Splice.TryApply(message.Body.Span, message.Splices, out byte[] edited));
        return Encoding.UTF8.GetString(edited);
    }
}
