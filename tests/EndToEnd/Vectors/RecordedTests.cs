using System.Globalization;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests.Vectors;

/// <summary>
/// Every exchange that was recorded from a live API, through a real Envoy and a filter that looks for everything, allows
/// everything and changes nothing: both sides see what they would have seen without it.
/// </summary>
public sealed class RecordedTests(RecordedLab lab) : IClassFixture<RecordedLab>
{
    public static TheoryData<string> Providers { get; } = new(RecordedLab.Providers);

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Both_sides_see_the_bytes_the_other_sent(string provider)
    {
        lab.Require();
        await using RawHttpClient client = await RawHttpClient.Connect(lab.Envoy!.Port);
        foreach (RecordedExchange recorded in RecordedExchange.Load(provider))
            await lab.Replay(client, recorded, recorded.ResponseBody.Length == 0 ? [] : [new(recorded.ResponseBody)]);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_stream_that_comes_event_by_event_goes_on_as_it_came(string provider)
    {
        lab.Require();
        await using RawHttpClient client = await RawHttpClient.Connect(lab.Envoy!.Port);
        foreach (RecordedExchange recorded in RecordedExchange.Load(provider).Where(RecordedLab.IsStream))
            await lab.Replay(client, recorded, [.. RecordedLab.Events(recorded).Select(e => new OriginChunk(e))]);
    }
}

/// <summary>One filter, one Envoy, and an origin that answers with recordings.</summary>
public sealed class RecordedLab : IAsyncLifetime
{
    private const string Policy = """
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
            detectors: {injection: {action: shadow}, secrets: {action: shadow}, pii: {action: shadow}}
            uninspectable:
        """;

    private static readonly string[] Streams = ["text/event-stream", "application/x-ndjson", "application/stream+json", "application/vnd.amazon.eventstream"];
    private readonly Dictionary<string, OriginAnswer> _answers = [];
    private int _number;

    /// <summary>The files of recordings; none where they are missing.</summary>
    public static IEnumerable<string> Providers { get; } = SharedFolder.Find("vectors", "llm") is { } folder
        ? Directory.GetFiles(folder, "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal) : [""];

    public FilterProcess? Filter { get; private set; }

    public EnvoyProcess? Envoy { get; private set; }

    public ScriptedOrigin? Origin { get; private set; }

    public static bool IsStream(RecordedExchange recorded) => Streams.Any(s => Field(recorded.ResponseHeaders, "content-type")?.StartsWith(s, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The events of a stream: blocks of text, lines, or messages of their own length; what is compressed has none.</summary>
    public static IEnumerable<byte[]> Events(RecordedExchange recorded)
    {
        byte[] body = recorded.ResponseBody;
        bool binary = Field(recorded.ResponseHeaders, "content-type")!.StartsWith("application/vnd", StringComparison.Ordinal);
        int start = 0;
        while (start < body.Length)
        {
            int end;
            if (binary)
            {
                end = start + (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(start));
            }
            else
            {
                int line = body.AsSpan(start).IndexOf((byte)'\n');
                end = line < 0 ? body.Length : start + line + 1;
            }
            yield return body[start..end];
            start = end;
        }
    }

    public void Require()
    {
        ToolLocator.Require("envoy");
        if (Envoy is null)
            Assert.Skip("needs ../shared/vectors");
    }

    /// <summary>Sends a recorded request, answers with the recorded response, and compares both ends.</summary>
    public async Task Replay(RawHttpClient client, RecordedExchange recorded, IReadOnlyList<OriginChunk> pieces)
    {
        string number = (++_number).ToString(CultureInfo.InvariantCulture);
        lock (_answers)
            _answers[number] = recorded.Answer with { Body = pieces, ContentLength = pieces.Count == 1 && recorded.Status != 204 };
        string[] headers = [$"x-recorded: {number}", .. recorded.RequestHeaders.Where(h => !IsFraming(h.Key)).Select(h => $"{h.Key}: {h.Value}")];
        bool hasBody = recorded.RequestBody.Length > 0 || recorded.Method is "POST" or "PUT";
        RawResponse seen = await client.Exchange(RawHttpClient.Request(recorded.Method, recorded.Path, hasBody ? recorded.RequestBody : null, headers));

        string name = recorded.Name;
        // Some recordings are broken themselves (a brace is missing, a comma too many): nothing of them may reach the origin.
        if (seen.Status == 403 && IsBroken(recorded))
        {
            Assert.DoesNotContain(Origin!.Requests, r => r.Header("x-recorded") == number);
            return;
        }
        Assert.True(recorded.Status == seen.Status, $"{name}: {seen.Status} {seen.Text}");
        Assert.Equal(ResponseEnd.Complete, seen.End);
        OriginRequest asked = Origin!.Requests.Single(r => r.Header("x-recorded") == number);
        Assert.Equal((recorded.Method, recorded.Path), (asked.Method, asked.Target));
        Assert.True(recorded.RequestBody.AsSpan().SequenceEqual(asked.Body), $"{name}: the request's bytes changed");
        // A stream that came compressed goes on without its coding.
        byte[] expected = IsStream(recorded) && Field(recorded.ResponseHeaders, "content-encoding") == "gzip" ? Gunzip(recorded.ResponseBody) : recorded.ResponseBody;
        Assert.True(expected.AsSpan().SequenceEqual(seen.Body), $"{name}: the answer's bytes changed");
    }

    public async ValueTask InitializeAsync()
    {
        if (ToolLocator.Find("envoy") is null || SharedFolder.Find("vectors", "llm") is null)
            return;
        string cases = string.Join(", ", ((string[])["unknown-path", "unknown-content-type", "image", "audio", "video", "file", "encrypted", "token-ids", "remote-reference", "server-state"]).Select(c => c + ": allow"));
        Origin = await ScriptedOrigin.Start(r => { lock (_answers) return _answers[r.Header("x-recorded")!]; });
        Filter = await FilterProcess.Start(new FilterOptions { Policy = Policy + " {" + cases + "}" });
        Envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = Filter.Address, OriginPort = Origin.Port });
    }

    public async ValueTask DisposeAsync()
    {
        if (Envoy is not null)
            await Envoy.DisposeAsync();
        if (Origin is not null)
            await Origin.DisposeAsync();
        if (Filter is not null)
            await Filter.DisposeAsync();
    }

    private static bool IsBroken(RecordedExchange recorded)
    {
        try
        {
            using var read = System.Text.Json.JsonDocument.Parse(recorded.RequestBody);
            return false;
        }
        catch (System.Text.Json.JsonException)
        {
            return Field(recorded.RequestHeaders, "content-type") == "application/json";
        }
    }

    private static bool IsFraming(string name) => name.ToLowerInvariant() is "host" or "content-length" or "transfer-encoding" or "connection";

    private static string? Field(IReadOnlyList<KeyValuePair<string, string>> fields, string name) =>
        fields.FirstOrDefault(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static byte[] Gunzip(byte[] body)
    {
        using var plain = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(new MemoryStream(body), System.IO.Compression.CompressionMode.Decompress))
            gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
