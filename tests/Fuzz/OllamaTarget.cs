using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Ollama;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>Ollama's readers: an input is a request to some operation, and an answer, whole and as lines.</summary>
public sealed class OllamaTarget : FuzzTarget
{
    private static readonly string[] Operations = ["chat", "generate", "embed", "create", "show", "pull", "copy", "web_search"];
    private readonly Message _request = new();
    private readonly Message _answer = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"model":"m","messages":[{"role":"user","content":"a","images":["aGk="]},{"role":"assistant","thinking":"t","tool_calls":[{"function":{"index":0,"name":"x","arguments":{"a":"b"}}}]},{"role":"tool","tool_name":"x","content":"{\"a\":\"b\"}"}],"tools":[{"type":"function","function":{"name":"x","parameters":{}}}],"stream":false,"format":{"type":"object"},"options":{"stop":["x"]}}"""u8.ToArray(),
        """{"model":"m","name":"m","prompt":"a","suffix":"b","system":"c","template":"d","context":[1],"images":[],"raw":true,"from":"n","files":{"a":"b"},"remote_host":"h","license":["l"],"source":"s","destination":"d","input":["a"]}"""u8.ToArray(),
        """
        {"model":"m","created_at":"t","message":{"role":"assistant","content":"a","thinking":"b","tool_calls":[{"function":{"name":"x","arguments":{}}}]},"done":false}
        {"model":"m","response":"a","logprobs":[{"token":"a"}],"done":false}
        {"done":true,"context":[1,2],"eval_count":1}
        """u8.ToArray(),
        "{\"status\":\"pulling\",\"digest\":\"d\"}\r\n\n{\"error\":\"e\"}"u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { "\n", "\r\n", "\r", "{", "}", "[", "]", ",", "\"", "null", "true", "7", "\"Model\":", "\"model\":\"n\",", "\"tool_calls\":", "\"content\":\"x\",", "\"done\":true,", "\"context\":[1],", "\"\\u0063ontent\":", "\uFEFF", "é", "\\ud83d\\ude00" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        string operation = Operations[input.Length % Operations.Length];
        byte[] path = Encoding.UTF8.GetBytes("/api/" + operation);
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", "/api/" + operation).Add("content-type", "application/json");
        OllamaDialect dialect = OllamaDialect.Instance;
        _request.Clear();
        int seen = DialectRun.Whole(_request, dialect.ReadRequest(head, path, input, JsonLimits.Default, _request));
        DialectRun.Removal(dialect, _request);
        HttpHead whole = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
        _answer.Clear();
        int answered = DialectRun.Whole(_answer, dialect.ReadResponse(_request, whole, input, JsonLimits.Default, _answer));
        HttpHead lines = new HttpHead().Add(":status", "200").Add("content-type", "application/x-ndjson");
        return HashCode.Combine(operation, seen, answered, DialectRun.Stream(() => dialect.OpenStream(_request, lines)!, input));
    }

    public override void Dispose()
    {
        base.Dispose();
        _request.Dispose();
        _answer.Dispose();
    }
}
