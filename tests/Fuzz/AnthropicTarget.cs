using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>Anthropic's readers: a body as request on each path, as answer, and as streams in any cut.</summary>
public sealed class AnthropicTarget : FuzzTarget
{
    private static readonly AnthropicDialect Dialect = AnthropicDialect.Instance;
    private static readonly HttpHead RequestHead = new HttpHead().Add(":method", "POST").Add("content-type", "application/json");
    private static readonly HttpHead UploadHead = new HttpHead().Add(":method", "POST").Add("content-type", "multipart/form-data; boundary=b");
    private static readonly HttpHead ListHead = new HttpHead().Add(":method", "GET");
    private static readonly HttpHead Answer = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
    private static readonly HttpHead Stream = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
    private static readonly HttpHead Lines = new HttpHead().Add(":status", "200").Add("content-type", "application/x-jsonl");
    private static readonly RefusalReason Reason = new("x", "No.", "e");
    private readonly Message _request = new();
    private readonly Message _message = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"model":"m","system":"s","messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image","source":{"type":"base64","data":"AA=="}},{"type":"document","title":"t","source":{"type":"text","data":"d"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"s"},{"type":"tool_use","id":"t","name":"a","input":{"q":"{\"x\":\"y\"}"}},{"type":"server_tool_use","id":"u","name":"b","input":{}},{"type":"web_search_tool_result","tool_use_id":"u","content":[{"type":"web_search_result","title":"T","url":"https://e"}]}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"[\"r\"]"}]}],"tools":[{"name":"a","input_schema":{}},{"type":"bash_1","name":"bash"}],"tool_choice":{"type":"auto"}}"""u8.ToArray(),
        """{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}},{"type":"tool_removal","tool":{"type":"tool_reference","name":"a"}},{"type":"mcp_tool_listing","mcp_server_name":"x","tools":[{"name":"a"}]}]},{"role":"user","content":[{"type":"compaction","content":"c","tool_changes":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"b"}}}]}]}],"tools":[{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"a":{"enabled":true},"b":{"enabled":true}}},{"name":"a"}],"mcp_servers":[{"url":"https://e","name":"x"},{"url":"https://f","name":"y","tool_configuration":{"allowed_tools":["a","b"]}}]}"""u8.ToArray(),
        """{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"mcp_toolset","mcp_server_name":"x","tools":[{"name":"a"},{"name":"b"}]}}},{"type":"tool_result","content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"c"}}}]}]}],"system":[{"type":"mcp_tool_listing","tools":[{"name":"d"}]}]}"""u8.ToArray(),
        """{"requests":[{"custom_id":"a","params":{"model":"m","messages":[],"tools":[{"name":"a"}]}}]}"""u8.ToArray(),
        """{"model":"m","prompt":"p"}"""u8.ToArray(),
        Encoding.UTF8.GetBytes("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\nContent-Type: application/json\r\n\r\n{\"a\":\"b\"}\r\n--b--\r\n"),
        """{"id":"1","type":"message","content":[{"type":"text","text":"x","citations":[{"cited_text":"c","url":"u"}]},{"type":"tool_use","name":"a","input":{}}],"stop_details":{"explanation":"e"}}"""u8.ToArray(),
        Encoding.UTF8.GetBytes("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"content\":[]}}\n\n" + Event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"a\"}")
            + Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}") + Event("content_block_stop", "\"index\":0")
            + Event("content_block_start", "\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"name\":\"a\",\"input\":{}}") + Event("content_block_delta", "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"q\\\":\"}")
            + Event("content_block_delta", "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}") + Event("content_block_stop", "\"index\":1") + Event("message_delta", "\"delta\":{\"stop_reason\":\"tool_use\"}") + Event("message_stop", "\"x\":1")),
        """{"custom_id":"a","result":{"type":"succeeded","message":{"content":[{"type":"tool_use","name":"a","input":{}}]}}}"""u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { "\"type\":\"tool_use\",", "\"name\":\"a\",", "\"input\":{}", "\"content\":[", "{\"type\":\"text\",\"text\":\"x\"}", "\"messages\":[", "\"tools\":[", "\"tool_choice\":{\"type\":\"tool\",\"name\":\"a\"},",
            "\"Messages\":[],", "\"source\":{", "\"params\":{", "null", "{", "}", "[", "]", ",", "data: ", "event: ", "\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n", "\"index\":0,", "\"index\":1,", "\r\n--b\r\n", "\"mcp_servers\":[{\"name\":\"x\",\"url\":\"https://e\"}],",
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        var shape = new HashCode();
        foreach (string path in (string[])["/v1/messages", "/v1/messages/batches", "/v1/complete", "/publishers/anthropic/models/c:rawPredict"])
            shape.Add(ReadRequest(RequestHead, path, input));
        shape.Add(ReadRequest(UploadHead, "/v1/files", input));
        _request.Clear();
        _message.Clear();
        ReadFault answer = Dialect.ReadResponse(_request, Answer, input, JsonLimits.Default, _message);
        shape.Add(answer);
        if (answer == ReadFault.None)
            EditsStayJson(input);
        shape.Add(ReadCuts(input, "POST", "/v1/messages", Stream));
        ReadCuts(input, "POST", "/v1/complete", Stream);
        ReadCuts(input, "GET", "/v1/messages/batches/b/results", Lines);
        return shape.ToHashCode();
    }

    public override void Dispose()
    {
        _request.Dispose();
        _message.Dispose();
        base.Dispose();
    }

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";

    private int ReadRequest(HttpHead head, string path, byte[] input)
    {
        _message.Clear();
        _message.Dialect = Dialect;
        ReadFault fault = Dialect.ReadRequest(head, Encoding.UTF8.GetBytes(path), input, JsonLimits.Default, _message);
        int shape = HashCode.Combine(fault, Math.Min(_message.Segments.Count, 16), _message.Opaque.Count, _message.ToolCalls.Count, _message.ToolDeclarations.Count);
        if (fault != ReadFault.None)
            return shape;
        Hold(path == "/v1/files" || !_message.Model.IsEmpty, "a request without a model");
        EditsStayJson(input);
        if (_message.ToolDeclarations.Count > 0)
            RemovalRemoves(head, path, input);
        return shape;
    }

    /// <summary>A body without the tools reads again, and has none of them.</summary>
    private void RemovalRemoves(HttpHead head, string path, byte[] input)
    {
        byte[] gone = _message.ToolDeclarations[^1].Name.ToArray();
        _message.Splices.Clear();
        int[] removed = [.. Enumerable.Range(0, _message.ToolDeclarations.Count).Where(i => _message.ToolDeclarations[i].Name.Span.SequenceEqual(gone))];
        if (!Dialect.RemoveTools(_message, removed))
            return;
        Hold(Splice.TryApply(input, _message.Splices, out byte[] left), "removals contradict each other");
        _message.Clear();
        Hold(Dialect.ReadRequest(head, Encoding.UTF8.GetBytes(path), left, JsonLimits.Default, _message) == ReadFault.None, "what is left is no request");
        Hold(!_message.ToolDeclarations.Any(t => t.Name.Span.SequenceEqual(gone)), "a tool is left");
    }

    /// <summary>Nothing replaced leaves the bytes; every text replaced leaves JSON of the same shape.</summary>
    private void EditsStayJson(byte[] input)
    {
        Hold(Dialect.TryWrite(_message, out byte[] same) && same.AsSpan().SequenceEqual(input), "bytes changed without an edit");
        if (_message.Documents.Count == 0 || _message.Documents[0].Offset != 0 || _message.Segments.Any(s => s.Document < 0))
            return;
        int nodes = _message.Documents[0].Tape.Count;
        foreach (Segment segment in _message.Segments)
            _message.Replace(segment, 0, _message.Text(segment).Length, "\"\\\n"u8.ToArray());
        Hold(Splice.TryApply(input, _message.Splices, out byte[] edited), "edits contradict each other");
        _message.Splices.Clear();
        using var tape = new JsonTape();
        // Keys that read like prose are edited too, and may become the same.
        Hold(tape.Parse(edited, JsonLimits.Default) is JsonFault.DuplicateKey || tape.Count == nodes, "an edit broke the JSON");
    }

    private int ReadCuts(byte[] input, string method, string path, HttpHead answer)
    {
        _request.Clear();
        byte[] body = method == "GET" ? [] : """{"model":"m","messages":[],"prompt":"p"}"""u8.ToArray();
        Dialect.ReadRequest(method == "GET" ? ListHead : RequestHead, Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, _request);
        string whole = ReadStream(input, input.Length + 1, answer, out int shape);
        foreach (int piece in (ReadOnlySpan<int>)[1, 3, 1 + (input.Length / 2)])
            Hold(ReadStream(input, piece, answer, out _) == whole, $"chunks of {piece} read otherwise");
        return shape;
    }

    private string ReadStream(byte[] input, int piece, HttpHead answer, out int shape)
    {
        using EventStream stream = Dialect.OpenStream(_request, answer)!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        var said = new StringBuilder();
        ReadFault fault = ReadFault.None;
        int read = 0;
        for (int at = 0; at < input.Length && fault == ReadFault.None; at += piece)
        {
            framer.Push(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            while (fault == ReadFault.None && framer.Next(out EventFrame frame) == FrameStep.Frame)
            {
                _message.Clear();
                fault = stream.Read(frame, JsonLimits.Default, _message);
                Note(said, fault);
                if (fault == ReadFault.None && !stream.HasOpenCall && read++ % 2 == 0)
                    stream.OnReleased(edited: false);
            }
        }
        bool ended = stream.Ended;
        _ = stream.Refuse(Reason);
        _message.Clear();
        Hold(stream.Finish(_message) == ReadFault.None && !stream.HasOpenCall, "a call is open after the end");
        Note(said, fault);
        shape = HashCode.Combine(fault, ended, Math.Min(said.Length / 8, 64));
        // A line feed that was cut off its carriage return is a frame that says nothing.
        return said.Replace("None;", "").ToString();
    }

    private void Note(StringBuilder said, ReadFault fault)
    {
        said.Append(fault).Append(';');
        foreach (ToolCall call in _message.ToolCalls)
            said.Append(Convert.ToHexString(call.Name.Span)).Append('(').Append(Convert.ToHexString(call.Arguments.Span)).Append(')');
        foreach (Segment segment in _message.Segments)
            said.Append(segment.Channel).Append(Convert.ToHexString(_message.Text(segment).Span)).Append(',');
    }
}
