using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>What holds of every body: an edit changes its text alone, and reading costs no memory that grows.</summary>
public sealed class GeminiPropertyTests
{
    private const string Edit = "\"edited\"\\ \n é🙂";

    [Fact]
    public void An_edit_of_any_text_of_a_recorded_request_changes_that_text_alone()
    {
        foreach (RecordedGemini exchange in RecordedGemini.All())
            AssertEdits(exchange.Name, m => GeminiExchange.Request(exchange.Request, m, exchange.RequestHead), (m, body) => GeminiExchange.Request(body, m, exchange.RequestHead));
    }

    [Fact]
    public void An_edit_of_any_text_of_a_recorded_answer_changes_that_text_alone()
    {
        foreach (RecordedGemini exchange in RecordedGemini.All().Where(e => !e.IsStream && e.Response.Length is > 0 and < 20_000))
            AssertEdits(exchange.Name, m => GeminiExchange.Response(exchange.Response, m, exchange.ResponseHead), (m, body) => GeminiExchange.Response(body, m, exchange.ResponseHead));
    }

    [Theory]
    [InlineData("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"SECRET here\"}]}}]}\r\n\r\n", "text/event-stream")]
    [InlineData("[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"SECRET here\"}]}}]}\n,{}]", "application/json")]
    public void An_edit_of_an_event_leaves_its_framing(string stream, string type)
    {
        using var request = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), request, GeminiExchange.StreamPath));
        using EventStream open = GeminiExchange.Dialect.OpenStream(request, GeminiExchange.ResponseHead(type))!;
        using EventFramer framer = open.CreateFramer(1000);
        framer.Push(Encoding.UTF8.GetBytes(stream));
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
        using var message = new Message();
        Assert.Equal(ReadFault.None, open.Read(frame, JsonLimits.Default, message));
        message.Replace(message.Segments.Single(s => s.Role == TextRole.Assistant), 0, 6, "***"u8.ToArray());
        Assert.True(Splice.TryApply(frame.Data.Span, message.Splices, out byte[] data));
        string written = Encoding.UTF8.GetString(framer.Rewrite(frame, data));
        Assert.Equal(stream[..Encoding.UTF8.GetString(frame.Bytes.Span).Length].Replace("SECRET", "***", StringComparison.Ordinal), written);
    }

    [Fact]
    public void Reading_a_request_again_allocates_next_to_nothing()
    {
        byte[] body = Encoding.UTF8.GetBytes("{\"contents\":[" + string.Join(',', Enumerable.Repeat("""{"role":"user","parts":[{"text":"hello there"},{"functionResponse":{"name":"x","response":{"a":"b"}}}]}""", 300)) + "]}");
        HttpHead head = GeminiExchange.RequestHead();
        using var message = new Message();
        for (int i = 0; i < 30; i++)
            Assert.Equal(ReadFault.None, GeminiExchange.Request(body, message, head));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(body, message, head));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    private static void AssertEdits(string name, Func<Message, ReadFault> read, Func<Message, byte[], ReadFault> again)
    {
        using var message = new Message();
        using var edited = new Message();
        Assert.Equal(ReadFault.None, read(message));
        // What repeats the texts goes with the first edit of one; that is tested apart.
        if (message.Documents.Exists(d => d.Parent >= 0 && d.Tape.Count == 0))
            return;
        List<string> texts = GeminiExchange.Texts(message);
        int step = 1 + (texts.Count / 40);
        for (int i = 0; i < texts.Count; i += step)
        {
            Assert.Equal(ReadFault.None, read(message));
            Segment segment = message.Segments[i];
            // Keys that read like prose are texts too; edited, they are other keys.
            if (segment.Document >= 0 && IsKey(message, segment))
                continue;
            message.Replace(segment, 0, message.Text(segment).Length, Encoding.UTF8.GetBytes(Edit));
            Assert.True(GeminiExchange.Dialect.TryWrite(message, out byte[] written));
            if (message.Documents.Count > 0)
                JsonDocument.Parse(written).Dispose();
            ReadFault fault = again(edited, written);
            Assert.True(fault == ReadFault.None, $"{name}: {texts[i]}: {fault}");
            // Roles, types and labels may mean something else now; every other text is what and where it was.
            List<string> left = Words(edited);
            Assert.True(left.Remove(Edit) || segment.Role == TextRole.Metadata, $"{name}: {texts[i]}");
            message.Splices.Clear();
            List<string> expected = Words(message);
            Assert.True(expected.Remove(Encoding.UTF8.GetString(message.Text(segment).Span)));
            if (segment.Role != TextRole.Metadata)
                Assert.Equal((name, string.Join('\n', expected)), (name, string.Join('\n', left)));
        }
    }

    private static List<string> Words(Message message) => [.. message.Segments.Select(s => Encoding.UTF8.GetString(message.Text(s).Span)).Order(StringComparer.Ordinal)];

    private static bool IsKey(Message message, Segment segment)
    {
        foreach (JsonNode node in message.Documents[segment.Document].Tape.Nodes)
        {
            if (node.Kind == JsonKind.Key && node.Start == segment.Start)
                return true;
        }
        return false;
    }
}
