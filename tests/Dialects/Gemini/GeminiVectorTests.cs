using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Real traffic reads without a fault, and to what an independent reader counts.</summary>
public sealed partial class GeminiVectorTests(ITestOutputHelper output)
{
    private long _known;
    private long _all;

    [Fact]
    public void Every_recorded_request_is_read_and_its_tools_and_calls_are_all_seen()
    {
        using var message = new Message();
        List<RecordedGemini> exchanges = RecordedGemini.All();
        Assert.Equal(138, exchanges.Count);
        foreach (RecordedGemini exchange in exchanges)
        {
            ReadFault fault = GeminiExchange.Request(exchange.Request, message, exchange.RequestHead);
            Assert.True(fault == ReadFault.None, $"{exchange.Name}: {fault} {message.JsonFault}");
            Assert.True(GeminiExchange.Dialect.TryWrite(message, out byte[] written) && written.AsSpan().SequenceEqual(exchange.Request), exchange.Name);
            Count(exchange.Name, message);
            if (exchange.Path.Contains(':') && !exchange.Path.Contains("/upload/", StringComparison.Ordinal))
                Assert.Contains(GeminiExchange.Model(message) + ":", exchange.Path, StringComparison.Ordinal);
            if (message.Documents.Count == 0)
                continue;
            using JsonDocument body = JsonDocument.Parse(exchange.Request);
            Assert.Equal((exchange.Name, string.Join(' ', ToolsIn(body.RootElement))), (exchange.Name, string.Join(' ', GeminiExchange.Tools(message))));
            Assert.Equal((exchange.Name, CallsIn(body.RootElement)), (exchange.Name, message.ToolCalls.Count));
            Assert.All(message.ToolCalls, call => Assert.True(call.Replayed));
        }
        AssertCoverage("requests");
    }

    [Fact]
    public void Every_recorded_answer_is_read_and_its_calls_are_all_seen()
    {
        using var message = new Message();
        foreach (RecordedGemini exchange in RecordedGemini.All().Where(e => !e.IsStream && e.Response.Length > 0))
        {
            ReadFault fault = GeminiExchange.Response(exchange.Response, message, exchange.ResponseHead);
            Assert.True(fault == ReadFault.None, $"{exchange.Name}: {fault} {message.JsonFault}");
            Count(exchange.Name, message);
            using JsonDocument body = JsonDocument.Parse(exchange.Response);
            Assert.Equal((exchange.Name, CallsIn(body.RootElement)), (exchange.Name, message.ToolCalls.Count));
            Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
        }
        AssertCoverage("answers");
    }

    [Fact]
    public void Every_recorded_stream_is_read_alike_however_it_is_cut()
    {
        var random = new Random(7);
        foreach (RecordedGemini exchange in RecordedGemini.All().Where(e => e.IsStream))
        {
            ReadGemini whole = ReadGemini.Of(exchange.Response, ReadGemini.Sse, []);
            Assert.True(whole.Fault == ReadFault.None, $"{exchange.Name}: {whole.Fault}");
            Assert.True(whole.Ended);
            Assert.Equal(Encoding.UTF8.GetString(exchange.Response), whole.Released);
            string[] events = BlankLine().Split(Encoding.UTF8.GetString(exchange.Response));
            int calls = 0;
            foreach (string block in events.Where(e => e.Length > 0))
            {
                using JsonDocument data = JsonDocument.Parse(block["data:".Length..]);
                calls += CallsIn(data.RootElement);
            }
            Assert.Equal((exchange.Name, calls), (exchange.Name, whole.Calls.Count));
            int[] random50 = [.. Enumerable.Range(0, 50).Select(_ => random.Next(exchange.Response.Length)).Order()];
            Assert.Equal(whole.Verdict, ReadGemini.Of(exchange.Response, ReadGemini.Sse, random50).Verdict);
            Assert.Equal(whole.Verdict, ReadGemini.Of(exchange.Response, ReadGemini.Sse, EventEnds(exchange.Response)).Verdict);
        }
    }

    [Fact]
    public void Texts_of_recorded_streams_have_roles()
    {
        using var message = new Message();
        foreach (RecordedGemini exchange in RecordedGemini.All().Where(e => e.IsStream))
        {
            foreach (string block in BlankLine().Split(Encoding.UTF8.GetString(exchange.Response)).Where(e => e.Length > 0))
            {
                Assert.Equal(ReadFault.None, GeminiExchange.Response(block["data:".Length..], message));
                Count(exchange.Name, message);
            }
        }
        AssertCoverage("events");
    }

    /// <summary>Each string of the body is one segment or one opaque part, the strings in nested texts taken for theirs.</summary>
    private void Count(string name, Message message)
    {
        var seen = new HashSet<(int, int)>();
        foreach (Segment segment in message.Segments)
        {
            Assert.True(seen.Add((segment.Document, segment.Start)), $"{name}: twice at {segment.Start}");
            _all += segment.Length;
            _known += segment.Role == TextRole.Unknown ? 0 : segment.Length;
        }
        // Strings that were read as JSON, and values whose strings were joined.
        List<(int Document, JsonNode Node)> opened = [.. message.Documents.Where(d => d.Parent >= 0).Select(d => (d.Parent, message.Documents[d.Parent].Tape[d.ParentNode]))];
        var opaque = message.Opaque.Select(o => (o.Document, o.Start)).ToHashSet();
        for (int document = 0; document < message.Documents.Count; document++)
        {
            foreach (JsonNode node in message.Documents[document].Tape.Nodes)
            {
                if (node.Kind != JsonKind.String || node.Length == 0)
                    continue;
                (int, int) at = (document, node.Start);
                Assert.True(seen.Contains(at) || opened.Exists(o => o.Document == document && node.Start >= o.Node.Start && node.Start < o.Node.Start + o.Node.Length) || opaque.Contains(at), $"{name}: not seen at {node.Start} of {document}");
            }
        }
    }

    private void AssertCoverage(string what)
    {
        double share = (double)_known / _all;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {share:P2} of {_all} bytes of text have a known role"));
        Assert.True(share >= 0.97, $"{what}: {share}");
    }

    /// <summary>Names of the tools, by the fields' names.</summary>
    private static List<string> ToolsIn(JsonElement body)
    {
        var tools = new List<string>();
        if (!body.TryGetProperty("tools", out JsonElement list))
            return tools;
        foreach (JsonProperty member in Each(list).SelectMany(t => t.EnumerateObject()))
        {
            if (member.Name is "functionDeclarations" or "function_declarations")
                tools.AddRange(Each(member.Value).Select(f => f.GetProperty("name").GetString()!));
            else
                tools.Add(Underscored().Replace(member.Name, m => m.Value[1..].ToUpperInvariant()));
        }
        return tools;
    }

    /// <summary>A list, or the one value in its place: some of the recorded requests have it so.</summary>
    private static List<JsonElement> Each(JsonElement value) => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];

    /// <summary>Calls of functions and tools and pieces of code, wherever in the body.</summary>
    private static int CallsIn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Sum(m => (m.Name is "functionCall" or "function_call" or "toolCall" or "tool_call" or "executableCode" or "executable_code" ? 1 : 0) + CallsIn(m.Value)),
        JsonValueKind.Array => value.EnumerateArray().Sum(CallsIn),
        _ => 0,
    };

    private static IEnumerable<int> EventEnds(byte[] stream) => BlankLine().Matches(Encoding.Latin1.GetString(stream)).Select(m => m.Index + m.Length).Where(e => e < stream.Length);

    [GeneratedRegex("\r?\n\r?\n")]
    private static partial Regex BlankLine();

    [GeneratedRegex("_[a-z]")]
    private static partial Regex Underscored();
}
