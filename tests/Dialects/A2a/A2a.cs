using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.A2a;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.A2a;

/// <summary>Exchanges of A2A as tests write them: JSON in, what was read out.</summary>
internal static class A2a
{
    public static A2aDialect Dialect => A2aDialect.Instance;

    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed here.", "ev-1");

    public static HttpHead Head(string method, string path, string version = "1.0", string contentType = "application/json")
    {
        HttpHead head = new HttpHead().Add(":method", method).Add(":path", path);
        if (contentType.Length > 0)
            head.Add("content-type", contentType);
        return version.Length > 0 ? head.Add("a2a-version", version) : head;
    }

    public static ReadFault Request(Message message, string method, string path, string body = "", HttpHead? head = null)
    {
        message.Clear();
        message.Dialect = Dialect;
        Assert.True(RequestPath.TryNormalise(Encoding.UTF8.GetBytes(path), out ReadOnlyMemory<byte> normal, out _));
        return Dialect.ReadRequest(head ?? Head(method, path), normal, Encoding.UTF8.GetBytes(body), JsonLimits.Default, message);
    }

    /// <summary>A request of the JSON-RPC binding.</summary>
    public static ReadFault Rpc(Message message, string method, string parameters) =>
        Request(message, "POST", "/agent", $$"""{"jsonrpc":"2.0","id":7,"method":"{{method}}","params":{{parameters}}}""");

    public static ReadFault Response(Message message, Message request, string body, int status = 200, string contentType = "application/json")
    {
        message.Clear();
        message.Dialect = Dialect;
        HttpHead head = new HttpHead().Add(":status", status.ToString(CultureInfo.InvariantCulture)).Add("content-type", contentType);
        return Dialect.ReadResponse(request, head, Encoding.UTF8.GetBytes(body), JsonLimits.Default, message);
    }

    /// <summary>What was read, one line a segment: role and decoded text.</summary>
    public static List<string> Texts(Message message) => [.. message.Segments.Select(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}")];

    public static List<OpaqueKind> Opaque(Message message) => [.. message.Opaque.Select(o => o.Kind)];

    public static string Call(Message message) => Encoding.UTF8.GetString(Assert.Single(message.ToolCalls).Name.Span);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
