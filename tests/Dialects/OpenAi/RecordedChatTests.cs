using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Real traffic reads without a fault, and to what an independent reader counts.</summary>
public sealed class RecordedChatTests
{
    [Fact]
    public void Every_recorded_request_is_read_and_its_tools_and_calls_are_all_seen()
    {
        using var message = new Message();
        List<RecordedChat> chats = RecordedChat.All();
        Assert.True(chats.Count > 190);
        foreach (RecordedChat chat in chats)
        {
            ReadFault fault = Chat.Request(chat.Request, message, chat.Path);
            Assert.True(fault == ReadFault.None, $"{chat.Name}: {fault} {message.JsonFault}");
            using JsonDocument body = JsonDocument.Parse(chat.Request);
            Assert.Equal((chat.Name, ToolsIn(body.RootElement)), (chat.Name, message.ToolDeclarations.Count));
            Assert.Equal((chat.Name, CallsIn(body.RootElement, "messages", null)), (chat.Name, message.ToolCalls.Count));
            Assert.All(message.ToolCalls, call => Assert.True(call.Replayed));
            AssertEveryStringOnce(chat.Name, message);
        }
    }

    [Fact]
    public void Every_recorded_answer_is_read_and_its_calls_are_all_seen()
    {
        using var message = new Message();
        foreach (RecordedChat chat in RecordedChat.All().Where(c => !c.IsStream))
        {
            ReadFault fault = Chat.Response(Encoding.UTF8.GetString(chat.Response), message, chat.ContentType, chat.Status);
            Assert.True(fault == ReadFault.None, $"{chat.Name}: {fault} {message.JsonFault}");
            using JsonDocument body = JsonDocument.Parse(chat.Response);
            Assert.Equal((chat.Name, CallsIn(body.RootElement, "choices", "message")), (chat.Name, message.ToolCalls.Count));
            Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
            AssertEveryStringOnce(chat.Name, message);
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(97)]
    public void Every_recorded_stream_is_read_its_calls_put_together_and_all_of_it_let_go(int pieceBytes)
    {
        foreach (RecordedChat chat in RecordedChat.All().Where(c => c.IsStream))
        {
            ReadStream read = ReadStream.Of(chat.Response, pieceBytes: pieceBytes);
            Assert.True(read.Fault == ReadFault.None, $"{chat.Name}: {read.Fault}");
            Assert.Equal((chat.Name, string.Join(' ', CallsInStream(chat.Response))), (chat.Name, string.Join(' ', read.Calls)));
            Assert.Equal(Encoding.UTF8.GetString(chat.Response), read.Released);
            Assert.All(read.Arguments, arguments => JsonDocument.Parse(arguments.Length == 0 ? "{}" : arguments).Dispose());
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
                if (node.Kind != JsonKind.String || node.Length == 0)
                    continue;
                (int, int) at = (document, node.Start);
                Assert.True(seen.Contains(at) || opened.Contains(at) || opaque.Contains(at) || message.ExtraTexts.Count > 0, $"{name}: not seen at {node.Start} of {document}");
            }
        }
    }

    private static int ToolsIn(JsonElement body)
    {
        int tools = 0;
        foreach (string key in (string[])["tools", "functions"])
            tools += body.TryGetProperty(key, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;
        return tools + (body.TryGetProperty("web_search_options", out _) ? 1 : 0);
    }

    private static int CallsIn(JsonElement body, string list, string? member)
    {
        int calls = 0;
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(list, out JsonElement items) || items.ValueKind != JsonValueKind.Array)
            return 0;
        foreach (JsonElement item in items.EnumerateArray())
        {
            JsonElement holder = item;
            if (member is not null && !item.TryGetProperty(member, out holder))
                continue;
            if (holder.TryGetProperty("tool_calls", out JsonElement found) && found.ValueKind == JsonValueKind.Array)
                calls += found.GetArrayLength();
            if (holder.TryGetProperty("function_call", out JsonElement legacy) && legacy.ValueKind == JsonValueKind.Object && legacy.GetProperty("name").GetString() != "")
                calls++;
        }
        return calls;
    }

    /// <summary>Names of calls as openai npm puts them together: by choice and index.</summary>
    private static List<string> CallsInStream(byte[] stream)
    {
        var names = new SortedDictionary<(int, int), string>();
        foreach (string line in Encoding.UTF8.GetString(stream).Split('\n'))
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
                continue;
            using JsonDocument chunk = JsonDocument.Parse(line[6..]);
            if (!chunk.RootElement.TryGetProperty("choices", out JsonElement choices))
                continue;
            foreach (JsonElement choice in choices.EnumerateArray())
            {
                if (!choice.GetProperty("delta").TryGetProperty("tool_calls", out JsonElement calls) || calls.ValueKind != JsonValueKind.Array)
                    continue;
                foreach (JsonElement call in calls.EnumerateArray())
                {
                    if (call.GetProperty("function").TryGetProperty("name", out JsonElement name) && name.GetString() is { Length: > 0 } text)
                        names[(choice.GetProperty("index").GetInt32(), call.GetProperty("index").GetInt32())] = text;
                }
            }
        }
        return [.. names.Values];
    }
}
