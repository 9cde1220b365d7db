using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>Recorded traffic reads without a fault, to what an independent reader counts, and most of it in a known role.</summary>
public sealed class BedrockVectorTests(ITestOutputHelper output)
{
    /// <summary>Recordings whose request is no JSON: a recorder replaced a whole member by its own mark.</summary>
    private static readonly string[] NoJson = ["test_bedrock_model_other_parameters#0"];

    [Fact]
    public void Every_request_is_read()
    {
        long known = 0, unknown = 0;
        using var message = new Message();
        foreach (RecordedExchange exchange in All())
        {
            ReadFault fault = BedrockWire.Request(exchange.Path, exchange.RequestBody, message);
            if (NoJson.Contains(exchange.Name))
            {
                Assert.Equal(ReadFault.NotStrictJson, fault);
                continue;
            }
            Assert.True(fault == ReadFault.None, $"{exchange.Name}: {fault} {message.JsonFault}");
            Count(message, exchange.Name, ref known, ref unknown);
            using JsonDocument body = JsonDocument.Parse(exchange.RequestBody);
            Assert.Equal((exchange.Name, string.Join(' ', ToolsIn(body.RootElement).Order())), (exchange.Name, string.Join(' ', BedrockWire.Tools(message).Order())));
            Assert.Equal((exchange.Name, CallsIn(body.RootElement)), (exchange.Name, message.ToolCalls.Count));
            Assert.All(message.ToolCalls, call => Assert.True(call.Replayed));
            string model = Uri.UnescapeDataString(exchange.Path.Split('/')[2]);
            Assert.Equal(model, Encoding.UTF8.GetString(message.Model.Span));
            Assert.True(BedrockWire.Dialect.TryWrite(message, out byte[] same));
            Assert.Equal(exchange.RequestBody, same);
        }
        Report("requests", known, unknown);
    }

    [Fact]
    public void Every_whole_answer_is_read()
    {
        long known = 0, unknown = 0;
        using var request = new Message();
        using var message = new Message();
        foreach (RecordedExchange exchange in All().Where(e => !IsStream(e)))
        {
            BedrockWire.Request(exchange.Path, exchange.RequestBody, request);
            ReadFault fault = BedrockWire.Response(request, exchange.ResponseBody, message, exchange.Status);
            Assert.True(fault == ReadFault.None, $"{exchange.Name}: {fault} {message.JsonFault}");
            if (exchange.Status < 400)
                Count(message, exchange.Name, ref known, ref unknown);
            using JsonDocument body = JsonDocument.Parse(exchange.ResponseBody);
            Assert.Equal((exchange.Name, CallsIn(body.RootElement)), (exchange.Name, message.ToolCalls.Count));
            Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
        }
        Report("answers", known, unknown);
    }

    [Fact]
    public void Every_stream_is_read_alike_however_it_is_cut()
    {
        long known = 0, unknown = 0;
        using var request = new Message();
        int streams = 0;
        foreach (RecordedExchange exchange in All().Where(IsStream))
        {
            streams++;
            Assert.Equal(ReadFault.None, BedrockWire.Request(exchange.Path, exchange.RequestBody, request));
            BedrockReadStream whole = BedrockReadStream.Of(request, exchange.ResponseBody, _ => int.MaxValue);
            Assert.True(whole.Fault == ReadFault.None && whole.Step == FrameStep.NeedMore, $"{exchange.Name}: {whole.Fault} {whole.Step}");
            Assert.Equal(exchange.ResponseBody, whole.Released);
            Assert.Empty(whole.Beside);
            known += whole.Bytes.Known;
            unknown += whole.Bytes.Unknown;
            (string text, List<string> calls) = Plainly(exchange.ResponseBody);
            Assert.Equal(text, whole.Running.Values.FirstOrDefault(t => t.StartsWith("Assistant: ", StringComparison.Ordinal))?["Assistant: ".Length..] ?? "");
            Assert.Equal((exchange.Name, string.Join('\n', calls)), (exchange.Name, string.Join('\n', whole.Calls)));
            var random = new Random(7);
            foreach (Func<int, int> pieceAt in (Func<int, int>[])[at => LengthAt(exchange.ResponseBody, at), _ => 1, .. Enumerable.Repeat((int _) => random.Next(1, 300), 8)])
            {
                BedrockReadStream cut = BedrockReadStream.Of(request, exchange.ResponseBody, pieceAt);
                Assert.Equal(whole.Released, cut.Released);
                Assert.Equal(whole.Running, cut.Running);
                Assert.Equal(whole.Whole, cut.Whole);
                Assert.Equal(whole.Calls, cut.Calls);
                Assert.Equal(whole.Refusal, cut.Refusal);
            }
        }
        Assert.True(streams >= 10);
        Report("streams", known, unknown);
    }

    [Fact]
    public void Every_text_can_be_edited_where_it_stands_and_nothing_else_changes()
    {
        using var message = new Message();
        using var again = new Message();
        foreach (RecordedExchange exchange in All())
        {
            if (BedrockWire.Request(exchange.Path, exchange.RequestBody, message) == ReadFault.None)
            {
                List<string> expected = EditAll(message);
                Assert.True(BedrockWire.Dialect.TryWrite(message, out byte[] edited));
                Assert.Equal(ReadFault.None, BedrockWire.Request(exchange.Path, edited, again));
                Assert.Equal(expected, BedrockWire.Texts(again));
            }
            if (IsStream(exchange))
            {
                EditEvents(exchange);
                continue;
            }
            BedrockWire.Request(exchange.Path, exchange.RequestBody, again);
            Assert.Equal(ReadFault.None, BedrockWire.Response(again, exchange.ResponseBody, message, exchange.Status));
            List<string> answered = EditAll(message);
            Assert.True(BedrockWire.Dialect.TryWrite(message, out byte[] other));
            Assert.Equal(ReadFault.None, BedrockWire.Response(again, other, message, exchange.Status));
            Assert.Equal(answered, BedrockWire.Texts(message));
        }
    }

    /// <summary>Edits every event of a stream; what is written anew is read again as the same with the edits in it.</summary>
    private static void EditEvents(RecordedExchange exchange)
    {
        using var request = new Message();
        using var message = new Message();
        BedrockWire.Request(exchange.Path, exchange.RequestBody, request);
        using EventStream first = BedrockWire.Stream(request);
        using EventStream second = BedrockWire.Stream(request);
        using EventFramer framer = first.CreateFramer(1 << 20);
        framer.Push(exchange.ResponseBody);
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            message.Clear();
            Assert.Equal(ReadFault.None, first.Read(frame, JsonLimits.Default, message));
            List<string> expected = EditAll(message);
            Assert.True(Splice.TryApply(frame.Data.Span, message.Splices, out byte[] data));
            using EventFramer other = second.CreateFramer(1 << 20);
            other.Push(framer.Rewrite(frame, data));
            Assert.Equal(FrameStep.Frame, other.Next(out EventFrame edited));
            message.Clear();
            Assert.Equal(ReadFault.None, second.Read(edited, JsonLimits.Default, message));
            Assert.Equal(expected, BedrockWire.Texts(message));
        }
    }

    /// <summary>Puts something that must be escaped before every text but labels.</summary>
    /// <returns>The texts as they should be read then.</returns>
    private static List<string> EditAll(Message message)
    {
        var expected = new List<string>();
        foreach (Segment segment in message.Segments.ToList())
        {
            bool isText = segment.Role is not (TextRole.Metadata or TextRole.Unknown or TextRole.Url);
            expected.Add($"{segment.Role}: {(isText ? "\"\n\u00E9" : "")}{Encoding.UTF8.GetString(message.Text(segment).Span)}");
            if (isText)
                message.Replace(segment, 0, 0, "\"\n\u00E9"u8.ToArray());
        }
        return expected;
    }

    private static IReadOnlyList<RecordedExchange> All()
    {
        IReadOnlyList<RecordedExchange> all = RecordedExchange.Load("bedrock");
        Assert.SkipWhen(all.Count == 0, "needs ../shared/vectors");
        Assert.True(all.Count >= 115);
        return all;
    }

    private static bool IsStream(RecordedExchange exchange) => exchange.ResponseHeaders.Any(h => h.Value.Contains("eventstream", StringComparison.Ordinal));

    private void Count(Message message, string name, ref long known, ref long unknown)
    {
        var seen = new HashSet<(int, int)>();
        foreach (Segment segment in message.Segments)
        {
            Assert.True(seen.Add((segment.Document, segment.Start)), $"{name}: twice at {segment.Start}");
            if (segment.Role != TextRole.Unknown)
            {
                known += segment.Length;
                continue;
            }
            unknown += segment.Length;
            output.WriteLine($"{name}: {Encoding.UTF8.GetString(message.Text(segment).Span)}");
        }
    }

    private void Report(string what, long known, long unknown)
    {
        double share = (double)known / (known + unknown);
        output.WriteLine($"{what}: {share:P2} of {known + unknown} string bytes have a known role");
        Assert.True(share >= 0.97, $"{what}: {share:P2}");
    }

    /// <summary>Names of tools: of Bedrock's lists, and of lists in models' own forms.</summary>
    private static IEnumerable<string> ToolsIn(JsonElement body)
    {
        if (body.TryGetProperty("input", out JsonElement input) && input.TryGetProperty("invokeModel", out JsonElement invoke))
            body = JsonDocument.Parse(invoke.GetProperty("body").GetBytesFromBase64()).RootElement;
        if (body.TryGetProperty("toolConfig", out JsonElement config))
            return config.GetProperty("tools").EnumerateArray().Where(t => t.TryGetProperty("toolSpec", out _)).Select(t => t.GetProperty("toolSpec").GetProperty("name").GetString()!);
        if (!body.TryGetProperty("tools", out JsonElement tools))
            return [];
        return tools.EnumerateArray().SelectMany(t => t.GetProperty("type").GetString() == "custom" ? [t.GetProperty("name").GetString()!] : (string[])[t.GetProperty("name").GetString()!, t.GetProperty("type").GetString()!]);
    }

    /// <summary>How many calls there are at any depth: an object's <c>toolUse</c>, or a block of type <c>tool_use</c>.</summary>
    private static int CallsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().Sum(CallsIn),
        JsonValueKind.Object => element.EnumerateObject().Sum(p => p.Name == "toolUse" || (p.Name == "type" && p.Value.ValueKind == JsonValueKind.String && p.Value.ValueEquals("tool_use")) ? 1 : CallsIn(p.Value)),
        _ => 0,
    };

    /// <summary>Words and calls of a stream, joined as its reader's code does, with nothing of the filter's.</summary>
    private static (string Text, List<string> Calls) Plainly(byte[] stream)
    {
        var text = new StringBuilder();
        var calls = new SortedDictionary<int, string>();
        for (int at = 0; at < stream.Length; at += LengthAt(stream, at))
        {
            int headers = BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(at + 4));
            JsonElement payload = JsonDocument.Parse(stream.AsMemory(at + 12 + headers, LengthAt(stream, at) - 16 - headers)).RootElement;
            if (payload.TryGetProperty("bytes", out JsonElement bytes))
                payload = JsonDocument.Parse(bytes.GetBytesFromBase64()).RootElement;
            foreach (string name in (string[])["contentBlockStart", "contentBlockDelta"])
            {
                if (payload.TryGetProperty(name, out JsonElement inner))
                    payload = inner;
            }
            int index = payload.TryGetProperty("contentBlockIndex", out JsonElement number) || payload.TryGetProperty("index", out number) ? number.GetInt32() : -1;
            if (payload.TryGetProperty("start", out JsonElement start) && start.TryGetProperty("toolUse", out JsonElement use))
                calls[index] = use.GetProperty("name").GetString() + "(";
            if (!payload.TryGetProperty("delta", out JsonElement delta))
                continue;
            if (delta.TryGetProperty("text", out JsonElement piece))
                text.Append(piece.GetString());
            if (delta.TryGetProperty("toolUse", out JsonElement more))
                calls[index] += more.GetProperty("input").GetString();
        }
        return (text.ToString(), [.. calls.Values.Select(c => c + ")")]);
    }

    private static int LengthAt(byte[] stream, int at) => BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(at));
}
