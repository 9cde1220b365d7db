using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Replicate;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>Replicate's readers: an input is a request to run a model, an answer, and a stream of output; its first line a path.</summary>
public sealed class ReplicateTarget : FuzzTarget
{
    private readonly Message _request = new();
    private readonly Message _answer = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        "/v1/models/meta/llama/predictions\n{\"input\":{\"prompt\":\"a\",\"system_prompt\":\"b\",\"image\":\"https://x/y\",\"mask\":\"data:image/png;base64,aGk=\",\"messages\":[{\"role\":\"user\",\"content\":\"c\"}]},\"webhook\":\"https://x\"}"u8.ToArray(),
        "/v1/predictions\n{\"version\":\"m/l:v\",\"input\":{}}"u8.ToArray(),
        "/v1/predictions/x\n{\"id\":\"i\",\"output\":[\"a\",\"b\"],\"logs\":\"l\",\"urls\":{\"get\":\"u\"},\"default_example\":{\"output\":{\"a\":\"https://b\"}},\"latest_version\":{\"openapi_schema\":{\"a\":\"b\"}},\"results\":[{\"output\":\"c\"}]}"u8.ToArray(),
        "/v1/streams/x\nevent: output\ndata: a\n\nevent: logs\ndata: b\n\nevent: done\ndata: {}\n\n"u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { "\n", "\n\n", "data: ", "event: done\n", "/", "/predictions", "{", "}", "[", "]", ",", "\"", "null", "\"Input\":", "\"tools\":[],", "\"output\":", "https://", "data:", "é", "\\ud83d\\ude00" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        int line = Array.IndexOf(input, (byte)'\n');
        byte[] path = line < 0 ? input : input[..line];
        byte[] body = line < 0 ? [] : input[(line + 1)..];
        ReplicateDialect dialect = ReplicateDialect.Instance;
        int seen = 0;
        foreach (string method in (string[])["POST", "GET"])
        {
            HttpHead head = new HttpHead().Add(":method", method).Add("content-type", "application/json");
            bool isIts = dialect.Recognises(Encoding.UTF8.GetBytes(method), path);
            _request.Clear();
            ReadFault fault = dialect.ReadRequest(head, path, body, JsonLimits.Default, _request);
            Hold(!isIts || fault != ReadFault.UnknownPath, "a path is recognised and unknown");
            seen = HashCode.Combine(seen, isIts, DialectRun.Whole(_request, fault));
        }
        HttpHead whole = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
        _answer.Clear();
        int answered = DialectRun.Whole(_answer, dialect.ReadResponse(_request, whole, body, JsonLimits.Default, _answer));
        HttpHead stream = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream");
        return HashCode.Combine(seen, answered, DialectRun.Stream(() => dialect.OpenStream(_request, stream)!, body));
    }

    public override void Dispose()
    {
        base.Dispose();
        _request.Dispose();
        _answer.Dispose();
    }
}
