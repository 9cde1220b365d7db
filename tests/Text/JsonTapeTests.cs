using System.Text;
using System.Text.Json;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class JsonTapeTests
{
    [Fact]
    public void Every_node_knows_its_bytes()
    {
        byte[] text = Encoding.UTF8.GetBytes(""" { "a" : [1, -2.5e3 ,"x\n"], "é\u0041":{"t":true,"f":false,"n":null},"e":[] } """);
        using var tape = new JsonTape();
        Assert.Equal(JsonFault.None, tape.Parse(text, JsonLimits.Default));
        int a = tape.Find(0, "a"u8);
        Assert.Equal("[1, -2.5e3 ,\"x\\n\"]", Raw(tape, a));
        Assert.Equal("-2.5e3", Raw(tape, a + 2));
        Assert.Equal("x\\n", Raw(tape, a + 3));
        Assert.True(tape[a + 3].Escaped);
        Assert.True(tape.KeyEquals(a + 3, "x\n"u8));
        int inner = tape.Find(0, "éA"u8);
        Assert.Equal(JsonKind.True, tape[tape.Find(inner, "t"u8)].Kind);
        Assert.Equal(JsonKind.False, tape[tape.Find(inner, "f"u8)].Kind);
        Assert.Equal(JsonKind.Null, tape[tape.Find(inner, "n"u8)].Kind);
        int empty = tape.Find(0, "e"u8);
        Assert.Equal(tape[empty].End, JsonTape.FirstChild(empty));
        Assert.Equal(tape.Count, tape[0].End);
        Assert.Equal(-1, tape.Find(a, "a"u8));
        Assert.Equal(-1, tape.Find(-1, "a"u8));
        Assert.Equal(-1, tape.Find(0, "A"u8));
    }

    [Fact]
    public void Any_json_reads_as_the_platform_reads_it()
    {
        Gen<string> names = Gen.OneOf(Gen.String[Gen.Char["abAB\\\"é\u0001"], 0, 4], Gen.String.AlphaNumeric);
        Gen<object?> value = Gen.Recursive<object?>((depth, inner) => depth > 4
            ? Gen.Int.Select(i => (object?)i)
            : Gen.OneOf(
                Gen.Int.Select(i => (object?)i),
                Gen.Double.Where(double.IsFinite).Select(d => (object?)d),
                names.Select(s => (object?)s),
                Gen.Const((object?)null),
                Gen.Bool.Select(b => (object?)b),
                inner.Array[0, 4].Select(a => (object?)a),
                Gen.Dictionary(names, inner)[0, 4].Select(d => (object?)d)));
        value.Sample(v =>
        {
            byte[] text = JsonSerializer.SerializeToUtf8Bytes(v);
            using JsonDocument document = JsonDocument.Parse(text);
            using var tape = new JsonTape();
            JsonFault fault = tape.Parse(text, JsonLimits.Default);
            if (fault is JsonFault.CaseVariantKey)
                return;
            Assert.Equal(JsonFault.None, fault);
            Assert.Equal(tape.Count, Walk(tape, 0, document.RootElement));
        });
    }

    public static TheoryData<string, JsonFault> Faults => new()
    {
        { "", JsonFault.Empty },
        { " \r\n\t", JsonFault.Empty },
        { "\uFEFF{}", JsonFault.ByteOrderMark },
        { "{}{}", JsonFault.Syntax },
        { "{}\0", JsonFault.Syntax },
        { "{\"a\":1,}", JsonFault.Syntax },
        { "[1,]", JsonFault.Syntax },
        { "[1]//x", JsonFault.Syntax },
        { "{'a':1}", JsonFault.Syntax },
        { "NaN", JsonFault.Syntax },
        { "\"a", JsonFault.Syntax },
        { "[\"\u0001\"]", JsonFault.Syntax },
        { "{\"a\":1,\"a\":2}", JsonFault.DuplicateKey },
        { "{\"name\":1,\"\\u006eame\":2}", JsonFault.DuplicateKey },
        { "{\"name\":1,\"Name\":2}", JsonFault.CaseVariantKey },
        { "{\"name\":1,\"\\u004eame\":2}", JsonFault.CaseVariantKey },
        { "{\"messages\":1,\"me\u017F\u017Fages\":2}", JsonFault.CaseVariantKey },
        { "{\"task\":1,\"tas\u212A\":2}", JsonFault.CaseVariantKey },
        { "{\"task\":1,\"tas\\u212A\":2}", JsonFault.CaseVariantKey },
        { "{\"é\":1,\"é\":2}", JsonFault.DuplicateKey },
        { "{\"é\":1,\"\\u00e9\":2}", JsonFault.DuplicateKey },
        { "{\"éA\":1,\"éa\":2}", JsonFault.CaseVariantKey },
        { "{\"é\":1,\"É\":2}", JsonFault.None },
        { "{\"😀\":1,\"\\ud83d\\ude00\":2}", JsonFault.DuplicateKey },
        { "[{\"a\":1},{\"a\":1}]", JsonFault.None },
        { "{\"a\":{\"a\":{\"a\":1}}}", JsonFault.None },
        { "{\"\":1,\"\":2}", JsonFault.DuplicateKey },
        { "{\"a\":{\"b\":1,\"b\":2}}", JsonFault.DuplicateKey },
        { "[\"\\ud800\"]", JsonFault.LoneSurrogate },
        { "[\"\\udc00\\ud800\"]", JsonFault.LoneSurrogate },
        { "[\"\\ud800\\n\"]", JsonFault.LoneSurrogate },
        { "[\"\\ud800\\u0041\"]", JsonFault.LoneSurrogate },
        { "{\"\\ud83d\":1}", JsonFault.LoneSurrogate },
        { "[\"\\ud83d\\ude00\"]", JsonFault.None },
        { "[\"\\\\ud800\"]", JsonFault.None },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_text_with_more_than_one_reading_is_refused(string text, JsonFault fault)
    {
        using var tape = new JsonTape();
        Assert.Equal(fault, tape.Parse(Encoding.UTF8.GetBytes(text), JsonLimits.Default));
        Assert.Equal(fault == JsonFault.None, tape.Count > 0);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-32BE")]
    public void Other_encodings_are_refused_with_and_without_a_mark(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        using var tape = new JsonTape();
        byte[] text = encoding.GetBytes("{\"a\":1}");
        Assert.NotEqual(JsonFault.None, tape.Parse(text, JsonLimits.Default));
        Assert.NotEqual(JsonFault.None, tape.Parse(encoding.GetPreamble().Concat(text).ToArray(), JsonLimits.Default));
    }

    [Theory]
    [InlineData(64, JsonFault.None)]
    [InlineData(65, JsonFault.TooDeep)]
    [InlineData(100_000, JsonFault.TooDeep)]
    public void Nesting_has_a_limit(int depth, JsonFault fault)
    {
        using var tape = new JsonTape();
        string arrays = new string('[', depth) + new string(']', depth);
        string objects = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        Assert.Equal(fault, tape.Parse(Encoding.UTF8.GetBytes(arrays), JsonLimits.Default));
        Assert.Equal(fault, tape.Parse(Encoding.UTF8.GetBytes(objects), JsonLimits.Default));
        Assert.Equal(depth > 64 ? JsonFault.TooDeep : JsonFault.Syntax, tape.Parse(Encoding.UTF8.GetBytes(new string('[', depth)), JsonLimits.Default));
    }

    [Theory]
    [InlineData("{}", 1)]
    [InlineData("[1,2]", 3)]
    [InlineData("{\"a\":[null]}", 4)]
    public void A_text_of_just_the_allowed_nodes_passes_and_one_more_does_not(string text, int nodes)
    {
        using var tape = new JsonTape();
        Assert.Equal(JsonFault.None, tape.Parse(Encoding.UTF8.GetBytes(text), JsonLimits.Default with { MaxNodes = nodes }));
        Assert.Equal(nodes, tape.Count);
        Assert.Equal(JsonFault.TooManyNodes, tape.Parse(Encoding.UTF8.GetBytes(text), JsonLimits.Default with { MaxNodes = nodes - 1 }));
    }

    [Fact]
    public void A_key_has_a_limit_in_bytes()
    {
        using var tape = new JsonTape();
        JsonLimits limits = JsonLimits.Default with { MaxKeyBytes = 20_000 };
        string key = new('k', 20_000);
        Assert.Equal(JsonFault.None, tape.Parse(Encoding.UTF8.GetBytes($"{{\"{key}\":1,\"\\u0061\":2}}"), limits));
        Assert.Equal(JsonFault.CaseVariantKey, tape.Parse(Encoding.UTF8.GetBytes($"{{\"{key}\":1,\"é\":2,\"{key[..^1]}K\":3}}"), limits));
        Assert.Equal(JsonFault.KeyTooLong, tape.Parse(Encoding.UTF8.GetBytes($"{{\"{key}k\":1}}"), limits));
    }

    [Fact]
    public void A_clash_is_found_among_any_number_of_keys_wherever_it_stands()
    {
        using var tape = new JsonTape();
        foreach (int keys in new[] { 2, 11, 12, 13, 14, 100, 5000 })
        {
            string[] names = [.. Enumerable.Range(0, keys).Select(i => $"key{i}")];
            Assert.Equal(JsonFault.None, Parse(tape, names));
            Assert.Equal(JsonFault.DuplicateKey, Parse(tape, [.. names, "key0"]));
            Assert.Equal(JsonFault.DuplicateKey, Parse(tape, ["key" + (keys - 1), .. names]));
            Assert.Equal(JsonFault.CaseVariantKey, Parse(tape, [.. names, "kEy1"]));
            Assert.Equal(JsonFault.DuplicateKey, Parse(tape, [.. names, "\\u006bey1"]));
        }
    }

    [Fact]
    public void Many_keys_cost_linear_work()
    {
        using var tape = new JsonTape();
        const int Keys = 200_000;
        Assert.Equal(JsonFault.None, Parse(tape, [.. Enumerable.Range(0, Keys).Select(i => i.ToString("x8"))]));
        Assert.InRange(tape.KeyProbes, Keys, 3 * Keys);
    }

    [Fact]
    public void Reading_the_next_text_allocates_nothing()
    {
        string items = string.Join(",", Enumerable.Range(0, 60).Select(i => $"{{\"role\":\"user\",\"content\":\"line {i}\\n and \\u00e9\"}}"));
        byte[] text = Encoding.UTF8.GetBytes($"{{\"model\":\"m\",\"é\":0,\"messages\":[{items}]}}");
        using var tape = new JsonTape();
        Assert.Equal(JsonFault.None, tape.Parse(text, JsonLimits.Default));
        tape.Parse(text, JsonLimits.Default);
        long before = GC.GetAllocatedBytesForCurrentThread();
        tape.Parse(text, JsonLimits.Default);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static JsonFault Parse(JsonTape tape, string[] keys) =>
        tape.Parse(Encoding.UTF8.GetBytes("{" + string.Join(",", keys.Select(k => $"\"{k}\":0")) + "}"), JsonLimits.Default);

    private static string Raw(JsonTape tape, int node) => Encoding.UTF8.GetString(tape.Raw(node));

    /// <summary>Compares a node with what the platform's reader made of it, and returns the node after it.</summary>
    private static int Walk(JsonTape tape, int node, JsonElement element)
    {
        int at = node + 1;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(JsonKind.Object, tape[node].Kind);
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    Assert.True(tape.KeyEquals(at, Encoding.UTF8.GetBytes(property.Name)));
                    Assert.Equal(at + 1, tape.Find(node, Encoding.UTF8.GetBytes(property.Name)));
                    at = Walk(tape, at + 1, property.Value);
                }
                break;
            case JsonValueKind.Array:
                Assert.Equal(JsonKind.Array, tape[node].Kind);
                foreach (JsonElement item in element.EnumerateArray())
                    at = Walk(tape, at, item);
                break;
            case JsonValueKind.String:
                Assert.Equal(JsonKind.String, tape[node].Kind);
                Assert.True(tape.KeyEquals(node, Encoding.UTF8.GetBytes(element.GetString()!)));
                break;
            default:
                Assert.Equal(element.GetRawText(), Raw(tape, node));
                break;
        }
        if (element.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            Assert.Equal(element.GetRawText(), Raw(tape, node));
        Assert.Equal(at, tape[node].End);
        return at;
    }
}
