using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>The JSON reader against the platform's: what both read they read alike, and what only ours refuses it names.</summary>
public sealed class JsonTarget : FuzzTarget
{
    private readonly JsonTape _tape = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"model":"m","messages":[{"role":"user","content":"hi \"there\" \u00e9 \ud83d\ude00"}],"n":-1.5e+3,"t":true,"f":false,"x":null}"""u8.ToArray(),
        """[[],{},"",0,[{"a":{"b":[1,2,{"c":"d"}]}}]]"""u8.ToArray(),
        Encoding.UTF8.GetBytes("{" + string.Join(",", Enumerable.Range(0, 30).Select(i => $"\"k{i}\":{i}")) + "}"),
        """{"é":1,"É":2,"\u00e8":3," ":4}"""u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
    [
        .. new[] { "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"A\":", "\"k1\":1,", "\"K1\":1,", "\"\\u006b1\":1,", "\\", "\\u", "\\ud83d", "\\ude00", "\\u017f",
            "\u017F", "\u212A", "s", "k", "null", "true", "-0", "1e999", " ", "\n", "\uFEFF", "é", "😀", "//", "/**/", "NaN", "\0" }.Select(Encoding.UTF8.GetBytes),
        [0xC3], [0xED, 0xA0, 0x80], [0xFF],
    ];

    private static readonly string[] Keys =
        ["a", "A", "\\u0061", "\\u0041", "s", "\u017F", "\\u017f", "k", "K", "\u212A", "\\u212A", "é", "É", "\\u00e9", "", "\\ud83d\\ude00", "😀", "\\ud83d", "a\\n", "ak", "a\u212A", "as"];

    public override byte[] Make(Random random)
    {
        var text = new StringBuilder();
        Value(random, text, 4);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Value(Random random, StringBuilder text, int depth)
    {
        int kind = random.Next(depth > 0 ? 6 : 4);
        if (kind < 4)
        {
            text.Append(kind switch { 0 => "1e5", 1 => "null", 2 => "-0.5", _ => $"\"{Keys[random.Next(Keys.Length)]}\"" });
            return;
        }
        // Few keys are compared pair by pair and many through a table: both are reached.
        int members = random.Next(8) == 0 ? 10 + random.Next(20) : random.Next(4);
        text.Append(kind == 4 ? '[' : '{');
        for (int i = 0; i < members; i++)
        {
            text.Append(i > 0 ? "," : "");
            if (kind == 5)
                text.Append('"').Append(Keys[random.Next(Keys.Length)]).Append(random.Next(3) > 0 ? i.ToString(CultureInfo.InvariantCulture) : "").Append("\":");
            Value(random, text, depth - 1);
        }
        text.Append(kind == 4 ? ']' : '}');
    }

    public override int Run(byte[] input)
    {
        JsonFault fault = _tape.Parse(input, JsonLimits.Default);
        using JsonDocument? theirs = Parse(input);
        if (fault == JsonFault.None)
        {
            Hold(theirs is not null, "we read what the platform refuses");
            var clash = new KeyClash();
            Hold(Walk(0, theirs!.RootElement, clash) == _tape.Count, "nodes are left over");
            Hold(!clash.Found, "a clash of keys was missed");
        }
        else if (theirs is not null)
        {
            var clash = new KeyClash();
            clash.Look(theirs.RootElement);
            bool stricter = fault switch
            {
                JsonFault.NotUtf8 => !Utf8.IsValid(input),
                JsonFault.DuplicateKey => clash.Duplicate,
                JsonFault.CaseVariantKey => clash.Variant,
                JsonFault.LoneSurrogate => !clash.WholeText,
                _ => false,
            };
            Hold(stricter, $"we refuse what the platform reads: {fault}");
        }
        return HashCode.Combine(fault, Math.Min(_tape.Count, 40), _tape.Count > 0 ? Shape() : 0);
    }

    public override void Dispose()
    {
        _tape.Dispose();
        base.Dispose();
    }

    private static JsonDocument? Parse(byte[] input)
    {
        try
        {
            return JsonDocument.Parse(input, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private int Shape()
    {
        var shape = new HashCode();
        foreach (JsonNode node in _tape.Nodes[..Math.Min(8, _tape.Count)])
            shape.Add((node.Kind, node.Escaped));
        return shape.ToHashCode();
    }

    private int Walk(int node, JsonElement element, KeyClash clash)
    {
        int at = node + 1;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Hold(_tape[node].Kind == JsonKind.Object, "an object is none");
                clash.LookAtKeys(element);
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    Hold(_tape[at].Kind == JsonKind.Key && SameText(at, property.Name), "a key reads otherwise");
                    at = Walk(at + 1, property.Value, clash);
                }
                break;
            case JsonValueKind.Array:
                Hold(_tape[node].Kind == JsonKind.Array, "an array is none");
                foreach (JsonElement item in element.EnumerateArray())
                    at = Walk(at, item, clash);
                break;
            case JsonValueKind.String:
                Hold(_tape[node].Kind == JsonKind.String && SameText(node, element.GetString()!), "a string reads otherwise");
                break;
            default:
                Hold(Encoding.UTF8.GetString(_tape.Raw(node)) == element.GetRawText(), "a value has other bytes");
                break;
        }
        Hold(_tape[node].End == at, "a node ends elsewhere");
        return at;
    }

    private bool SameText(int node, string text)
    {
        byte[] expected = Encoding.UTF8.GetBytes(text);
        ReadOnlySpan<byte> raw = _tape.Raw(node);
        byte[] decoded = new byte[raw.Length];
        int length = JsonText.Decode(raw, decoded);
        return _tape.KeyEquals(node, expected) && decoded.AsSpan(0, length).SequenceEqual(expected)
            && JsonText.RawOffset(raw, length) == raw.Length;
    }

    /// <summary>Looks for clashing keys the simple way, on decoded text.</summary>
    private sealed class KeyClash
    {
        public bool Duplicate { get; private set; }

        public bool Variant { get; private set; }

        public bool WholeText { get; private set; } = true;

        public bool Found => Duplicate || Variant;

        public void Look(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    LookAtKeys(element);
                    foreach (JsonProperty property in element.EnumerateObject())
                        Look(property.Value);
                    break;
                case JsonValueKind.Array:
                    foreach (JsonElement item in element.EnumerateArray())
                        Look(item);
                    break;
                case JsonValueKind.String:
                    Text(element.GetString);
                    break;
                default:
                    break;
            }
        }

        public void LookAtKeys(JsonElement element)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            var folded = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (Text(() => property.Name) is not { } name)
                    continue;
                bool first = names.Add(name);
                Duplicate |= !first;
                string lower = string.Concat(name.Select(c => c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c == '\u017F' ? 's' : c == '\u212A' ? 'k' : c));
                Variant |= !folded.Add(lower) && first;
            }
        }

        /// <summary>The platform throws at half a surrogate pair, and at bytes that are no UTF-8.</summary>
        private string? Text(Func<string?> read)
        {
            try
            {
                return read();
            }
            catch (InvalidOperationException)
            {
                WholeText = false;
                return null;
            }
        }
    }
}
