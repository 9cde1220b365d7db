using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Bedrock;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>
/// Bedrock's readers: an input is a request to some operation, an answer, and lines that become the messages of an event
/// stream, as a conversation's events and as chunks; and the bytes of such a stream themselves.
/// </summary>
public sealed class BedrockTarget : FuzzTarget
{
    private static readonly string[] Paths =
    [
        "/model/m/converse", "/model/anthropic.m/invoke", "/model/m/invoke", "/model/amazon.nova/invoke-with-response-stream", "/model/m/count-tokens",
        "/guardrail/g/version/1/apply", "/async-invoke", "/model/arn:aws:bedrock::1:prompt%2Fp/converse-stream",
    ];

    private static readonly HttpHead Json = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
    private static readonly HttpHead Events = new HttpHead().Add(":status", "200").Add("content-type", "application/vnd.amazon.eventstream");
    private readonly Message _request = new();
    private readonly Message _answer = new();
    private readonly Message _conversation = new();
    private readonly Message _invocation = new();

    /// <summary>Makes the target.</summary>
    public BedrockTarget()
    {
        ReadRequest(_conversation, Paths[7], "{}"u8.ToArray());
        ReadRequest(_invocation, Paths[3], """{"prompt":"p","tools":[{"name":"x"}]}"""u8.ToArray());
    }

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"a"},{"image":{"format":"png","source":{"bytes":"aGk="}}},{"document":{"name":"n","source":{"s3Location":{"uri":"s3://b"}}}},{"toolResult":{"toolUseId":"t","content":[{"json":{"a":"{\"b\":\"c\"}"}}]}},{"toolAddition":{"tool":{"name":"y","serverName":"z"}}}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"x","input":{"a":"b"},"type":"server_tool_use"}},{"reasoningContent":{"reasoningText":{"text":"r","signature":"c2ln"}}}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"x","inputSchema":{"json":{}}}},{"systemTool":{"name":"y"}},{"cachePoint":{"type":"default"}}],"toolChoice":{"auto":{}}},"additionalModelRequestFields":{"tools":[{"type":"bash","name":"b"}],"mcp_servers":[{"name":"m","url":"https://m"}],"tool_choice":{"type":"auto"}}}"""u8.ToArray(),
        """{"input":{"invokeModel":{"body":"eyJwcm9tcHQiOiJhIiwidG9vbHMiOlt7Im5hbWUiOiJ4In1dfQ=="}},"content":[{"text":{"text":"a"}}],"modelId":"m","modelInput":{"inputText":"a"},"outputDataConfig":{}}"""u8.ToArray(),
        """{"anthropic_version":"v","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"tools":[{"name":"x","input_schema":{}}]}"""u8.ToArray(),
        """{"output":{"message":{"role":"assistant","content":[{"text":"a"},{"toolUse":{"toolUseId":"t","name":"x","input":{}}}]}},"stopReason":"tool_use","trace":{"guardrail":{"modelOutput":["b"]}}}"""u8.ToArray(),
        Encoding.UTF8.GetBytes("""
            messageStart {"role":"assistant"}
            contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"a"}}
            contentBlockStart {"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"x"}}}
            contentBlockDelta {"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}
            contentBlockStop {"contentBlockIndex":1}
            contentBlockDelta {"contentBlockIndex":2,"delta":{"reasoningContent":{"text":"r"}}}
            messageStop {"stopReason":"tool_use"}
            metadata {"usage":{}}
            """),
        Encoding.UTF8.GetBytes("""
            chunk {"messageStart":{"role":"assistant"}}
            chunk {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"x"}}}}
            chunk {"contentBlockStop":{"contentBlockIndex":0}}
            """),
        Encoding.UTF8.GetBytes("""
            chunk {"type":"message_start","message":{"role":"assistant","content":[]}}
            chunk {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"x","input":{}}}
            chunk {"type":"content_block_stop","index":0}
            """),
        Encoding.UTF8.GetBytes("""
            chunk {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"x","arguments":"{}"}}]}}]}
            !throttlingException {"message":"no"}
            """),
        Encoding.UTF8.GetBytes("chunk {\"outputText\":\"a\"}\nchunk {\"outputText\":\"b\",\"completionReason\":\"FINISH\"}"),
        AwsEventFramer.Write(isException: false, "chunk"u8, "{\"bytes\":\"e30=\",\"p\":\"abc\"}"u8),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[]
        {
            "\n", "chunk ", "contentBlockStart ", "contentBlockDelta ", "contentBlockStop ", "messageStop ", "metadata ", "novel ", "!x ", "{", "}", "[", "]", ",", "\"", "null",
            "\"contentBlockIndex\":1,", "\"delta\":", "\"start\":", "\"toolUse\":{\"name\":\"z\",\"input\":\"1\"},", "\"text\":\"w\",", "\"Text\":", "\"tools\":[", "\"toolConfig\":{", "\"choices\":[",
            "\"type\":\"tool_use\",", "\"tool_calls\":[{}],", "\"\\u0074ext\":", "\uFEFF", "é",
        }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        string path = Paths[input.Length % Paths.Length];
        int seen = DialectRun.Whole(_request, ReadRequest(_request, path, input));
        if (_request.Documents.Count > 0)
            DialectRun.Removal(BedrockDialect.Instance, _request);
        _answer.Clear();
        int answered = DialectRun.Whole(_answer, BedrockDialect.Instance.ReadResponse(_request, Json, input, JsonLimits.Default, _answer));
        byte[] stream = Framed(input);
        int events = DialectRun.Stream(() => BedrockDialect.Instance.OpenStream(_conversation, Events)!, stream);
        int chunks = DialectRun.Stream(() => BedrockDialect.Instance.OpenStream(_invocation, Events)!, stream);
        int bytes = DialectRun.Stream(() => BedrockDialect.Instance.OpenStream(_invocation, Events)!, input);
        HoldEdits(stream);
        return HashCode.Combine(path, seen, answered, events, chunks, bytes);
    }

    public override void Dispose()
    {
        base.Dispose();
        _request.Dispose();
        _answer.Dispose();
        _conversation.Dispose();
        _invocation.Dispose();
    }

    /// <summary>Lines of a name and data as messages; a name after an exclamation mark is an exception's, data of chunks is wrapped.</summary>
    private static byte[] Framed(byte[] lines)
    {
        var stream = new List<byte>();
        foreach (string line in Encoding.Latin1.GetString(lines).Split('\n'))
        {
            string[] parts = line.Split(' ', 2);
            byte[] data = parts.Length < 2 ? [] : Encoding.Latin1.GetBytes(parts[1]);
            bool isException = parts[0].StartsWith('!');
            if (parts[0] == "chunk")
                data = Encoding.UTF8.GetBytes("{\"bytes\":\"" + Convert.ToBase64String(data) + "\"}");
            string name = parts[0].TrimStart('!');
            stream.AddRange(AwsEventFramer.Write(isException, Encoding.Latin1.GetBytes(name[..Math.Min(name.Length, 100)]), data));
        }
        return [.. stream];
    }

    /// <summary>What is written anew with the same data is read again as it was.</summary>
    private static void HoldEdits(byte[] stream)
    {
        using var framer = new AwsEventFramer(1 << 16, unwrapsChunks: true);
        framer.Push(stream);
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            using var again = new AwsEventFramer(1 << 16, unwrapsChunks: true);
            again.Push(framer.Rewrite(frame, frame.Data.Span));
            Hold(again.Next(out EventFrame same) == FrameStep.Frame && same.Data.Span.SequenceEqual(frame.Data.Span), "an edit is read otherwise");
            Hold(same.Event.Span.SequenceEqual(frame.Event.Span) && same.Comments.Span.SequenceEqual(frame.Comments.Span), "an edit changed what stands beside the data");
        }
    }

    private static ReadFault ReadRequest(Message message, string path, byte[] body)
    {
        message.Clear();
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        return BedrockDialect.Instance.ReadRequest(head, Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }
}
