using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAiResponses;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>The Responses API's readers: an input is a request, an answer to it and a stream.</summary>
public sealed class ResponsesTarget : FuzzTarget
{
    private static readonly (string Method, string Path)[] Operations =
        [("POST", "/v1/responses"), ("POST", "/v1/responses/compact"), ("POST", "/v1/conversations"), ("POST", "/v1/conversations/c/items"), ("GET", "/v1/conversations/c/items/i"), ("GET", "/v1/responses/r/input_items")];

    private static readonly HttpHead Json = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
    private static readonly HttpHead Events = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
    private readonly Message _request = new();
    private readonly Message _answer = new();
    private readonly Message _offering = new();

    /// <summary>Makes the target.</summary>
    public ResponsesTarget() => ReadRequest(_offering, Operations[0], """{"input":"x","tools":[{"type":"web_search_preview"},{"type":"function","name":"f"}]}"""u8.ToArray());

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"model":"m:online","input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA=="}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{\"q\":\"{\\\"r\\\":1}\"}"},{"type":"function_call_output","call_id":"c","output":"{\"a\":\"b\"}"},{"type":"additional_tools","tools":[{"type":"function","name":"g"}]},{"type":"mcp_approval_request","id":"i","server_label":"w","name":"n","arguments":"{}"},{"type":"mcp_approval_response","approval_request_id":"i","approve":true},{"id":"r"}],"tools":[{"type":"function","name":"f","parameters":{"title":"t"}},{"type":"mcp","server_label":"w","server_url":"https://x","allowed_tools":{"tool_names":["n","o"]}},{"type":"namespace","name":"s","tools":[{"type":"custom","name":"g"}]},{"type":"web_search"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]},"prompt":{"id":"p","variables":{"a":"b"}},"plugins":[{"id":"web"}],"text":{"format":{"type":"json_schema","schema":{"title":"t"}}}}"""u8.ToArray(),
        """{"id":"r","object":"response","model":"m","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[{"url":"https://x","title":"t"}],"logprobs":[{"token":"a","top_logprobs":[{"token":"b"}]}]}]},{"type":"web_search_call","action":{"query":"q"}},{"type":"mcp_list_tools","server_label":"w","tools":[{"name":"n"},{"name":"o"}]},{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"AA=="},{"type":"shell_call","action":{"commands":["c"]}}],"tools":[{"type":"web_search"}]}"""u8.ToArray(),
        """{"items":[{"type":"message","role":"user","content":"a"}],"data":[{"type":"function_call","name":"f","arguments":"{}"}],"metadata":{"a":"b"}}"""u8.ToArray(),
        Encoding.UTF8.GetBytes(string.Concat(Stream.Select(e => $"data: {e}\n\n"))),
        Encoding.UTF8.GetBytes(string.Concat(Stream.Reverse().Select(e => $"event: response.x\ndata: {e}\r\n\r\n: c\n\n"))),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[]
        {
            "\n\n", "\r\n\r\n", "data: ", "data: [DONE]\n\n", "event: response.created\n", ": c\n\n", ",", "[", "]", "{", "}", "\"", "null", "true", "\"output_index\":1,", "\"content_index\":2,",
            "\"type\":\"function_call\",", "\"type\":\"item_reference\",", "\"type\":\"mcp_call\",\"server_label\":\"w\",", "\"name\":\"z\",", "\"arguments\":\"{}\",", "\"tools\":[", "\"Type\":", "\"t\\u0079pe\":",
            "{\"type\":\"function\",\"name\":\"y\"},", "\"call_id\":\"d\",", "\"tool_choice\":\"required\",", "\"allowed_tools\":[\"y\"],", "é", "\\ud83d\\ude00", "\uFEFF",
        }.Select(Encoding.UTF8.GetBytes)];

    private static string[] Stream =>
    [
        """{"type":"response.created","sequence_number":0,"response":{"id":"r","model":"m","output":[]}}""",
        """{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}""",
        """{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\":"}""",
        """{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":1}"}""",
        """{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}}""",
        """{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"a","logprobs":[{"token":"a"}]}""",
        """{"type":"response.shell_call_output_content.delta","output_index":2,"command_index":0,"delta":{"stdout":"o","stderr":"e"}}""",
        """{"type":"response.output_text.done","output_index":1,"content_index":0,"text":"a"}""",
        """{"type":"response.completed","response":{"id":"r","output":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}]}}""",
    ];

    public override int Run(byte[] input)
    {
        (string Method, string Path) operation = Operations[input.Length % Operations.Length];
        int seen = DialectRun.Whole(_request, ReadRequest(_request, operation, input));
        if (_request.Documents.Count > 0)
            DialectRun.Removal(OpenAiResponsesDialect.Instance, _request);
        _answer.Clear();
        int answered = DialectRun.Whole(_answer, OpenAiResponsesDialect.Instance.ReadResponse(_request, Json, input, JsonLimits.Default, _answer));
        if (_answer.Documents.Count > 0)
            DialectRun.Removal(OpenAiResponsesDialect.Instance, _answer);
        int events = DialectRun.Stream(() => OpenAiResponsesDialect.Instance.OpenStream(_offering, Events)!, input);
        return HashCode.Combine(operation, seen, answered, events);
    }

    public override void Dispose()
    {
        base.Dispose();
        _request.Dispose();
        _answer.Dispose();
        _offering.Dispose();
    }

    private static ReadFault ReadRequest(Message message, (string Method, string Path) operation, byte[] body)
    {
        message.Clear();
        HttpHead head = new HttpHead().Add(":method", operation.Method).Add(":path", operation.Path).Add("content-type", "application/json");
        return OpenAiResponsesDialect.Instance.ReadRequest(head, Encoding.UTF8.GetBytes(operation.Path), operation.Method == "GET" ? default : (ReadOnlyMemory<byte>)body, JsonLimits.Default, message);
    }
}
