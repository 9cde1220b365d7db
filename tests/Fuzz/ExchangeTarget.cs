using System.Globalization;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text;
using Prometheus;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>
/// Envoy's messages in any order, also those that no Envoy sends: heads, bodies, trailers of both sides, deadlines and ends.
/// An input's first byte chooses the modes; after it each record is an operation, a length and that many bytes.
/// </summary>
public sealed class ExchangeTarget : FuzzTarget
{
    private const string Forbidden = "forbidden_tool";
    private static readonly BodyDelivery[] Requests = [BodyDelivery.Whole, BodyDelivery.Duplex];
    private static readonly BodyDelivery[] Responses = [BodyDelivery.Duplex, BodyDelivery.Whole, BodyDelivery.Pieces, BodyDelivery.None];
    private readonly ExchangeServices _services;
    private readonly Exchange _exchange;

    public ExchangeTarget()
    {
        PolicyResult policy = PolicyCompiler.Compile("""
            version: 1
            name: fuzz
            callers: {agents: {namespace: agents}}
            routes:
              - {name: llm, match: {paths: ["/v1/chat/completions"]}, protocol: openai-chat}
              - {name: tools, match: {paths: ["/mcp"]}, protocol: mcp}
            rules:
              - {name: some, callers: [agents], routes: ["*"], tools: {allow: [search]}, detectors: {injection: {action: ignore}, secrets: {action: redact}}}
            """u8, new Protocols());
        _services = new ExchangeServices(new Source(policy.Snapshot!), new Protocols(), new Scanner(new NoModel()), new ExchangeLimits { RequestBodyBytes = 4096, ResponseBodyBytes = 4096, EventBytes = 2048, HeldBytes = 4096 },
            new NoLog(), new EngineMetrics(Metrics.NewCustomRegistry()), TimeProvider.System, null);
        _exchange = new Exchange(_services);
    }

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Program(0, (0, ""), (1, Ask), (4, "200 application/json"), (6, Answer("search"))),
        Program(0, (0, ""), (1, Ask), (4, "200 application/json"), (6, Answer(Forbidden))),
        Program(0, (0, ""), (1, Ask), (4, "200 text/event-stream"), (5, Chunk("search")), (5, Chunk(Forbidden)), (6, "data: [DONE]\n\n")),
        Program(1, (0, ""), (2, Ask[..20]), (1, Ask[20..]), (4, "200 text/event-stream"), (5, Chunk(Forbidden)[..40]), (5, Chunk(Forbidden)[40..]), (7, "")),
        Program(4, (0, ""), (1, Ask), (4, "200 text/event-stream"), (5, Chunk(Forbidden)), (6, "data: [DONE]\n\n")),
        Program(0, (0, "/mcp"), (1, """{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""), (4, "200 application/json"), (6, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":\"" + Forbidden + "\",\"inputSchema\":{}}]}}")),
        Program(0, (4, "413 text/plain"), (6, "too large")),
        Program(0, (0, ""), (8, ""), (1, Ask), (9, "")),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { Ask, Answer(Forbidden), Chunk(Forbidden), "data: [DONE]\n\n", "\n\n", "\"finish_reason\":\"stop\"", Forbidden, "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }.Select(Encoding.UTF8.GetBytes),
            .. Enumerable.Range(0, 10).Select(i => new[] { (byte)i, (byte)0 })];

    private static string Ask => """{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"search"}}]}""";

    public override int Run(byte[] input)
    {
        byte modes = input.Length > 0 ? input[0] : (byte)0;
        BodyDelivery request = Requests[modes & 1], response = Responses[(modes >> 1) & 3];
        _exchange.Begin(new ConnectionFacts(new PeerFacts(true, "spiffe://cluster.local/ns/agents/sa/a"), request, response));
        var released = new StringBuilder();
        int shape = modes & 7;
        for (int at = 1; at + 1 < input.Length;)
        {
            int length = Math.Min(input[at + 1], input.Length - at - 2);
            ReadOnlyMemory<byte> bytes = input.AsMemory(at + 2, length);
            int operation = input[at] % 10;
            Operate(operation, bytes);
            shape = HashCode.Combine(shape, operation, Told(released));
            at += 2 + length;
        }
        _exchange.Close();
        Hold(_services.Memory.Used == 0, "held bytes are not given back");
        Hold(_services.Metrics.Open == 0, "an exchange stays open");
        // Without a request's head there are no rules: what passes then is Envoy's own reply to a broken request.
        Hold(response is BodyDelivery.None || input.Length < 2 || input[1] % 10 != 0 || !Texts(released.ToString()).Any(OffersOrCalls), "a forbidden tool was released");
        // Few enough to keep one input of each: the order of operations has no end of kinds.
        return shape & 0xFFF;
    }

    public override void Dispose()
    {
        _exchange.Dispose();
        base.Dispose();
    }

    private void Operate(int operation, ReadOnlyMemory<byte> bytes)
    {
        switch (operation)
        {
            case 0:
                string path = Encoding.Latin1.GetString(bytes.Span);
                _exchange.RequestHead.Clear();
                _exchange.RequestHead.Add(":method", "POST").Add(":path", path.Length == 0 ? "/v1/chat/completions" : path).Add(":authority", "x").Add("content-type", "application/json");
                _exchange.OnRequestHead();
                break;
            case 1 or 2:
                _exchange.OnRequestBody(bytes, operation == 1);
                break;
            case 3:
                _exchange.OnRequestTrailers(new HttpHead().Add("x", "y"));
                break;
            case 4:
                string[] words = Encoding.Latin1.GetString(bytes.Span).Split(' ', 2);
                _exchange.ResponseHead.Clear();
                _exchange.ResponseHead.Add(":status", words[0]).Add("content-type", words.ElementAtOrDefault(1) ?? "");
                _exchange.OnResponseHead();
                break;
            case 5 or 6:
                _exchange.OnResponseBody(bytes, operation == 6);
                break;
            case 7:
                _exchange.OnResponseTrailers(new HttpHead());
                break;
            case 8:
                _exchange.OnDeadline();
                break;
            default:
                _exchange.OnStopping();
                break;
        }
    }

    private int Told(StringBuilder released)
    {
        int kinds = 0;
        foreach (Step step in _exchange.Steps)
        {
            kinds = (kinds * 16) + (int)step.Kind + 1;
            if (step.Kind == StepKind.ResponseBody)
                released.Append(Encoding.Latin1.GetString(step.Body.Span));
            Hold(step.Kind != StepKind.Refuse || step.Refusal is { Status: 200 or (>= 400 and <= 499 and not 408 and not 409 and not 429) }, "a refusal's status is retried or turned into another");
        }
        _exchange.Steps.Clear();
        return kinds;
    }

    /// <summary>The JSON texts of what a client saw: the whole, and each event's data.</summary>
    private static IEnumerable<string> Texts(string seen) => seen.Split('\n').Where(l => l.StartsWith("data:", StringComparison.Ordinal)).Select(l => l[5..]).Append(seen);

    private static bool OffersOrCalls(string text)
    {
        if (!text.Contains(Forbidden, StringComparison.Ordinal))
            return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Names(document.RootElement).Contains(Forbidden);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<string?> Names(JsonElement root)
    {
        foreach (JsonElement choice in Items(root, "choices"))
        {
            foreach (string holder in (string[])["message", "delta"])
            {
                if (!choice.TryGetProperty(holder, out JsonElement said) || said.ValueKind != JsonValueKind.Object)
                    continue;
                foreach (JsonElement call in Items(said, "tool_calls"))
                    yield return call.TryGetProperty("function", out JsonElement function) && function.ValueKind == JsonValueKind.Object && function.TryGetProperty("name", out JsonElement name) ? name.ToString() : null;
            }
        }
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("result", out JsonElement result))
            yield break;
        foreach (JsonElement tool in Items(result, "tools"))
            yield return tool.TryGetProperty("name", out JsonElement name) ? name.ToString() : null;
    }

    private static IEnumerable<JsonElement> Items(JsonElement holder, string key) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(key, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object) : [];

    private static string Answer(string tool) => "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"" + tool + "\",\"arguments\":\"{}\"}}]}}]}";

    private static string Chunk(string tool) => "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"" + tool + "\",\"arguments\":\"{}\"}}]}}]}\n\n";

    private static byte[] Program(byte modes, params (byte Operation, string Text)[] records)
    {
        var bytes = new List<byte> { modes };
        foreach ((byte operation, string text) in records)
        {
            byte[] encoded = Encoding.UTF8.GetBytes(text);
            bytes.Add(operation);
            bytes.Add((byte)Math.Min(255, encoded.Length));
            bytes.AddRange(encoded.Take(255));
        }
        return [.. bytes];
    }

    private sealed class Protocols : IProtocolNames, IDialectChoice
    {
        public IReadOnlyList<string> Names { get; } = [.. DialectRegistry.BuiltIn.Select(d => d.Name)];

        public Dialect? ByName(string name) => DialectRegistry.ByName(name);

        public Dialect? Recognise(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => DialectRegistry.Recognise(method, path);
    }

    private sealed class Source(PolicySnapshot policy) : IPolicySource, IIdentitySource
    {
        private readonly IdentityResolver _resolver = new(policy.Identity, null);

        public PolicyInForce Current => new(policy, this);

        public IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented) => _resolver.Resolve(facts, presented);
    }

    private sealed class NoLog : IDecisionLog
    {
        public bool Available => true;

        public bool Record(Decision decision) => decision.EventId.ToString("N", CultureInfo.InvariantCulture).Length == 32;
    }

    private sealed class NoModel : ITextClassifier
    {
        public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
        {
            score = 0;
            return ScanOutcome.Complete;
        }
    }
}
