using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Gemini;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Gemini exchanges as tests write them: JSON in, what was read out.</summary>
internal static class GeminiExchange
{
    public const string Path = "/v1beta/models/gemini-2.5-flash:generateContent";

    public const string StreamPath = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";

    public static GeminiDialect Dialect => GeminiDialect.Instance;

    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed here.", "ev-1");

    public static HttpHead RequestHead(string path = Path, string contentType = "application/json", string method = "POST") =>
        new HttpHead().Add(":method", method).Add(":path", path).Add("content-type", contentType);

    public static HttpHead ResponseHead(string contentType = "application/json", int status = 200) =>
        new HttpHead().Add(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add("content-type", contentType);

    public static ReadFault Request(string body, Message message, string path = Path, string contentType = "application/json", string method = "POST") =>
        Request(Encoding.UTF8.GetBytes(body), message, RequestHead(path, contentType, method));

    public static ReadFault Request(byte[] body, Message message, HttpHead head)
    {
        message.Clear();
        message.Dialect = Dialect;
        return RequestPath.TryNormalise(head.Path, out ReadOnlyMemory<byte> path, out _)
            ? Dialect.ReadRequest(head, path, body, JsonLimits.Default, message)
            : ReadFault.UnknownPath;
    }

    public static ReadFault Response(string body, Message message, string contentType = "application/json", int status = 200) =>
        Response(Encoding.UTF8.GetBytes(body), message, ResponseHead(contentType, status));

    public static ReadFault Response(byte[] body, Message message, HttpHead head)
    {
        message.Clear();
        message.Dialect = Dialect;
        using var request = new Message();
        return Dialect.ReadResponse(request, head, body, JsonLimits.Default, message);
    }

    /// <summary>A request's body with one user's text and further members.</summary>
    public static string Asking(string text, string more = "") =>
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" + text + "\"}]}]" + (more.Length > 0 ? "," + more : "") + "}";

    /// <summary>What was read, one line a segment: role and decoded text.</summary>
    public static List<string> Texts(Message message) =>
        [.. message.Segments.Select(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}")];

    public static List<string> Calls(Message message) =>
        [.. message.ToolCalls.Select(c => $"{Encoding.UTF8.GetString(c.Name.Span)}({Encoding.UTF8.GetString(c.Arguments.Span)})")];

    public static List<string> Tools(Message message) => [.. message.ToolDeclarations.Select(t => Encoding.UTF8.GetString(t.Name.Span))];

    public static List<OpaqueKind> Opaque(Message message) => [.. message.Opaque.Select(o => o.Kind)];

    public static string Model(Message message) => Encoding.UTF8.GetString(message.Model.Span);

    /// <summary>The body with the edits asked for.</summary>
    public static string Written(Message message)
    {
        Assert.True(Dialect.TryWrite(message, out byte[] edited));
        return Encoding.UTF8.GetString(edited);
    }
}
