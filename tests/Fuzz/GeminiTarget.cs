using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Gemini;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>Gemini's readers: an input is a request to some operation, a file on its way, and an answer, whole and in both framings of a stream.</summary>
public sealed class GeminiTarget : FuzzTarget
{
    private static readonly string[] Paths =
    [
        "/v1beta/models/m:generateContent", "/v1beta/models/m:streamGenerateContent", "/v1/projects/p/locations/l/publishers/google/models/m:countTokens",
        "/v1beta/models/m:batchEmbedContents", "/v1beta/cachedContents", "/v1/projects/p/locations/l/publishers/google/models/m:predict", "/upload/v1beta/files", "/v1beta/models/m:batchGenerateContent", "/v1beta/interactions",
    ];

    private static readonly HttpHead Json = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
    private static readonly HttpHead Events = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
    private readonly Message _request = new();
    private readonly Message _answer = new();
    private readonly Message _array = new();
    private readonly Message _interaction = new();

    /// <summary>Makes the target.</summary>
    public GeminiTarget()
    {
        ReadRequest(_array, Paths[1], """{"contents":[]}"""u8.ToArray());
        ReadRequest(_interaction, Paths[^1], """{"input":"x"}"""u8.ToArray());
    }

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"contents":[{"role":"user","parts":[{"text":"a"},{"inlineData":{"mimeType":"image/png","data":"aGk="}},{"file_data":{"file_uri":"https://x"}},{"functionResponse":{"name":"x","response":{"a":"{\"b\":\"c\"}"},"parts":[{"inlineData":{"data":"aA=="}}]}}]},{"role":"model","parts":[{"functionCall":{"id":"i","name":"x","args":{"a":"b"}},"thoughtSignature":"AA=="},{"executableCode":{"code":"1"}},{"toolCall":{"toolType":"FILE_SEARCH","args":{}}}]}],"systemInstruction":{"parts":{"text":"s"}},"tools":[{"functionDeclarations":[{"name":"x","description":"d","parameters":{}},{"name":"y"}],"googleSearch":{}},{"mcpServers":[{"name":"m","streamableHttpTransport":{"url":"https://m"}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["x","y"]}},"cachedContent":"c","generationConfig":{"responseSchema":{"type":"STRING"},"stopSequences":["z"],"routingConfig":{"manualMode":{"modelName":"n"}}}}"""u8.ToArray(),
        """{"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]}}],"generateContentRequest":{"contents":{"parts":{"text":"b"}},"tools":{"function_declarations":{"name":"y"}}},"instances":[{"prompt":"p","image":{"bytesBase64Encoded":"AA==","mimeType":"image/png"}}]}"""u8.ToArray(),
        """{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"functionCall":{"name":"x","args":{}}}],"role":"model"},"finishReason":"STOP","index":0,"groundingMetadata":{"webSearchQueries":["q"],"groundingChunks":[{"web":{"uri":"u","title":"t"}}],"groundingSupports":[{"segment":{"text":"a"}}]},"logprobsResult":{"chosenCandidates":[{"token":"a"}],"topCandidates":[{"candidates":[{"token":"b"}]}]}}],"usageMetadata":{},"modelVersion":"m"}"""u8.ToArray(),
        """{"batch":{"displayName":"d","inputConfig":{"requests":{"requests":[{"request":{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"x"}]}]},"metadata":{"key":"k"}},{"request":{"contents":[],"tools":[{"googleSearch":{}}]}}]}}},"response":{"inlinedResponses":[{"response":{"candidates":[{"content":{"parts":[{"functionCall":{"name":"x"}}]}}]}}]}}"""u8.ToArray(),
        """{"model":"m","agent":"a","system_instruction":"s","input":[{"type":"user_input","content":[{"type":"text","text":"a"},{"type":"image","uri":"https://x"}]},{"type":"function_call","id":"i","name":"x","arguments":{"a":"b"}},{"type":"function_result","call_id":"i","result":[{"type":"text","text":"{\"a\":\"b\"}"}]},{"role":"model","content":"c"}],"tools":[{"type":"function","name":"x"},{"type":"google_search"},{"type":"mcp_server","name":"m","url":"https://m"}],"generation_config":{"tool_choice":{"allowed_tools":{"mode":"any","tools":["x"]}}},"previous_interaction_id":"p"}"""u8.ToArray(),
        Encoding.UTF8.GetBytes(string.Concat(Steps.Select(e => $"data: {e}\n\n"))),
        Encoding.UTF8.GetBytes(string.Concat(Stream.Select(e => $"data: {e}\r\n\r\n"))),
        Encoding.UTF8.GetBytes($"[{string.Join("\n,\r\n", Stream)}\n]\n"),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[]
        {
            "\r\n\r\n", "data: ", ",", "[", "]", "{", "}", "\"", "null", "true", "\"index\":1,", "\"functionCall\":{\"name\":\"z\"},", "\"function_call\":{},", "\"willContinue\":true,", "\"partialArgs\":[",
            "{\"jsonPath\":\"$.a\",\"stringValue\":\"v\",\"willContinue\":true},", "{\"json_path\":\"$.b[0]['c']\",\"number_value\":1}", "\"thought\":true,", "\"Text\":", "\"text\":\"w\",", "\"parts\":", "\"tools\":[",
            "\"type\":\"google_maps_call\",", "\"index\":2,", "\"event_type\":\"step.stop\",", "\"arguments\":\"x\",", "event: step.stop\n",
            "\"\\u0074ext\":", "\"finishReason\":\"STOP\",", "\uFEFF", "é", "\\ud83d\\ude00",
        }.Select(Encoding.UTF8.GetBytes)];

    private static string[] Stream =>
    [
        """{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}]}""",
        """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"x","willContinue":true}}]}}]}""",
        """{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"b","willContinue":true}],"willContinue":true}}]}}]}""",
        """{"candidates":[{"content":{"parts":[{"functionCall":{}}]},"finishReason":"STOP"}]}""",
    ];

    private static string[] Steps =>
    [
        """{"event_type":"interaction.created","interaction":{"id":"i","status":"in_progress"}}""",
        """{"event_type":"step.start","index":0,"step":{"type":"model_output"}}""",
        """{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"a"}}""",
        """{"event_type":"step.start","index":1,"step":{"type":"function_call","id":"f","name":"x","arguments":{}}}""",
        """{"event_type":"step.delta","index":1,"delta":{"type":"arguments_delta","arguments":"{}"}}""",
        """{"event_type":"step.stop","index":1}""",
        """{"event_type":"interaction.completed","interaction":{"id":"i","steps":[{"type":"function_call","name":"x","arguments":{}}]}}""",
    ];

    public override int Run(byte[] input)
    {
        string path = Paths[input.Length % Paths.Length];
        int seen = DialectRun.Whole(_request, ReadRequest(_request, path, input));
        if (_request.Documents.Count > 0)
            DialectRun.Removal(GeminiDialect.Instance, _request);
        _answer.Clear();
        int answered = DialectRun.Whole(_answer, GeminiDialect.Instance.ReadResponse(_request, Json, input, JsonLimits.Default, _answer));
        int events = DialectRun.Stream(() => GeminiDialect.Instance.OpenStream(_array, Events)!, input);
        int elements = DialectRun.Stream(() => GeminiDialect.Instance.OpenStream(_array, Json)!, input);
        _answer.Clear();
        int interaction = DialectRun.Whole(_answer, GeminiDialect.Instance.ReadResponse(_interaction, Json, input, JsonLimits.Default, _answer));
        int steps = DialectRun.Stream(() => GeminiDialect.Instance.OpenStream(_interaction, Events)!, input);
        return HashCode.Combine(path, seen, answered, events, elements, interaction, steps);
    }

    public override void Dispose()
    {
        base.Dispose();
        _request.Dispose();
        _answer.Dispose();
        _array.Dispose();
        _interaction.Dispose();
    }

    private static ReadFault ReadRequest(Message message, string path, byte[] body)
    {
        message.Clear();
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        return GeminiDialect.Instance.ReadRequest(head, Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }
}
