using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Real traffic reads without a fault, to what an independent reader counts, and nearly all of its text has a known role.</summary>
public sealed class VectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recorded_request_is_read_and_its_tools_and_calls_are_all_seen()
    {
        using var message = new Message();
        long known = 0, unknown = 0;
        IReadOnlyList<RecordedExchange> exchanges = Recorded.All();
        Assert.True(exchanges.Count > 150);
        foreach (RecordedExchange exchange in exchanges)
        {
            ReadFault fault = Claude.Request(exchange.RequestBody, message, Recorded.PathOf(exchange), exchange.Method, Recorded.RequestTypeOf(exchange));
            Assert.True(fault == ReadFault.None, $"{exchange.Name}: {fault} {message.JsonFault}");
            Assert.Equal(exchange.RequestBody, Encoding.UTF8.GetBytes(Claude.Written(message)));
            Count(message, ref known, ref unknown, exchange.Name);
            if (message.Documents.Count == 0)
                continue;
            using JsonDocument body = JsonDocument.Parse(exchange.RequestBody);
            Assert.Equal((exchange.Name, string.Join(' ', ToolsIn(body.RootElement))), (exchange.Name, string.Join(' ', Claude.Tools(message))));
            Assert.Equal((exchange.Name, string.Join(' ', CallsIn(body.RootElement))), (exchange.Name, string.Join(' ', message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span)))));
            Assert.Equal(body.RootElement.GetProperty("model").GetString(), Encoding.UTF8.GetString(message.Model.Span));
            AssertEveryStringOnce(exchange.Name, message);
        }
        AssertShare("requests", known, unknown);
    }

    [Fact]
    public void Every_recorded_answer_is_read_and_its_calls_are_all_seen()
    {
        using var message = new Message();
        long known = 0, unknown = 0;
        foreach (RecordedExchange exchange in Recorded.All().Where(e => !Recorded.IsStream(e)))
        {
            byte[] answer = Recorded.AnswerOf(exchange);
            ReadFault fault = Claude.Response(answer, message, Recorded.ResponseTypeOf(exchange), exchange.Status, Recorded.PathOf(exchange), exchange.Method);
            Assert.True(fault == ReadFault.None, $"{exchange.Name}: {fault} {message.JsonFault}");
            Assert.Equal(answer, Encoding.UTF8.GetBytes(Claude.Written(message)));
            Count(message, ref known, ref unknown, exchange.Name);
            using JsonDocument body = JsonDocument.Parse(answer);
            var calls = new List<string>();
            CallsInBlocks(body.RootElement, calls);
            Assert.Equal((exchange.Name, string.Join(' ', calls.Select(c => c + "!"))), (exchange.Name, string.Join(' ', Claude.Calls(message))));
            AssertEveryStringOnce(exchange.Name, message);
        }
        AssertShare("answers", known, unknown);
    }

    [Fact]
    public void Every_recorded_stream_is_read_alike_however_it_is_cut_and_all_of_it_let_go()
    {
        long known = 0, unknown = 0;
        foreach (RecordedExchange exchange in Recorded.All().Where(Recorded.IsStream))
        {
            byte[] stream = Recorded.AnswerOf(exchange);
            ReadStream whole = ReadStream.Of(stream, [int.MaxValue]);
            Assert.True(whole.Fault == ReadFault.None, $"{exchange.Name}: {whole.Fault}");
            Assert.True(whole.Ended);
            Assert.Equal((exchange.Name, string.Join(' ', CallsInStream(stream))), (exchange.Name, string.Join(' ', whole.Calls)));
            Assert.Equal(TextsInStream(stream), whole.Texts.Values);
            Assert.All(whole.Arguments, arguments => JsonDocument.Parse(arguments.Length == 0 ? "{}" : arguments).Dispose());
            known += whole.Known;
            unknown += whole.Unknown;
            foreach (IReadOnlyList<int> pieces in Cuts(stream))
            {
                ReadStream cut = ReadStream.Of(stream, pieces);
                Assert.Equal(ReadFault.None, cut.Fault);
                Assert.Equal(Encoding.UTF8.GetString(stream), cut.Released);
                Assert.Equal(whole.Calls, cut.Calls);
                Assert.Equal(whole.Texts, cut.Texts);
                Assert.Equal(whole.Whole, cut.Whole);
            }
        }
        AssertShare("streams", known, unknown);
    }

    /// <summary>Cut at every event, at every byte, and at 200 random places.</summary>
    private static IEnumerable<IReadOnlyList<int>> Cuts(byte[] stream)
    {
        var events = new List<int>();
        for (int at = 0; at < stream.Length;)
        {
            int end = stream.AsSpan(at).IndexOf("\n\n"u8);
            int length = end < 0 ? stream.Length - at : end + 2;
            events.Add(length);
            at += length;
        }
        yield return events;
        yield return [1];
        var random = new Random(7);
        int[] places = [.. Enumerable.Range(0, 200).Select(_ => random.Next(1, stream.Length)).Distinct().Order()];
        yield return [.. places.Zip(places.Prepend(0), (to, from) => to - from), stream.Length];
    }

    private void AssertShare(string what, long known, long unknown)
    {
        double share = (double)known / (known + unknown);
        output.WriteLine($"{what}: {known + unknown} bytes of text, {share:P2} of them in a known role");
        Assert.True(share >= 0.97, $"{what}: {share:P2}");
    }

    private void Count(Message message, ref long known, ref long unknown, string name)
    {
        foreach (Segment segment in message.Segments)
        {
            if (segment.Role != TextRole.Unknown)
            {
                known += segment.Length;
                continue;
            }
            unknown += segment.Length;
            output.WriteLine($"unknown in {name}: {Encoding.UTF8.GetString(message.Text(segment).Span)}");
        }
    }

    /// <summary>Each string of the body is one segment or one opaque part, the strings in nested texts taken for theirs.</summary>
    private static void AssertEveryStringOnce(string name, Message message)
    {
        var seen = new HashSet<(int, int)>();
        foreach (Segment segment in message.Segments)
            Assert.True(seen.Add((segment.Document, segment.Start)), $"{name}: twice at {segment.Start}");
        var opened = message.Documents.Where(d => d.Parent >= 0).Select(d => (d.Parent, message.Documents[d.Parent].Tape[d.ParentNode].Start)).ToHashSet();
        var opaque = message.Opaque.Select(o => (o.Document, o.Start)).ToHashSet();
        for (int document = 0; document < message.Documents.Count; document++)
        {
            foreach (JsonNode node in message.Documents[document].Tape.Nodes)
            {
                (int, int) at = (document, node.Start);
                if (node.Kind == JsonKind.String && node.Length > 0)
                    Assert.True(seen.Contains(at) || opened.Contains(at) || opaque.Contains(at), $"{name}: not seen at {node.Start} of {document}");
            }
        }
    }

    /// <summary>Blocks that add tools, in the order of the messages, then tools: the provider's by type and name, a toolset as such.</summary>
    private static List<string> ToolsIn(JsonElement body)
    {
        var names = new List<string>();
        if (body.TryGetProperty("messages", out JsonElement messages))
        {
            foreach (JsonElement message in messages.EnumerateArray())
            {
                if (message.GetProperty("content").ValueKind != JsonValueKind.Array)
                    continue;
                foreach (JsonElement block in message.GetProperty("content").EnumerateArray())
                {
                    if (block.GetProperty("type").GetString() == "tool_addition")
                        names.Add(block.GetProperty("tool").GetProperty("name").GetString()!);
                }
            }
        }
        if (body.TryGetProperty("tools", out JsonElement tools))
        {
            foreach (JsonElement tool in tools.EnumerateArray())
            {
                if (tool.TryGetProperty("type", out JsonElement type) && type.GetString() != "custom")
                    names.Add(type.GetString()!);
                if (tool.TryGetProperty("name", out JsonElement name))
                    names.Add(name.GetString()!);
            }
        }
        if (body.TryGetProperty("mcp_servers", out JsonElement servers))
        {
            foreach (JsonElement server in servers.EnumerateArray())
            {
                if (server.TryGetProperty("tool_configuration", out JsonElement configuration) && configuration.TryGetProperty("allowed_tools", out JsonElement allowed))
                    names.AddRange(allowed.EnumerateArray().Select(n => n.GetString()!));
                else if (!names.Contains("mcp_toolset"))
                    names.Add("mcp_toolset");
            }
        }
        return names;
    }

    private static List<string> CallsIn(JsonElement body)
    {
        var calls = new List<string>();
        if (!body.TryGetProperty("messages", out JsonElement messages))
            return calls;
        foreach (JsonElement message in messages.EnumerateArray())
            CallsInBlocks(message, calls);
        return calls;
    }

    private static void CallsInBlocks(JsonElement holder, List<string> calls)
    {
        if (!holder.TryGetProperty("content", out JsonElement content) || content.ValueKind != JsonValueKind.Array)
            return;
        foreach (JsonElement block in content.EnumerateArray())
        {
            if (block.GetProperty("type").GetString() is "tool_use" or "server_tool_use" or "mcp_tool_use")
                calls.Add(block.GetProperty("name").GetString()!);
        }
    }

    private static IEnumerable<JsonElement> EventsIn(byte[] stream)
    {
        foreach (string line in Encoding.UTF8.GetString(stream).Split('\n'))
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                yield return JsonDocument.Parse(line[6..]).RootElement;
        }
    }

    private static List<string> CallsInStream(byte[] stream)
    {
        var calls = new List<string>();
        foreach (JsonElement data in EventsIn(stream))
        {
            if (data.TryGetProperty("content_block", out JsonElement block) && block.GetProperty("type").GetString()!.EndsWith("tool_use", StringComparison.Ordinal))
                calls.Add(block.GetProperty("name").GetString()!);
        }
        return calls;
    }

    /// <summary>What grows in each block, put together as an SDK does.</summary>
    private static List<string> TextsInStream(byte[] stream)
    {
        var texts = new SortedDictionary<int, string>();
        foreach (JsonElement data in EventsIn(stream))
        {
            if (!data.TryGetProperty("delta", out JsonElement delta) || !data.TryGetProperty("index", out JsonElement index))
                continue;
            foreach (string key in (string[])["text", "thinking", "partial_json"])
            {
                if (delta.TryGetProperty(key, out JsonElement piece) && piece.GetString() is { Length: > 0 } text)
                    texts[index.GetInt32()] = texts.GetValueOrDefault(index.GetInt32(), "") + text;
            }
        }
        return [.. texts.Values];
    }
}
