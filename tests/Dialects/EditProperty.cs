using System.Text;
using System.Text.Json;
using CsCheck;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>An edit of a text changes its span and nothing else, and leaves the body JSON.</summary>
internal static class EditProperty
{
    /// <summary>Edits each text of a message in turn, at any place, with text that needs escaping.</summary>
    public static void Assert_holds(Message message)
    {
        string[] replacements = ["", "***", "\"\\\n\u0001", "🙂é"];
        Segment[] segments = [.. message.Segments.Where(s => s.Document >= 0)];
        Assert.NotEmpty(segments);
        Gen.Select(Gen.Int[0, segments.Length - 1], Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, replacements.Length - 1]).Sample((which, from, length, with) =>
        {
            Segment segment = segments[which];
            string text = ReadExchange.Text(message.Text(segment));
            (int start, int count) = (At(text, from % (text.Length + 1)), 0);
            count = At(text, start + (length % (text.Length - start + 1))) - start;
            byte[] replacement = Encoding.UTF8.GetBytes(replacements[with]);
            message.Splices.Clear();
            message.Replace(segment, Encoding.UTF8.GetByteCount(text[..start]), Encoding.UTF8.GetByteCount(text.AsSpan(start, count)), replacement);
            Assert.True(EnvoyExtAuthz.Text.Splice.TryApply(message.Body.Span, message.Splices, out byte[] edited));
            int before = message.Splices[0].Start;
            int after = message.Body.Length - message.Splices[0].End;
            message.Splices.Clear();
            Assert.Equal(message.Body[..before].ToArray(), edited[..before]);
            Assert.Equal(message.Body[^after..].ToArray(), edited[^after..]);
            using JsonDocument document = JsonDocument.Parse(edited);
            string expected = text[..start] + replacements[with] + text[(start + count)..];
            if (segment.Document == 0 && expected.Length > 0)
                Assert.Contains(expected, Strings(document.RootElement));
        }, iter: 300, threads: 1);
    }

    /// <summary>The nearest place that cuts no surrogate pair.</summary>
    private static int At(string text, int at) => at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Strings(p.Value).Prepend(p.Name)),
        _ => [],
    };
}
