using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Mcp;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>Reads bodies as MCP and says what was found, in short.</summary>
internal sealed class McpExchange : IDisposable
{
    public static RefusalReason Reason { get; } = new("tool_not_allowed", "The policy does not allow this caller to use the tool.", "e1");

    public HttpHead RequestHead { get; } = new HttpHead().Add(":method", "POST").Add(":path", "/mcp").Add("content-type", "application/json");

    public HttpHead ResponseHead { get; } = new HttpHead().Add(":status", "200").Add("content-type", "application/json");

    public Message Request { get; } = new();

    public Message Response { get; } = new();

    public ReadFault Send(string body)
    {
        Request.Clear();
        Request.Dialect = McpDialect.Instance;
        return McpDialect.Instance.ReadRequest(RequestHead, "/mcp"u8.ToArray(), Encoding.UTF8.GetBytes(body), JsonLimits.Default, Request);
    }

    public ReadFault Answer(string body)
    {
        Response.Clear();
        Response.Dialect = McpDialect.Instance;
        return McpDialect.Instance.ReadResponse(Request, ResponseHead, Encoding.UTF8.GetBytes(body), JsonLimits.Default, Response);
    }

    public EventStream Open() => McpDialect.Instance.OpenStream(Request, new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream"))!;

    public ReadFault Event(EventStream stream, string data, string name = "")
    {
        Response.Clear();
        Response.Dialect = McpDialect.Instance;
        using var framer = new SseFramer(1 << 20);
        framer.Push(Encoding.UTF8.GetBytes((name.Length > 0 ? $"event: {name}\n" : "") + $"data: {data}\n\n"));
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
        byte[] copy = frame.Data.ToArray();
        return stream.Read(frame with { Data = copy }, JsonLimits.Default, Response);
    }

    public Refusal Refuse(bool read = true, RefusalReason? reason = null) =>
        McpDialect.Instance.Refuse(reason ?? Reason, read ? Request : null, RequestHead);

    public static string Edited(Message message)
    {
        Assert.True(McpDialect.Instance.TryWrite(message, out byte[] edited));
        return Encoding.UTF8.GetString(edited);
    }

    /// <summary>Texts with their roles, in the order of the body: <c>Role:text</c>.</summary>
    public static IEnumerable<string> Texts(Message message, params TextRole[] roles) =>
        message.Segments.Where(s => roles.Length == 0 || roles.Contains(s.Role)).OrderBy(s => s.Document).ThenBy(s => s.Start)
            .Select(s => $"{s.Role}:{Encoding.UTF8.GetString(message.Text(s).Span)}").ToList();

    public static string Names(IEnumerable<ReadOnlyMemory<byte>> names) => string.Join("|", names.Select(n => Encoding.UTF8.GetString(n.Span)));

    public static string Calls(Message message) => Names(message.ToolCalls.Where(c => !c.Replayed).Select(c => c.Name));

    public static string Declared(Message message) => Names(message.ToolDeclarations.Select(d => d.Name));

    /// <summary>
    /// A string is a segment, opaque, or JSON whose strings are segments; never two of these, never none. What an address leads
    /// to is opaque, the address itself is read.
    /// </summary>
    public static void AssertEachStringOnce(Message message)
    {
        for (int d = 0; d < message.Documents.Count; d++)
        {
            JsonTape tape = message.Documents[d].Tape;
            for (int node = 0; node < tape.Count; node++)
            {
                if (tape[node].Kind != JsonKind.String || tape[node].Length == 0)
                    continue;
                int count = message.Segments.Count(s => s.Document == d && s.Start == tape[node].Start)
                    + message.Opaque.Count(o => o.Kind != OpaqueKind.RemoteReference && o.Document == d && o.Start == tape[node].Start)
                    + message.Documents.Count(n => n.Parent == d && n.ParentNode == node);
                Assert.True(count == 1, $"{count} times: {Encoding.UTF8.GetString(tape.Raw(node))}");
            }
        }
    }

    public void Dispose()
    {
        Request.Dispose();
        Response.Dispose();
    }
}
