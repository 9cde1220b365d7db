using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Kserve;
using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>An edit of a text changes the bytes of that text and no other, in whatever string of a string it lies, and leaves JSON.</summary>
public sealed class EditTests
{
    private static readonly byte[] Mask = "[\"masked\\\n é]"u8.ToArray();

    [Fact]
    public void An_edit_of_any_recorded_text_stays_in_its_span()
    {
        var random = new Random(9);
        using var message = new Message();
        foreach (RecordedChat chat in RecordedChat.All())
        {
            for (int round = 0; round < 4; round++)
            {
                Chat.Request(chat.Request, message, chat.Path);
                EditOne(message, random, chat.Name);
                if (chat.IsStream || chat.Status >= 400)
                    continue;
                Chat.Response(Encoding.UTF8.GetString(chat.Response), message, chat.ContentType, chat.Status);
                EditOne(message, random, chat.Name);
            }
        }
    }

    [Theory]
    [InlineData("/v1/completions", "{\"prompt\":[\"a\\u0062c\",\"def\"],\"suffix\":\"g\\\"h\",\"stop\":[\"x\"],\"guided_json\":\"{\\\"a\\\":\\\"b\\\\u0063\\\"}\"}")]
    [InlineData("/v1/embeddings", "{\"input\":[\"a\\u0062c\",{\"text\":\"d\\ne\"}],\"model\":\"m\"}")]
    [InlineData("/v1/moderations", "{\"input\":[{\"type\":\"text\",\"text\":\"é\\u00e9\"}]}")]
    [InlineData("/v1/rerank", "{\"query\":\"q\",\"documents\":[\"a\",{\"title\":\"b\"}]}")]
    [InlineData("/v2/models/m/infer", "{\"inputs\":[{\"name\":\"t\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"a b\",\"{\\\"k\\\":\\\"v\\\"}\"]}]}")]
    [InlineData("/v2/models/m/generate", "{\"text_input\":\"a b\",\"parameters\":{\"p\":\"c\\td\"}}")]
    public void An_edit_of_any_text_of_other_endpoints_stays_in_its_span(string path, string body)
    {
        Dialect[] dialects = [CompletionsDialect.Instance, EmbeddingsDialect.Instance, ModerationsDialect.Instance, RerankDialect.Instance, KserveDialect.Instance];
        Dialect dialect = dialects.Single(d => d.Recognises("POST"u8, Encoding.UTF8.GetBytes(path)));
        var random = new Random(3);
        using var message = new Message();
        for (int round = 0; round < 40; round++)
        {
            message.Clear();
            message.Dialect = dialect;
            Assert.Equal(ReadFault.None, dialect.ReadRequest(new HttpHead().Add(":method", "POST"), Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(body), JsonLimits.Default, message));
            EditOne(message, random, path);
        }
    }

    private static void EditOne(Message message, Random random, string name)
    {
        Segment[] texts = [.. message.Segments.Where(s => s.Length > 0 && message.Documents[s.Document].Tape.Count > 0)];
        if (texts.Length == 0)
            return;
        Segment segment = texts[random.Next(texts.Length)];
        byte[] before = message.Text(segment).ToArray();
        string text = Encoding.UTF8.GetString(before);
        int[] starts = [.. Enumerable.Range(0, text.Length + 1).Where(i => i == text.Length || !char.IsLowSurrogate(text[i])).Select(i => Encoding.UTF8.GetByteCount(text.AsSpan(0, i)))];
        int from = random.Next(starts.Length - 1);
        int to = random.Next(from + 1, starts.Length);
        message.Replace(segment, starts[from], starts[to] - starts[from], Mask);
        Assert.True(message.Dialect!.TryWrite(message, out byte[] edited), name);
        (int start, int end) = SpanInBody(message, segment);
        Assert.True(edited.AsSpan().StartsWith(message.Body.Span[..start]), $"{name}: bytes before changed");
        Assert.True(edited.AsSpan().EndsWith(message.Body.Span[end..]), $"{name}: bytes behind changed");
        JsonDocument.Parse(edited).Dispose();
        string expected = Encoding.UTF8.GetString([.. before[..starts[from]], .. Mask, .. before[starts[to]..]]);
        Assert.True(Strings(edited).Contains(expected), $"{name}: the edited text is not there");
    }

    /// <summary>The bytes of the body that a segment lies in: of one in a string's JSON, that string's.</summary>
    private static (int Start, int End) SpanInBody(Message message, Segment segment)
    {
        (int start, int length, int document) = (segment.Start, segment.Length, segment.Document);
        while (message.Documents[document].Parent >= 0)
        {
            JsonNode holder = message.Documents[message.Documents[document].Parent].Tape[message.Documents[document].ParentNode];
            (start, length, document) = (holder.Start, holder.Length, message.Documents[document].Parent);
        }
        return (start, start + length);
    }

    /// <summary>All strings and keys of a JSON text, also of JSON in strings.</summary>
    private static HashSet<string> Strings(byte[] json)
    {
        var found = new HashSet<string>();
        using JsonDocument document = JsonDocument.Parse(json);
        Add(document.RootElement, found, 0);
        return found;
    }

    private static void Add(JsonElement element, HashSet<string> found, int depth)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                found.Add(member.Name);
                Add(member.Value, found, depth);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                Add(item, found, depth);
        }
        else if (element.ValueKind == JsonValueKind.String && found.Add(element.GetString()!) && depth < 5)
        {
            try
            {
                using JsonDocument inner = JsonDocument.Parse(element.GetString()!);
                Add(inner.RootElement.Clone(), found, depth + 1);
            }
            catch (JsonException)
            {
                // A string that is no JSON.
            }
        }
    }
}
