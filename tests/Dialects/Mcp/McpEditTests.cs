using System.Text;
using System.Text.Json;
using CsCheck;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>An edit changes its own span and nothing else, wherever in a message it is asked for.</summary>
public class McpEditTests
{
    private static readonly string[] Templates =
    [
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a": T ,"b":[ T ,{"c":T}],"j":J},"_meta":{"note": T}}}""",
        """{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":T},{"type":"resource","resource":{"uri":"u","text": J }}],"structuredContent":{"k":T,"l":[T]}}}""",
        """[{"jsonrpc":"2.0","id":1,"result":{"messages":[{"role":"user","content":{"type":"text","text":T}}],"description":T}},{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":T,"data":{"d":J}}}]""",
        """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"t","description":T,"inputSchema":{"properties":{"p":{"title":T,"enum":[T,T]}}}}],"instructions":T,"x":{"y":T}}}""",
    ];

    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.String[Gen.Char["aé漢 \"\\\n\t/<\u2028"], 1, 12].Select(t => JsonSerializer.Serialize(t)),
        Gen.Const("\"\\u0061\\ud83d\\ude00\\/b\""), Gen.Const("\"plain words\""));

    private static readonly Gen<string> Body = Gen.Select(Gen.Int[0, Templates.Length - 1], Words.Array[16]).Select((template, texts) => Fill(Templates[template], texts));

    [Fact]
    public void Only_the_text_that_is_edited_changes()
    {
        Gen.Select(Body, Gen.Int, Gen.String[Gen.Char["*é\"\\\n"], 0, 5]).Sample((body, seed, replacement) =>
        {
            using var mcp = new McpExchange();
            bool fromClient = body.Contains("\"params\"", StringComparison.Ordinal);
            Message message = fromClient ? mcp.Request : mcp.Response;
            Assert.Equal(ReadFault.None, Read(mcp, body, fromClient));
            Segment[] values = [.. message.Segments.Where(s => IsValue(message, s))];
            var random = new Random(seed);
            Segment segment = values[random.Next(values.Length)];
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            (int from, int length) = Range(text, random);
            message.Replace(segment, Encoding.UTF8.GetByteCount(text.AsSpan(0, from)), Encoding.UTF8.GetByteCount(text.AsSpan(from, length)), Encoding.UTF8.GetBytes(replacement));
            string edited = McpExchange.Edited(message);
            Dictionary<string, string> before = Leaves(body), after = Leaves(edited);
            Assert.Equal(before.Keys, after.Keys);
            string[] changed = [.. before.Keys.Where(path => before[path] != after[path])];
            string expected = text[..from] + replacement + text[(from + length)..];
            Assert.Equal(expected == text ? [] : [expected], changed.Select(path => after[path]));
        }, iter: 3000);
    }

    [Fact]
    public void Reading_without_edits_is_the_identity()
    {
        Body.Sample(body =>
        {
            using var mcp = new McpExchange();
            bool fromClient = body.Contains("\"params\"", StringComparison.Ordinal);
            Assert.Equal(ReadFault.None, Read(mcp, body, fromClient));
            Assert.Equal(body, McpExchange.Edited(fromClient ? mcp.Request : mcp.Response));
        }, iter: 1000);
    }

    private static ReadFault Read(McpExchange mcp, string body, bool fromClient)
    {
        if (fromClient)
            return mcp.Send(body);
        mcp.Send("""{"jsonrpc":"2.0","id":9,"method":"ping"}""");
        return mcp.Answer(body);
    }

    private static bool IsValue(Message message, Segment segment)
    {
        JsonTape tape = message.Documents[segment.Document].Tape;
        return Enumerable.Range(0, tape.Count).Any(n => tape[n].Kind == JsonKind.String && tape[n].Start == segment.Start);
    }

    /// <summary>Every string and where it stands, also those of JSON in a string.</summary>
    private static Dictionary<string, string> Leaves(string json)
    {
        var leaves = new Dictionary<string, string>();
        using JsonDocument document = JsonDocument.Parse(json);
        Collect(document.RootElement, "");
        return leaves;

        void Collect(JsonElement element, string path)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in element.EnumerateObject())
                    Collect(property.Value, $"{path}.{property.Name}");
            }
            else if (element.ValueKind == JsonValueKind.Array)
            {
                for (int i = 0; i < element.GetArrayLength(); i++)
                    Collect(element[i], $"{path}[{i}]");
            }
            else if (element.ValueKind == JsonValueKind.String && element.GetString()!.StartsWith("{\"in\"", StringComparison.Ordinal))
            {
                using JsonDocument inner = JsonDocument.Parse(element.GetString()!);
                Collect(inner.RootElement, path + "()");
            }
            else
            {
                leaves[path] = element.ToString();
            }
        }
    }

    /// <summary>A range of whole characters.</summary>
    private static (int From, int Length) Range(string text, Random random)
    {
        int[] starts = [.. Enumerable.Range(0, text.Length + 1).Where(i => i == text.Length || !char.IsLowSurrogate(text[i]))];
        int from = random.Next(starts.Length);
        int to = random.Next(from, starts.Length);
        return (starts[from], starts[to] - starts[from]);
    }

    private static string Fill(string template, string[] texts)
    {
        var filled = new StringBuilder();
        int next = 0;
        foreach (char c in template)
        {
            filled.Append(c switch
            {
                'T' => texts[next++ % texts.Length],
                'J' => JsonSerializer.Serialize($$"""{"in": {{texts[next++ % texts.Length]}} }"""),
                _ => c.ToString(),
            });
        }
        return filled.ToString();
    }
}
