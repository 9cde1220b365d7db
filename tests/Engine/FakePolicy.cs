using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text;
using Prometheus;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Scores a text as an injection exactly if it holds a word.</summary>
internal sealed class WordClassifier(string word) : ITextClassifier
{
    private readonly byte[] _word = System.Text.Encoding.UTF8.GetBytes(word);

    public bool Fails { get; set; }

    public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
    {
        score = text.IndexOf(_word) >= 0 ? 1 : 0;
        return Fails ? ScanOutcome.Failed : ScanOutcome.Complete;
    }
}

internal sealed class ProtocolsForTests : IProtocolNames, IDialectChoice
{
    public IReadOnlyList<string> Names { get; } = [.. DialectRegistry.BuiltIn.Select(d => d.Name)];

    public Dialect? ByName(string name) => DialectRegistry.BuiltIn.FirstOrDefault(d => d.Name == name);

    public Dialect? Recognise(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        foreach (Dialect dialect in DialectRegistry.BuiltIn)
        {
            if (dialect.Recognises(method, path))
                return dialect;
        }
        return null;
    }
}

internal sealed class KeptDecisions : IDecisionLog
{
    public bool Available { get; set; } = true;

    public List<(Direction Direction, Outcome Outcome, string Reason, string Rule)> Kept { get; } = [];

    /// <summary>False forgets decisions, for tests that count allocations.</summary>
    public bool Keeps { get; set; } = true;

    public bool Record(Decision decision)
    {
        if (!Keeps)
            return true;
        Kept.Add((decision.Direction, decision.Outcome, decision.Reason, decision.Rule));
        return true;
    }
}

/// <summary>An exchange under a policy, driven as Envoy would, with a clock of its own.</summary>
internal sealed class Bench : IPolicySource, IDisposable
{
    public const string Research = "spiffe://cluster.local/ns/agents/sa/research";

    public Bench(string? rules = null, ExchangeLimits? limits = null, string? file = null)
    {
        PolicyResult result = PolicyCompiler.Compile(System.Text.Encoding.UTF8.GetBytes(rules ?? Policy), new ProtocolsForTests(), file);
        Assert.True(result.Snapshot is not null, string.Join("\n", result.Diagnostics.Select(d => d.Format("policy"))));
        var resolver = new IdentityResolver(result.Snapshot.Identity, null);
        Current = new PolicyInForce(result.Snapshot, new Resolver(resolver));
        Services = new ExchangeServices(this, new ProtocolsForTests(), new Scanner(Classifier), limits ?? new ExchangeLimits(), Log, new EngineMetrics(Metrics.NewCustomRegistry()), Time, null);
        Exchange = new Exchange(Services);
    }

    public const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: llm, match: {paths: ["/v1/chat/completions"]}, protocol: openai-chat}
        rules:
          - name: searchers
            callers: [research]
            routes: [llm]
            tools: {allow: [search]}
            detectors:
              injection: {action: refuse}
              secrets: {action: redact}
        """;

    public PolicyInForce Current { get; }

    public WordClassifier Classifier { get; } = new("INJECT");

    public KeptDecisions Log { get; } = new();

    public Microsoft.Extensions.Time.Testing.FakeTimeProvider Time { get; } = new();

    public ExchangeServices Services { get; }

    public Exchange Exchange { get; }

    public void Dispose() => Exchange.Dispose();

    /// <summary>Begins, with the recommended modes unless said otherwise, and shows the request's head.</summary>
    public Bench Head(string? caller = Research, BodyDelivery request = BodyDelivery.Whole, BodyDelivery response = BodyDelivery.Duplex, bool end = false, string path = "/v1/chat/completions",
        string method = "POST", string type = "application/json", params (string, string)[] fields)
    {
        Exchange.Begin(new ConnectionFacts(new PeerFacts(caller is not null, caller), request, response));
        Exchange.RequestHead.Clear();
        Exchange.RequestHead.Add(":method", method).Add(":path", path).Add(":authority", "llm.internal").Add("content-type", type);
        foreach ((string name, string value) in fields)
            Exchange.RequestHead.Add(name, value);
        Exchange.RequestHead.EndOfStream = end;
        Exchange.OnRequestHead();
        return this;
    }

    public Bench Body(string body, bool end = true)
    {
        Exchange.OnRequestBody(System.Text.Encoding.UTF8.GetBytes(body), end);
        return this;
    }

    public Bench ResponseHead(int status = 200, string type = "application/json", bool end = false, params (string, string)[] fields)
    {
        Exchange.ResponseHead.Clear();
        Exchange.ResponseHead.Add(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add("content-type", type);
        foreach ((string name, string value) in fields)
            Exchange.ResponseHead.Add(name, value);
        Exchange.ResponseHead.EndOfStream = end;
        Exchange.OnResponseHead();
        return this;
    }

    public Bench ResponseBody(string body, bool end = false)
    {
        Exchange.OnResponseBody(System.Text.Encoding.UTF8.GetBytes(body), end);
        return this;
    }

    /// <summary>Takes the steps so far.</summary>
    public List<Step> Take()
    {
        List<Step> steps = [.. Exchange.Steps];
        Exchange.Steps.Clear();
        return steps;
    }

    /// <summary>Bytes released towards the client so far, then forgotten.</summary>
    public string Released()
    {
        string text = string.Concat(Exchange.Steps.Where(s => s.Kind == StepKind.ResponseBody).Select(s => System.Text.Encoding.UTF8.GetString(s.Body.Span)));
        Exchange.Steps.Clear();
        return text;
    }

    private sealed class Resolver(IdentityResolver resolver) : IIdentitySource
    {
        public IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented) => resolver.Resolve(facts, presented);
    }
}

internal static class Chat
{
    public const string Plain = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";

    public const string Streamed = """{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    public static string Says(string text) => $$"""{"model":"m","messages":[{"role":"user","content":"{{text}}"}]}""";

    public static string Answer(string text) => $$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"{{text}}"},"finish_reason":"stop"}]}""";

    public static string Calls(string tool) => $$$"""{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"{{{tool}}}","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""";

    public static string Chunk(string delta, string finish = "null") => "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
}
