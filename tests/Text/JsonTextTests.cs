using System.Text;
using System.Text.Json;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class JsonTextTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String[Gen.OneOf(Gen.Char["ab\"\\/\b\f\n\r\t\u0000\u001F\u007Fé\u2028"], Gen.Char['a', 'z']), 0, 20],
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(c => char.ConvertFromUtf32(c)).Array[0, 10].Select(string.Concat));

    [Fact]
    public void What_is_escaped_decodes_to_itself_and_is_json() => Texts.Sample(text =>
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        byte[] escaped = JsonText.Escape(utf8);
        Assert.Equal(utf8, Decode(escaped));
        Assert.True(JsonText.DecodedEquals(escaped, utf8));
        Assert.Equal(text, JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString(escaped)}\""));
    });

    [Fact]
    public void Any_spelling_decodes_as_the_platform_decodes_it() => Gen.Select(Texts, Gen.Int[0, 2].Array[1, 30]).Sample((text, how) =>
    {
        byte[] raw = Spell(text, how);
        string expected = JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString(raw)}\"")!;
        Assert.Equal(Encoding.UTF8.GetBytes(expected), Decode(raw));
        Assert.True(JsonText.DecodedEquals(raw, Encoding.UTF8.GetBytes(expected)));
        Assert.False(JsonText.DecodedEquals(raw, Encoding.UTF8.GetBytes(expected + "x")));
        if (expected.Length > 0)
            Assert.False(JsonText.DecodedEquals(raw, Encoding.UTF8.GetBytes("\u0002" + expected[1..])));
    });

    [Fact]
    public void Offsets_rise_with_the_text_and_cut_it_where_it_can_be_cut() => Gen.Select(Texts, Gen.Int[0, 2].Array[1, 30]).Sample((text, how) =>
    {
        byte[] raw = Spell(text, how);
        byte[] decoded = Decode(raw);
        int last = 0;
        for (int offset = 0; offset <= decoded.Length; offset++)
        {
            int at = JsonText.RawOffset(raw, offset);
            Assert.InRange(at, last, raw.Length);
            last = at;
            bool boundary = offset == decoded.Length || (decoded[offset] & 0xC0) != 0x80;
            if (!boundary)
                continue;
            Assert.Equal(decoded[..offset], Decode(raw.AsSpan(0, at)));
            Assert.Equal(decoded[offset..], Decode(raw.AsSpan(at)));
        }
        Assert.Equal(raw.Length, last);
    });

    [Theory]
    [InlineData("a\\u00e9b", 2, 1)]
    [InlineData("a\\u00e9b", 3, 7)]
    [InlineData("\\ud83d\\ude00x", 3, 0)]
    [InlineData("\\ud83d\\ude00x", 4, 12)]
    public void A_place_inside_an_escape_is_where_the_escape_begins(string raw, int decoded, int expected) =>
        Assert.Equal(expected, JsonText.RawOffset(Encoding.UTF8.GetBytes(raw), decoded));

    private static byte[] Decode(ReadOnlySpan<byte> raw)
    {
        byte[] into = new byte[raw.Length];
        return into[..JsonText.Decode(raw, into)];
    }

    /// <summary>Writes a text as a JSON string would have it: plain where it may be, by short escape, or by number.</summary>
    private static byte[] Spell(string text, int[] how)
    {
        var spelled = new StringBuilder();
        int i = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int way = how[i++ % how.Length];
            string plain = Encoding.UTF8.GetString(JsonText.Escape(Encoding.UTF8.GetBytes(rune.ToString())));
            if (way == 0)
                spelled.Append(plain);
            else if (way == 1 && rune.Value == '/')
                spelled.Append("\\/");
            else
                spelled.Append(string.Concat(rune.ToString().Select(c => way == 1 ? $"\\u{(int)c:x4}" : $"\\u{(int)c:X4}")));
        }
        return Encoding.UTF8.GetBytes(spelled.ToString());
    }
}
