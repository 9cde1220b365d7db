using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Mcp;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>
/// MCP's bodies and streams, from either side: read or refused, each string once, tools and calls found as another reader finds
/// them, gone when taken out, and edits that stay where they are asked for. An input's first byte says whose body it is.
/// </summary>
public sealed class McpTarget : FuzzTarget
{
    private const string Asked = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private static readonly HttpHead RequestHead = new HttpHead().Add(":method", "POST").Add(":path", "/mcp").Add("content-type", "application/json");
    private static readonly HttpHead ResponseHead = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
    private static readonly HttpHead StreamHead = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
    private static readonly string[] Keys =
    [
        "_meta", "name", "arguments", "uri", "url", "message", "data", "messages", "systemPrompt", "tools", "toolChoice", "requestedSchema", "inputRequests", "inputResponses",
        "taskId", "task", "tasks", "result", "error", "content", "structuredContent", "contents", "prompts", "resources", "completion", "description", "instructions", "serverInfo",
        "role", "type", "text", "blob", "resource", "input", "icons", "src", "inputSchema", "method", "params", "jsonrpc", "id", "Tools", "p\\u0061rams", "cacheScope", "ttlMs",
        "elicitations", "clientInfo", "io.modelcontextprotocol/serverInfo", "a key that is prose",
    ];
    private static readonly string[] Values =
    [
        "\"x\"", "\"\"", "\"tool_use\"", "\"assistant\"", "\"{\\\"a\\\":\\\"b\\\"}\"", "\"sampling/createMessage\"", "\"tools/call\"", "\"wipe\"", "\"\\u0077ipe\"", "\"public\"",
        "\"image\"", "\"https://x\"", "\"data:image/png;base64,AA\"", "\"two words\"", "7", "1.0", "null", "true",
    ];

    private readonly Message _request = new();
    private readonly Message _message = new();
    private readonly Message _again = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Input(0, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wipe","arguments":{"a":"{\"b\":\"c\"}"},"_meta":{"progressToken":"p"}}}"""),
        Input(0, """[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"result":{"role":"assistant","content":{"type":"tool_use","name":"wipe","input":{}}}}]"""),
        Input(1, """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"wipe","description":"d","inputSchema":{"properties":{"p":{}}}},{"name":"b"}],"ttlMs":1,"cacheScope":"public"}}"""),
        Input(1, """{"jsonrpc":"2.0","id":1,"result":{"inputRequests":{"q":{"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":[]}],"tools":[{"name":"wipe"}]}}}}}"""),
        Input(1, """{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m","data":{"elicitations":[{"mode":"url","url":"https://x"}]}}}"""),
        Input(2, "event: endpoint\ndata: /messages?sessionId=1\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":\"wipe\"}]}}\n\n"),
        Input(2, ": ping\n\nid: 1\ndata:\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\ndata: \"params\":{\"message\":\"m\"}}\r\n\r\n"),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. Keys.Select(k => $"\"{k}\":").Concat(Values).Concat(["{", "}", "[", "]", ",", "\n\n", "data: ", "\r", "\"id\":1,", "\"jsonrpc\":\"2.0\","]).Select(Encoding.UTF8.GetBytes)];

    public override byte[] Make(Random random)
    {
        int side = random.Next(3);
        var text = new StringBuilder();
        for (int events = side == 2 ? random.Next(1, 4) : 1; events > 0; events--)
        {
            text.Append(side == 2 ? "data: " : "").Append("{\"jsonrpc\":\"2.0\",\"id\":").Append(random.Next(1, 3)).Append(',');
            text.Append(side == 0 && random.Next(3) > 0 ? $"\"method\":{Values[random.Next(4, 8)]},\"params\":" : random.Next(8) == 0 ? "\"error\":" : "\"result\":");
            Value(random, text, 5);
            text.Append(side == 2 ? "}\n\n" : "}");
        }
        return Input((byte)side, text.ToString());
    }

    public override int Run(byte[] input)
    {
        if (input.Length == 0)
            return 0;
        byte[] body = input[1..];
        Read(_request, Encoding.UTF8.GetBytes(Asked), fromClient: true);
        if (input[0] % 3 == 2)
            return RunStream(body);
        bool fromClient = input[0] % 3 == 0;
        ReadFault fault = Read(_message, body, fromClient);
        if (fault == ReadFault.None && body.Length > 0)
            Check(_message, body, fromClient);
        return HashCode.Combine(fault, _message.JsonFault, Math.Min(_message.ToolDeclarations.Count, 3), Math.Min(_message.ToolCalls.Count, 3), Roles(_message), _message.Opaque.Count > 0);
    }

    public override void Dispose()
    {
        _request.Dispose();
        _message.Dispose();
        _again.Dispose();
        base.Dispose();
    }

    private int RunStream(byte[] body)
    {
        string whole = ReadStream(body, body.Length + 1);
        foreach (int piece in (ReadOnlySpan<int>)[1, 3, 1 + (body.Length / 2)])
            Hold(ReadStream(body, piece) == whole, $"pieces of {piece} read otherwise");
        return whole.GetHashCode(StringComparison.Ordinal) & 0xFFF;
    }

    private string ReadStream(byte[] body, int piece)
    {
        using EventStream stream = McpDialect.Instance.OpenStream(_request, StreamHead)!;
        using EventFramer framer = stream.CreateFramer(4096);
        var seen = new StringBuilder();
        for (int at = 0; at < body.Length; at += piece)
        {
            framer.Push(body.AsSpan(at, Math.Min(piece, body.Length - at)));
            while (framer.Next(out EventFrame frame) == FrameStep.Frame)
                Take(frame);
        }
        if (framer.Flush(out EventFrame last) == FrameStep.Frame)
            Take(last);
        Hold(Encoding.UTF8.GetString(stream.Refuse(new RefusalReason("r", "m", "e"))).StartsWith("event: message\ndata: {\"jsonrpc\":\"2.0\"", StringComparison.Ordinal), "a refusal is no message");
        return seen.ToString();

        void Take(EventFrame frame)
        {
            _message.Clear();
            _message.Dialect = McpDialect.Instance;
            ReadFault fault = stream.Read(frame, JsonLimits.Default, _message);
            if (fault == ReadFault.None && _message.Documents.Count > 0)
                Check(_message, frame.Data.ToArray(), fromClient: false);
            // What a cut makes of an event that says nothing (the line feed of a CRLF) is no difference.
            if (frame.HasData)
                seen.Append(fault).Append(Roles(_message)).Append(Names(_message)).Append(';');
        }
    }

    private void Check(Message message, byte[] body, bool fromClient)
    {
        HoldEachStringOnce(message);
        if (message.Documents.Count == 0)
            return;
        using JsonDocument document = JsonDocument.Parse(body);
        IEnumerable<JsonElement> messages = document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.EnumerateArray() : [document.RootElement];
        string[] offered = [.. message.ToolDeclarations.Select(d => Encoding.UTF8.GetString(d.Name.Span))];
        string[] called = [.. message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span))];
        foreach (JsonElement one in messages)
        {
            Hold(Names(one, "result").All(offered.Contains), "an offered tool is not seen");
            Hold(Called(one) is not { } name || called.Contains(name), "a call is not seen");
        }
        if (offered.Length > 0 && McpDialect.Instance.RemoveTools(message, [.. Enumerable.Range(0, offered.Length)]))
        {
            Hold(McpDialect.Instance.TryWrite(message, out byte[] without), "removals overlap");
            Hold(Read(_again, without, fromClient) == ReadFault.None && _again.ToolDeclarations.Count == 0, "a removed tool is still there");
            message.Splices.Clear();
        }
        HoldEditStays(message, fromClient);
    }

    private void HoldEditStays(Message message, bool fromClient)
    {
        if (message.Segments.FindIndex(s => s.Role is TextRole.ToolResult or TextRole.ToolArgument or TextRole.Unknown or TextRole.Document or TextRole.Schema) is var index and >= 0)
        {
            Segment segment = message.Segments[index];
            int length = message.Text(segment).Length;
            message.Replace(segment, 0, length, "\"\\\n"u8.ToArray());
            Hold(McpDialect.Instance.TryWrite(message, out byte[] edited), "one edit overlaps itself");
            using JsonDocument still = JsonDocument.Parse(edited);
            Hold(edited.Length > 0, "an edit takes everything");
            Hold(fromClient || message.Splices.Count <= 4, "an edit spreads");
        }
    }

    private static void HoldEachStringOnce(Message message)
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
                Hold(count == 1, $"a string is read {count} times");
            }
        }
    }

    private ReadFault Read(Message message, byte[] body, bool fromClient)
    {
        message.Clear();
        message.Dialect = McpDialect.Instance;
        return fromClient ? McpDialect.Instance.ReadRequest(RequestHead, "/mcp"u8.ToArray(), body, JsonLimits.Default, message)
            : McpDialect.Instance.ReadResponse(_request, ResponseHead, body, JsonLimits.Default, message);
    }

    private static IEnumerable<string> Names(JsonElement message, string holder)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty(holder, out JsonElement found) || found.ValueKind != JsonValueKind.Object
            || !found.TryGetProperty("tools", out JsonElement tools) || tools.ValueKind != JsonValueKind.Array)
            return [];
        return tools.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.Object && t.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String)
            .Select(t => t.GetProperty("name").GetString()!);
    }

    private static string? Called(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("method", out JsonElement method) && method.ValueKind == JsonValueKind.String && method.GetString() == "tools/call"
        && message.TryGetProperty("params", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("name", out JsonElement name)
            ? name.GetString() : null;

    private static int Roles(Message message) => message.Segments.Aggregate(0, (bits, s) => bits | 1 << (int)s.Role);

    private static string Names(Message message) =>
        string.Join('|', message.ToolDeclarations.Select(d => Convert.ToHexString(d.Name.Span)).Concat(message.ToolCalls.Select(c => Convert.ToHexString(c.Name.Span))));

    private static void Value(Random random, StringBuilder text, int depth)
    {
        int kind = random.Next(depth > 0 ? 6 : 2);
        if (kind < 2)
        {
            text.Append(Values[random.Next(Values.Length)]);
            return;
        }
        bool list = kind == 2;
        text.Append(list ? '[' : '{');
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int members = random.Next(5); members > 0; members--)
        {
            string key = Keys[random.Next(Keys.Length)];
            if (!list && !used.Add(key))
                continue;
            text.Append(text[^1] is '[' or '{' ? "" : ",");
            if (!list)
                text.Append('"').Append(key).Append("\":");
            Value(random, text, depth - 1);
        }
        text.Append(list ? ']' : '}');
    }

    private static byte[] Input(byte side, string text) => [side, .. Encoding.UTF8.GetBytes(text)];
}
