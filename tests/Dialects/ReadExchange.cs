using System.IO.Compression;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>One exchange in a protocol, read: the request, then its answer whole or as a stream.</summary>
internal sealed class ReadExchange(Dialect dialect, string method, string path) : IDisposable
{
    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed here.", "ev-1");

    public Message Request { get; } = new();

    public Message Response { get; } = new();

    public HttpHead RequestHead { get; } = new HttpHead().Add(":method", method).Add(":path", path);

    public ReadFault Send(string body, string contentType = "application/json") => Send(Encoding.UTF8.GetBytes(body), contentType);

    public ReadFault Send(byte[] body, string contentType = "application/json")
    {
        Request.Clear();
        Request.Dialect = dialect;
        RequestHead.Clear();
        RequestHead.Add(":method", method).Add(":path", path).Add("content-type", contentType);
        return dialect.ReadRequest(RequestHead, Encoding.UTF8.GetBytes(path.Split('?')[0]), body, JsonLimits.Default, Request);
    }

    public ReadFault Answer(string body, string contentType = "application/json", int status = 200) => Answer(Encoding.UTF8.GetBytes(body), contentType, status);

    public ReadFault Answer(byte[] body, string contentType = "application/json", int status = 200)
    {
        Response.Clear();
        Response.Dialect = dialect;
        return dialect.ReadResponse(Request, ResponseHead(contentType, status), body, JsonLimits.Default, Response);
    }

    public EventStream? Open(string contentType) => dialect.OpenStream(Request, ResponseHead(contentType, 200));

    public ReadEvents Stream(string body, string contentType, int pieceBytes = int.MaxValue) =>
        ReadEvents.Of(dialect, Open(contentType)!, Encoding.UTF8.GetBytes(body), pieceBytes);

    public ReadEvents Stream(byte[] body, string contentType, int pieceBytes = int.MaxValue) =>
        ReadEvents.Of(dialect, Open(contentType)!, body, pieceBytes);

    public Refusal Refuse() => dialect.Refuse(Reason, Request, RequestHead);

    public static List<string> Tools(Message message) => [.. message.ToolDeclarations.Select(t => Text(t.Name))];

    public static List<string> Calls(Message message) => [.. message.ToolCalls.Select(c => (c.Replayed ? "replayed " : "") + Text(c.Name) + " " + Text(c.Arguments))];

    public static List<string> Opaque(Message message) => [.. message.Opaque.Select(o => o.Kind.ToString())];

    /// <summary>What was read, one line a segment: role and decoded text.</summary>
    public static List<string> Texts(Message message) => [.. message.Segments.Select(s => $"{s.Role}: {Text(message.Text(s))}")];

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>The body with the edits asked for.</summary>
    public string Written(Message message)
    {
        Assert.True(dialect.TryWrite(message, out byte[] edited));
        return Encoding.UTF8.GetString(edited);
    }

    /// <summary>Asks for the tools of these names to be taken out, and says whether that can be.</summary>
    public bool Remove(params string[] names) =>
        dialect.RemoveTools(Request, Enumerable.Range(0, Request.ToolDeclarations.Count).Where(i => names.Contains(Text(Request.ToolDeclarations[i].Name))).ToArray());

    /// <summary>A recorded body as the filter sees it: decoded.</summary>
    public static byte[] Decoded(byte[] body)
    {
        if (body is not [0x1F, 0x8B, ..])
            return body;
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress))
            gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    /// <summary>The media type a recorded answer came with.</summary>
    public static string ContentTypeOf(RecordedExchange exchange) =>
        exchange.ResponseHeaders.First(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value.Trim('[', ']', '"');

    private static HttpHead ResponseHead(string contentType, int status) =>
        new HttpHead().Add(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add("content-type", contentType);

    public void Dispose()
    {
        Request.Dispose();
        Response.Dispose();
    }
}
