using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.A2a;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>A2A's readers: a body as request and answer of both bindings, and as a stream in any cut.</summary>
public sealed class A2aTarget : FuzzTarget
{
    private static readonly HttpHead RpcHead = Head("POST", "/agent");
    private static readonly HttpHead RestHead = Head("POST", "/message:send");
    private static readonly HttpHead Answer = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
    private static readonly HttpHead Stream = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
    private readonly Message _request = new();
    private readonly Message _message = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"role":"ROLE_USER","parts":[{"text":"hi"},{"data":{"a":"{\"b\":\"c\"}"}},{"raw":"aGk=","mediaType":"image/png"},{"url":"https://x"}]}}}"""u8.ToArray(),
        """{"request":{"content":[{"file":{"fileWithUri":"https://x","mimeType":"text/plain"}}]},"configuration":{"pushNotification":{"url":"https://x"}}}"""u8.ToArray(),
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"artifactUpdate\":{\"taskId\":\"t\",\"artifact\":{\"artifactId\":\"a\",\"parts\":[{\"text\":\"one\"}]},\"append\":true}}}\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"statusUpdate\":{\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}}\n\n"u8.ToArray(),
        """{"jsonrpc":"2.0","id":1,"result":{"task":{"id":"t","status":{"message":{"parts":[{"text":"x"}]}},"artifacts":[{"parts":[]}],"history":[]}}}"""u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { "\"message\":", "\"parts\":[", "{\"text\":\"x\"}", "\"task_id\":", "\"taskId\":\"u\",", "\"artifact\":{", "\"url\":\"https://y\"", "\"file\":{", "\"raw\":\"\"", "null", "{", "}", "[", "]", ",", "data: ", "\n\n", "\"Parts\":", "\"config\":{", "\"status\":{" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        ReadFault rpc = Read(RpcHead, "/agent"u8.ToArray(), input);
        int texts = _message.Segments.Count;
        ReadFault rest = Read(RestHead, "/message:send"u8.ToArray(), input);
        _message.Clear();
        _message.Dialect = A2aDialect.Instance;
        ReadFault answer = A2aDialect.Instance.ReadResponse(_request, Answer, input, JsonLimits.Default, _message);
        if (answer == ReadFault.None)
            EditsStayJson(input);
        string whole = ReadStream(input, input.Length + 1);
        foreach (int piece in (ReadOnlySpan<int>)[1, 3, 1 + (input.Length / 2)])
            Hold(ReadStream(input, piece) == whole, $"chunks of {piece} read otherwise");
        return HashCode.Combine(rpc, rest, answer, Math.Min(texts, 12), _message.Opaque.Count);
    }

    public override void Dispose()
    {
        _request.Dispose();
        _message.Dispose();
        base.Dispose();
    }

    private static HttpHead Head(string method, string path) => new HttpHead().Add(":method", method).Add(":path", path).Add("content-type", "application/json");

    private ReadFault Read(HttpHead head, ReadOnlyMemory<byte> path, byte[] input)
    {
        _message.Clear();
        _message.Dialect = A2aDialect.Instance;
        ReadFault fault = A2aDialect.Instance.ReadRequest(head, path, input, JsonLimits.Default, _message);
        Hold(fault != ReadFault.None || _message.ToolCalls.Count == 1, "a request without a method");
        _ = A2aDialect.Instance.Refuse(new RefusalReason("x", "X.", "e"), _message, head);
        if (fault == ReadFault.None)
            EditsStayJson(input);
        return fault;
    }

    /// <summary>Every text at once replaced leaves JSON of the same shape, and nothing replaced leaves the bytes.</summary>
    private void EditsStayJson(byte[] input)
    {
        Hold(A2aDialect.Instance.TryWrite(_message, out byte[] same) && same.AsSpan().SequenceEqual(input), "bytes changed without an edit");
        int nodes = _message.Documents.Count > 0 ? _message.Documents[0].Tape.Count : 0;
        foreach (Segment segment in _message.Segments)
        {
            if (segment.Document >= 0)
                _message.Replace(segment, 0, _message.Text(segment).Length, "\"\\\n"u8.ToArray());
        }
        Hold(A2aDialect.Instance.TryWrite(_message, out byte[] edited), "edits contradict each other");
        using var tape = new JsonTape();
        JsonFault fault = nodes > 0 ? tape.Parse(edited, JsonLimits.Default) : JsonFault.None;
        // Keys that read like prose are edited too, and may become the same.
        Hold(fault is JsonFault.DuplicateKey || tape.Count == nodes, "an edit broke the JSON");
    }

    private string ReadStream(byte[] input, int piece)
    {
        using EventStream stream = A2aDialect.Instance.OpenStream(_request, Stream)!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        var said = new StringBuilder();
        for (int at = 0; at < input.Length; at += piece)
        {
            framer.Push(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            while (framer.Next(out EventFrame frame) == FrameStep.Frame)
            {
                _message.Clear();
                said.Append(stream.Read(frame, JsonLimits.Default, _message)).Append(';');
                foreach (Segment segment in _message.Segments)
                    said.Append(segment.Channel).Append(Convert.ToHexString(_message.Text(segment).Span)).Append(',');
            }
        }
        // A line feed that was cut off its carriage return is a frame that says nothing.
        return said.Replace("None;", "").ToString();
    }
}
