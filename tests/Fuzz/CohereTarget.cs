using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Cohere;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>Cohere's readers: an input is a request to some operation, and an answer, whole, as events and as lines.</summary>
public sealed class CohereTarget : FuzzTarget
{
    private static readonly string[] Paths = ["/v2/chat", "/v1/chat", "/v1/generate", "/v2/embed", "/v1/rerank", "/v1/detokenize", "/v1/classify"];
    private readonly Message _request = new();
    private readonly Message _answer = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]},{"role":"assistant","tool_plan":"p","tool_calls":[{"id":"t","type":"function","function":{"name":"x","arguments":"{\"a\":\"b\"}"}}],"citations":[{"text":"c","sources":[{"type":"tool","tool_output":{"a":"b"}}]}]},{"role":"tool","content":[{"type":"document","document":{"id":"d","data":"e"}}]}],"tools":[{"type":"function","function":{"name":"x","parameters":{}}}],"documents":["a",{"id":"d","data":{"a":"b"}}],"tool_choice":"NONE"}"""u8.ToArray(),
        """{"message":"a","preamble":"b","chat_history":[{"role":"CHATBOT","message":"c","tool_calls":[{"name":"x","parameters":{"a":"b"}}]},{"role":"TOOL","tool_results":[{"call":{"name":"x"},"outputs":[{"a":"b"}]}]}],"connectors":[{"id":"w"}],"tools":[{"name":"x","description":"d"}],"conversation_id":"i","prompt":"p","texts":["a"],"inputs":["a"],"tokens":[1],"query":"q"}"""u8.ToArray(),
        "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"a\"},\"tool_plan\":\"b\"}}}\n\ndata: {\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t\",\"function\":{\"name\":\"x\",\"arguments\":\"\"}}}}}\n\ndata: {\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{}\"}}}}}\n\ndata: {\"type\":\"tool-call-end\",\"index\":0}\n\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\ndata: [DONE]\n\n"u8.ToArray(),
        "{\"event_type\":\"text-generation\",\"text\":\"a\"}\n{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":0,\"name\":\"x\",\"parameters\":\"{}\"}}\n{\"event_type\":\"tool-calls-generation\",\"tool_calls\":[{\"name\":\"x\",\"parameters\":{}}]}\n{\"event_type\":\"stream-end\",\"response\":{\"text\":\"a\"}}\n"u8.ToArray(),
        """{"id":"i","message":{"role":"assistant","content":[{"type":"text","text":"a"}],"tool_calls":[]},"text":"b","generations":[{"text":"c"}],"logprobs":[{"text":"a"}],"token_strings":["a"],"tokens":[1],"search_queries":[{"text":"q"}],"documents":[{"a":"b"}],"meta":{"warnings":["w"]}}"""u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { "\n", "\n\n", "\r\n", "data: ", "event: ", ": ", "{", "}", "[", "]", ",", "\"", "null", "7", "\"Message\":", "\"name\":\"n\",", "\"tool_calls\":", "\"index\":1,", "\"type\":\"tool-call-end\",", "[DONE]", "\"choices\":[],", "\"\\u0074ext\":", "é", "\\ud83d\\ude00" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        string path = Paths[input.Length % Paths.Length];
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        CohereDialect dialect = CohereDialect.Instance;
        _request.Clear();
        int seen = DialectRun.Whole(_request, dialect.ReadRequest(head, Encoding.UTF8.GetBytes(path), input, JsonLimits.Default, _request));
        DialectRun.Removal(dialect, _request);
        HttpHead whole = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
        _answer.Clear();
        int answered = DialectRun.Whole(_answer, dialect.ReadResponse(_request, whole, input, JsonLimits.Default, _answer));
        using var unread = new Message();
        string type = input.Length % 2 == 0 ? "text/event-stream" : "application/stream+json";
        HttpHead stream = new HttpHead().Add(":status", "200").Add("content-type", type);
        return HashCode.Combine(path, seen, answered, type, DialectRun.Stream(() => dialect.OpenStream(unread, stream)!, input));
    }

    public override void Dispose()
    {
        base.Dispose();
        _request.Dispose();
        _answer.Dispose();
    }
}
