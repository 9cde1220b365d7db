using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>
/// Streams that were recorded from live APIs, cut in every way: what comes out and what is decided does not depend on how they
/// came in.
/// </summary>
public sealed class RecordedStreamTests : IDisposable
{
    private const int RandomCuts = 200;
    private const int RandomCutsOfTheRest = 40;

    private const string Permissive = """
        version: 1
        name: recorded
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: everything, match: {}}
        rules:
          - name: anyone
            callers: [anyone]
            routes: ["*"]
            tools: {allow: ["*"]}
            detectors: {injection: {action: ignore}, secrets: {action: shadow}, pii: {action: ACTION}}
            uninspectable: {unknown-path: allow, unknown-content-type: allow, image: allow, audio: allow, video: allow, file: allow, encrypted: allow, token-ids: allow, remote-reference: allow, server-state: allow}
        """;

    private static readonly string Redacting = Permissive.Replace("ACTION", "redact", StringComparison.Ordinal);
    private static readonly string NoTools = Permissive.Replace("[\"*\"]}\n", "[\"no_such_tool\"], onDeclared: remove}\n", StringComparison.Ordinal).Replace("ACTION", "shadow", StringComparison.Ordinal);
    private static readonly string Shadowing = Permissive.Replace("ACTION", "shadow", StringComparison.Ordinal);

    public static TheoryData<string> Providers { get; } = new(SharedFolder.Find("vectors", "llm") is { } folder
        ? Directory.GetFiles(folder, "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)).Where(p => RecordedExchange.Load(p).Any(IsStream)).Order(StringComparer.Ordinal) : [""]);

    private readonly Dictionary<string, Bench> _benches = [];

    public void Dispose()
    {
        foreach (Bench bench in _benches.Values)
            bench.Dispose();
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void What_is_allowed_comes_out_as_it_came_however_it_is_cut(string provider)
    {
        Require(provider);
        foreach (RecordedExchange recorded in RecordedExchange.Load(provider).Where(IsStream))
        {
            byte[] body = recorded.ResponseBody;
            byte[] expected = Field(recorded, "content-encoding") == "gzip" ? Gunzip(body) : body;
            (byte[] Bytes, string Verdict) whole = Run(Shadowing, recorded, []);
            Assert.True(expected.AsSpan().SequenceEqual(whole.Bytes), $"{recorded.Name}: {whole.Verdict}");
            Assert.StartsWith("Allowed", whole.Verdict, StringComparison.Ordinal);
            CutEveryWay(Shadowing, recorded, whole, RandomCuts);
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void What_is_refused_or_redacted_is_so_however_it_is_cut(string provider)
    {
        Require(provider);
        foreach (RecordedExchange recorded in RecordedExchange.Load(provider).Where(IsStream))
        {
            foreach (string policy in (string[])[NoTools, Redacting])
                CutEveryWay(policy, recorded, Run(policy, recorded, []), RandomCutsOfTheRest);
        }
    }

    private void CutEveryWay(string policy, RecordedExchange recorded, (byte[] Bytes, string Verdict) whole, int count)
    {
        byte[] body = recorded.ResponseBody;
        var random = new Random(7);
        int[] lines = [.. Enumerable.Range(1, body.Length - 1).Where(i => body[i - 1] == (byte)'\n')];
        IEnumerable<int[]> cuts = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 1 + random.Next(4)).Select(_ => random.Next(1, body.Length)).Distinct().Order().ToArray());
        foreach (int[] cut in cuts.Prepend(lines))
        {
            (byte[] bytes, string verdict) = Run(policy, recorded, cut);
            Assert.True(whole.Verdict == verdict, $"{recorded.Name} cut at {string.Join(",", cut.Take(8))}: {verdict}, not {whole.Verdict}");
            Assert.True(whole.Bytes.AsSpan().SequenceEqual(bytes), $"{recorded.Name} cut at {string.Join(",", cut.Take(8))}: other bytes");
        }
    }

    private (byte[] Bytes, string Verdict) Run(string policy, RecordedExchange recorded, int[] cuts)
    {
        if (!_benches.TryGetValue(policy, out Bench? bench))
            _benches.Add(policy, bench = new Bench(policy));
        bench.Exchange.Close();
        bench.Take();
        bench.Log.Kept.Clear();
        bench.Head(caller: null, path: recorded.Path, method: recorded.Method, end: recorded.RequestBody.Length == 0);
        if (recorded.RequestBody.Length > 0)
            bench.Exchange.OnRequestBody(recorded.RequestBody, true);
        if (bench.Take().Any(s => s.Kind == StepKind.Refuse))
            return ([], "Request " + bench.Log.Kept[^1].Reason);
        bench.Log.Kept.Clear();
        bench.ResponseHead(recorded.Status, Field(recorded, "content-type")!, fields: [.. Field(recorded, "content-encoding") is { } coding ? [("content-encoding", coding)] : Array.Empty<(string, string)>()]);
        using var released = new MemoryStream();
        int start = 0;
        foreach (int end in cuts.Append(recorded.ResponseBody.Length))
        {
            bench.Exchange.OnResponseBody(recorded.ResponseBody.AsMemory(start, end - start), end == recorded.ResponseBody.Length);
            start = end;
            foreach (Step step in bench.Take())
            {
                if (step.Kind == StepKind.ResponseBody)
                    released.Write(step.Body.Span);
                if (step.Kind == StepKind.Refuse)
                    released.Write(step.Refusal!.Body.AsSpan(0, 0));
            }
        }
        // The refusal names the exchange, which is another each time.
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(System.Text.RegularExpressions.Regex.Replace(System.Text.Encoding.Latin1.GetString(WithoutChecksums(recorded, released.ToArray())), "[0-9a-f]{32}", "EVENT"));
        bool refused = bench.Log.Kept[^1].Outcome == Outcome.Refused;
        return (refused ? bytes : released.ToArray(), $"{bench.Log.Kept[^1].Outcome} {bench.Log.Kept[^1].Reason}");
    }

    /// <summary>A binary event's checksum covers the exchange's name.</summary>
    private static byte[] WithoutChecksums(RecordedExchange recorded, byte[] released)
    {
        if (!Field(recorded, "content-type")!.StartsWith("application/vnd", StringComparison.Ordinal))
            return released;
        for (int at = 0; at < released.Length;)
        {
            at += (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(released.AsSpan(at));
            released.AsSpan(at - 4, 4).Clear();
        }
        return released;
    }

    private static void Require(string provider)
    {
        if (provider.Length == 0)
            Assert.Skip("needs ../shared/vectors");
    }

    private static bool IsStream(RecordedExchange recorded) =>
        recorded.ResponseBody.Length > 1 && Field(recorded, "content-type") is { } type
        && (type.StartsWith("text/event-stream", StringComparison.Ordinal) || type.StartsWith("application/x-ndjson", StringComparison.Ordinal)
            || type.StartsWith("application/stream+json", StringComparison.Ordinal) || type.StartsWith("application/vnd.amazon.eventstream", StringComparison.Ordinal));

    private static string? Field(RecordedExchange recorded, string name) =>
        recorded.ResponseHeaders.FirstOrDefault(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static byte[] Gunzip(byte[] body)
    {
        using var plain = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(new MemoryStream(body), System.IO.Compression.CompressionMode.Decompress))
            gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
