using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>OpenAI's chat and the endpoints beside it: what comes first in an input says which, and which way it goes.</summary>
public sealed class OpenAiTarget : FuzzTarget
{
    private static readonly (Dialect Dialect, string Path)[] Endpoints =
    [
        (OpenAiChatDialect.Instance, "/v1/chat/completions"), (CompletionsDialect.Instance, "/v1/completions"), (EmbeddingsDialect.Instance, "/v1/embeddings"),
        (ModerationsDialect.Instance, "/v1/moderations"), (RerankDialect.Instance, "/v1/rerank"),
    ];

    private readonly Message _message = new();
    private readonly Message _request = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            """0{"model":"a:online","models":["b"],"messages":[{"role":"user","name":"n","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:,x"}}]},{"role":"assistant","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"}}]}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"web_search"}],"plugins":[{"id":"web"}],"tool_choice":"auto"}""",
            """0{"messages":[],"search_parameters":{"mode":"auto"},"enable_search":true,"compound_custom":{"tools":{"enabled_tools":["a","b"]}},"agent_id":"x","guided_json":"{\"a\":1}","chat_template":"t","stop":["a b"]}""",
            """1{"id":"c","model":"m","choices":[{"index":0,"message":{"content":"hi","reasoning":"r","tool_calls":[{"function":{"name":"f","arguments":"{}"}}],"executed_tools":[{"type":"s","arguments":"{}","output":"o"}]},"logprobs":{"content":[{"token":"h","bytes":[1],"top_logprobs":[{"token":"x"}]}]},"token_ids":[1],"finish_reason":"stop"}],"prompt_logprobs":[{"1":{"decoded_token":"p"}}],"citations":["https://a"]}""",
            "2data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]},\"message\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{\"token\":\"a\"}]}}],\"value\":\"v\"}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            """3{"prompt":["a",[1,2]],"suffix":"b","logprobs":1,"prompt_embeds":["AA"]}""",
            """4{"choices":[{"text":"a","logprobs":{"tokens":["a"],"top_logprobs":[{"a":-1}]}}],"completions":[{"completion":"x","log_probs":[{"x":-1}],"completion_tokens":["x"]}]}""",
            """6{"input":["a",{"text":"b"},{"image":"https://x"}],"input_type":"query"}""",
            """7{"data":[{"embedding":"AAAA","index":0}],"model":"m"}""",
            """9{"input":[[{"role":"user","content":"a"}]]}""",
            """<{"query":"q","documents":["a",{"text":"b","x":"y"}]}""",
            """={"results":[{"document":{"text":"b"}}]}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
    [
        .. new[]
        {
            "\"tool_calls\":", "\"index\":1", "\"name\":\"f\"", "\"message\":", "\"delta\":", "\"logprobs\":", "\"models\":[\"a\"]", ":online", "\"type\":\"custom\"", "\"custom\":{\"name\":\"c\"}",
            "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}", "\"finish_reason\":\"stop\"", "data: [DONE]\n\n", "{\"choices\":[", "null", "[]", "{}", "\\u0061", "\"plugins\":", "\"prompt\":", "\"messages\":[]",
            "\"function_call\":{\"name\":\"g\"}", "\"enabled\":false", "\"Tools\"", "\"text\":\"t\"", "data: ", "\n\n", "1e9", "\"token_ids\":[1]", "\"tokens\":[\"a\"]", "<tool_call>", "{\\\"name\\\":\\\"f\\\"}", "[TOOL_CALLS]", "<function=f>", "\"content\":\"",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override int Run(byte[] input)
    {
        if (input.Length == 0)
            return 0;
        int kind = (input[0] + 27) % 15;
        byte[] body = input[1..];
        (Dialect dialect, string path) = Endpoints[kind / 3];
        if (kind % 3 == 0)
            return HashCode.Combine(kind, Request(dialect, path, body));
        if (kind % 3 == 1)
            return HashCode.Combine(kind, Answer(dialect, body));
        Request(OpenAiChatDialect.Instance, Endpoints[0].Path, """{"messages":[],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"ff"}}]}"""u8.ToArray());
        HttpHead head = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
        if (dialect.OpenStream(_message, head) is not { } probe)
            return kind;
        probe.Dispose();
        return HashCode.Combine(kind, DialectRun.Stream(() => dialect.OpenStream(_message, head)!, body));
    }

    public override void Dispose()
    {
        _message.Dispose();
        _request.Dispose();
        base.Dispose();
    }

    private int Request(Dialect dialect, string path, byte[] body)
    {
        _message.Clear();
        _message.Dialect = dialect;
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        ReadFault fault = dialect.ReadRequest(head, Encoding.ASCII.GetBytes(path), body, JsonLimits.Default, _message);
        int read = DialectRun.Whole(_message, fault);
        if (fault == ReadFault.None)
            DialectRun.Removal(dialect, _message);
        return read;
    }

    private int Answer(Dialect dialect, byte[] body)
    {
        _message.Clear();
        _message.Dialect = dialect;
        HttpHead head = new HttpHead().Add(":status", body.Length % 7 == 0 ? "400" : "200").Add("content-type", "application/json");
        ReadFault fault = dialect.ReadResponse(_request, head, body, JsonLimits.Default, _message);
        int read = DialectRun.Whole(_message, fault);
        if (fault == ReadFault.None && _message.Documents.Count > 0)
            DialectRun.Edit(dialect, _message);
        return read;
    }
}
