using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>An edit of a text changes that text and nothing else, in real requests and answers.</summary>
public sealed class EditTests
{
    [Fact]
    public void An_edit_changes_only_its_span_and_leaves_the_body_what_it_was()
    {
        var random = new Random(5);
        using var message = new Message();
        using var again = new Message();
        foreach (RecordedExchange exchange in Recorded.All().Where(e => !Recorded.IsStream(e)))
        {
            byte[] answer = Recorded.AnswerOf(exchange);
            Edit(random, message, again, m => Claude.Request(m.Item1 ?? exchange.RequestBody, m.Item2, Recorded.PathOf(exchange), exchange.Method, Recorded.RequestTypeOf(exchange)));
            Edit(random, message, again, m => Claude.Response(m.Item1 ?? answer, m.Item2, Recorded.ResponseTypeOf(exchange), exchange.Status, Recorded.PathOf(exchange), exchange.Method));
        }
    }

    private static void Edit(Random random, Message message, Message again, Func<(byte[]?, Message), ReadFault> read)
    {
        Assert.Equal(ReadFault.None, read((null, message)));
        if (message.Segments.Count == 0)
            return;
        int edited = random.Next(message.Segments.Count);
        Segment segment = message.Segments[edited];
        List<string> before = [.. message.Segments.Select(s => Encoding.UTF8.GetString(message.Text(s).Span))];
        string text = before[edited];
        // Whole characters, one to all of them.
        int from = random.Next(text.Length);
        int to = from + 1 + random.Next(text.Length - from);
        if (char.IsLowSurrogate(text[from]) || (to < text.Length && char.IsLowSurrogate(text[to])))
            (from, to) = (0, text.Length);
        message.Replace(segment, Encoding.UTF8.GetByteCount(text[..from]), Encoding.UTF8.GetByteCount(text[from..to]), "[\"MASK\\]"u8.ToArray());
        byte[] written = Encoding.UTF8.GetBytes(Claude.Written(message));
        if (message.Documents.Count > 0)
            JsonDocument.Parse(written).Dispose();
        Assert.Equal(ReadFault.None, read((written, again)));
        before[edited] = text[..from] + "[\"MASK\\]" + text[to..];
        // A label that was edited may be none any more, or a type another type: what it says is read all the same.
        if (segment.Role == TextRole.Metadata)
            return;
        Assert.Equal(before.Order(), again.Segments.Select(s => Encoding.UTF8.GetString(again.Text(s).Span)).Order());
    }
}
