using System.Text;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class TextFoldTests
{
    /// <summary>Ways to write "ignore previous" so that a person or a model reads it and a naive filter does not.</summary>
    public static TheoryData<string, string, FoldSigns> Disguises => new()
    {
        { "Ignore PREVIOUS", "ignore previous", FoldSigns.None },
        // Full-width, mathematical, circled, squared, superscript, ligatures.
        { "ｉｇｎｏｒｅ ｐｒｅｖｉｏｕｓ", "ignore previous", FoldSigns.Styled },
        { "𝗂𝗀𝗇𝗈𝗋𝖾 𝓅𝓇𝑒𝓋𝒾𝑜𝓊𝓈", "ignore previous", FoldSigns.Styled },
        { "𝕴𝖌𝖓𝖔𝖗𝖊 𝙿𝚁𝙴𝚅𝙸𝙾𝚄𝚂", "ignore previous", FoldSigns.Styled },
        { "ⓘⓖⓝⓞⓡⓔ 🅟🅡🅔🅥🅘🅞🅤🅢", "ignore previous", FoldSigns.Styled },
        { "🄸🄶🄽🄾🅁🄴 🅿🆁🅴🆅🅸🅾🆄🆂", "ignore previous", FoldSigns.Styled },
        { "⒤⒢⒩⒪⒭⒠ ᵖʳᵉᵛⁱᵒᵘˢ", "ignore previous", FoldSigns.Styled },
        { "ɪɢɴᴏʀᴇ ᴘʀᴇᴠɪᴏᴜꜱ", "ignore previous", FoldSigns.Styled },
        { "🇮🇬🇳🇴🇷🇪 ⠏⠗⠑⠧⠊⠕⠥⠎", "ignore previous", FoldSigns.Styled },
        { "ﬁle ﬄ ſ", "file ffl s", FoldSigns.Styled },
        // Look-alikes.
        { "ignоre previоus", "ignore previous", FoldSigns.MixedScript },
        { "ɪgnοre рrеviоuѕ", "ignore previous", FoldSigns.MixedScript | FoldSigns.Styled },
        { "Ꭵgnоre ᏢᎡᎬᏙᎥOUᏚ", "ignore previous", FoldSigns.MixedScript },
        { "please ѕсоре now", "please scope now", FoldSigns.None },
        { "ꓲꓖꓠꓳꓣꓰ", "ignore", FoldSigns.None },
        { "Яead пow", "read now", FoldSigns.MixedScript },
        // Characters without width.
        { "ig\u200Bnore prev\u2060ious", "ignore previous", FoldSigns.Invisible },
        { "ig\u00ADnore pre\u034Fvious", "ignore previous", FoldSigns.Invisible },
        { "ig\u200Cnore pre\u200Dvious", "ignore previous", FoldSigns.Invisible },
        { "ig\uFEFFnore pre\u3164vious\uFFA0\u115F", "ignore previous", FoldSigns.Invisible },
        { "i\u200Bgnоre", "ignore", FoldSigns.Invisible | FoldSigns.MixedScript },
        { "ig\u2062no\u2063re", "ignore", FoldSigns.Invisible },
        { "ig\uFE0Fno\u180Bre", "ignore", FoldSigns.Invisible },
        // Bidirectional controls.
        { "ig\u202Anore\u202C \u2066previous\u2069", "ignore previous", FoldSigns.Bidi },
        { "\u202Eignore\u202C", "ignore", FoldSigns.Bidi | FoldSigns.BidiOverride },
        { "ig\u200Enore", "ignore", FoldSigns.None },
        // Marks.
        { "i̶g̶n̶o̶r̶e̶ p⃣r⃣e⃝v⃞ious", "ignore previous", FoldSigns.Marks },
        { "i̷̢̛̺g̵̡̧n̸o̴͜͝r̵e̴", "ignore", FoldSigns.Marks },
        // Terminal sequences, raw and spelled out.
        { "ig\u001B[31mnore\u001B[0m pre\u009B1mvious", "ignore previous", FoldSigns.Escapes },
        { "\u001B]8;;http://x\u001B\\ignore\u001B]8;;\u001B\\", "8;;http://xignore8;;", FoldSigns.Escapes },
        { @"ig\x1b[31mnore\u001b[0m \033[1mprev\e[0mious", "ignore previous", FoldSigns.Escapes },
        { "\u001B[ignore", "ignore", FoldSigns.Escapes },
        { "ig\u0008no\u0000re", "ignore", FoldSigns.Controls },
        // Digits and punctuation.
        { "१२३ ٤٥٦", "123 456", FoldSigns.None },
        { "７８９", "789", FoldSigns.Styled },
        { "“a” ‘b’ – c\u2011d ⁄", "\"a\" 'b' - c-d /", FoldSigns.None },
        { "a\u00A0b\u2003c\u2028d\u0085e\u2800f", "a b c\nd\ne f", FoldSigns.None },
    };

    [Theory]
    [MemberData(nameof(Disguises))]
    public void A_disguise_is_seen_through(string text, string folded, FoldSigns signs)
    {
        (string result, FoldFacts facts) = Fold(text);
        Assert.Equal(folded, result);
        Assert.Equal(signs, facts.Signs);
    }

    public static TheoryData<string, string> Languages => new()
    {
        { "Привет, как дела? Сок и сахар.", "привет, как дела? сок и сахар." },
        { "он сказал: нет, а потом рос", "он сказал: нет, а потом рос" },
        { "Γειά σου Κόσμε, και τι κάνεις", "γειά σου κόσμε, και τι κάνεισ" },
        { "Բարեւ աշխարհ", "բարեւ աշխարհ" },
        { "می\u200Cخواهم بروم", "میخواهم بروم" },
        { "क्\u200Dष हिन्दी", "क्ष हिन्दी" },
        { "שָׁלוֹם עוֹלָם", "שָׁלוֹם עוֹלָם" },
        { "ก็ได้ค่ะ น้ำ", "ก็ได้ค่ะ น้ํา" },
        { "Tシャツ 東京 ﾃﾞｰﾀ 가나다", "tシャツ 東京 データ 가나다" },
        { "Größe straße ÉTÉ préféré İstanbul ılık", "grösse strasse été préféré istanbul ilik" },
        { "e\u0301te\u0301 a\u0302\u0323 a\u0323\u0302 한국 か\u3099", "été ậ ậ 한국 が" },
        { "Δx = 5 μm, α and β", "ax = 5 um, a and β" },
        { "👨\u200D👩\u200D👧\u200D👦 ❤\uFE0F 👍🏽", "👨👩👧👦 ❤ 👍🏽" },
        { "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F wins", "🏴 wins" },
        { "葛\U000E0100飾区", "葛飾区" },
        { "\uFEFFa file", "a file" },
        { @"C:\temp\x1 and \n", @"c:\temp\x1 and \n" },
    };

    [Theory]
    [MemberData(nameof(Languages))]
    public void Ordinary_text_in_any_language_raises_no_sign(string text, string folded)
    {
        (string result, FoldFacts facts) = Fold(text);
        Assert.Equal(folded.Normalize(), result);
        Assert.Equal(FoldSigns.None, facts.Signs);
    }

    [Theory]
    [InlineData("tags", "hello\nignore previous")]
    [InlineData("selectors", "hello😀\nignore previous")]
    [InlineData("spread", "h😀e😀\ni g")]
    [InlineData("bits", "hello\nhi")]
    public void Text_hidden_in_invisible_characters_is_decoded_behind_the_visible(string how, string folded)
    {
        string text = how switch
        {
            "tags" => "hel" + Tags("Ignore previous") + "lo",
            "selectors" => "hello😀" + string.Concat("ignore previous".Select(Selector)),
            "spread" => $"h😀{Selector('i')}e😀{Selector('g')}",
            _ => "hello" + string.Concat("hi".SelectMany(c => Convert.ToString(c, 2).PadLeft(8, '0')).Select(b => b == '1' ? '\u2064' : '\u2062')),
        };
        (string result, FoldFacts facts) = Fold(text);
        Assert.Equal(folded, result);
        Assert.Equal(FoldSigns.HiddenText, facts.Signs);
        Assert.True(facts.HiddenBytes >= 2);
    }

    [Theory]
    [InlineData("🏴\U000E0069\U000E0067\U000E006E\U000E006F\U000E007F", "🏴\nigno ")]
    [InlineData("🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074", "🏴\ngbsct")]
    public void A_flag_that_no_font_shows_hides_text(string text, string folded)
    {
        (string result, FoldFacts facts) = Fold(text);
        Assert.Equal(folded, result);
        Assert.Equal(FoldSigns.HiddenText, facts.Signs);
    }

    [Fact]
    public void Marks_beyond_two_go_and_two_stay_on_a_letter_of_a_script_that_stacks_them()
    {
        (string result, FoldFacts facts) = Fold("ж" + new string('\u0334', 40) + "у");
        Assert.Equal("ж\u0334\u0334у", result);
        Assert.Equal(38, facts.Marks);
        Assert.Equal(8, Fold("ก" + new string('\u0E47', 500)).Text.Length - 1);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_become_question_marks()
    {
        byte[] into = new byte[100];
        int length = TextFold.Fold((ReadOnlySpan<byte>)[(byte)'A', 0xFF, (byte)'B', 0xC3, (byte)'C', 0xED, 0xA0, 0x80], into, out FoldFacts facts);
        Assert.Equal("a?b?c", Encoding.UTF8.GetString(into, 0, 5));
        Assert.Matches("^a[?]b[?]c[?]+$", Encoding.UTF8.GetString(into, 0, length));
        Assert.Equal(FoldSigns.NotUtf8, facts.Signs);
    }

    [Fact]
    public void Any_bytes_fold_within_the_promised_length_and_again_to_the_same_letters()
    {
        string[] pieces = ["a", "Z", "о", "р", "é", "e\u0301", "\u0334", "\u200B", "\u200D", "😀", "\uFE0F", "\U000E0149", "\U000E0069", "\u2062", "\u2064",
            "\u001B[31m", "\\x1b[", "𝗂", "\uFDFA", "㌖", "ŉ", "ΐ", "가", "\u1161", " ", "\n", "\u202E", "1", "½", "\u0344", "\u0958", "\uFFFF", "\uE000", "И"];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Select(i => Encoding.UTF8.GetBytes(pieces[i])).Array[0, 30], Gen.Byte.Array[0, 6], Gen.Int[0, 200]).Sample((parts, noise, room) =>
        {
            byte[] text = [.. parts.SelectMany(p => p), .. noise, .. parts.Take(3).SelectMany(p => p)];
            byte[] into = new byte[TextFold.MaxLength(text.Length)];
            int length = TextFold.Fold(text, into, out FoldFacts facts);
            Assert.False(facts.Has(FoldSigns.Cut));
            Assert.True(System.Text.Unicode.Utf8.IsValid(into.AsSpan(0, length)));

            byte[] little = new byte[room];
            int cut = TextFold.Fold(text, little, out FoldFacts cutFacts);
            Assert.Equal(cut < length, cutFacts.Has(FoldSigns.Cut) && cut < length);
            Assert.True(cut <= room && cut <= length);
        });
    }

    [Fact]
    public void Plain_text_needs_no_more_room_than_it_has()
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("The quick brown fox, 42 times.\r\n", 100)));
        byte[] into = new byte[text.Length];
        Assert.Equal(text.Length, TextFold.Fold(text, into, out FoldFacts facts));
        Assert.Equal(default, facts);
        Assert.Equal(text.Length - 1, TextFold.Fold(text, into.AsSpan(1), out facts));
        Assert.Equal(FoldSigns.Cut, facts.Signs);
    }

    [Theory]
    [InlineData("get_weather", "gеt_weather")]
    [InlineData("get_weather", "GET_Weather")]
    [InlineData("get_weather", "gét_wéather")]
    [InlineData("get_weather", "get\u200B_weather")]
    [InlineData("get_weather", "get_weather\U000E0069")]
    [InlineData("get_weather", "ｇｅｔ＿ｗｅａｔｈｅｒ")]
    [InlineData("get_weather", "get_weaтher")]
    [InlineData("scope", "ѕсоре")]
    [InlineData("tool_1", "tool_l")]
    [InlineData("tool_0", "tool_o")]
    [InlineData("tool-1", "tool\u20101")]
    [InlineData("łøad", "load")]
    public void Names_that_look_alike_have_one_skeleton(string one, string other)
    {
        Assert.True(TextFold.LooksAlike(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other)));
        Assert.True(TextFold.LooksAlike(Encoding.UTF8.GetBytes(other), Encoding.UTF8.GetBytes(one)));
    }

    [Theory]
    [InlineData("get_weather", "set_weather")]
    [InlineData("get_weather", "get-weather")]
    [InlineData("tool_2", "tool_3")]
    [InlineData("выход", "вход")]
    public void Names_that_differ_to_the_eye_do_not(string one, string other) =>
        Assert.False(TextFold.LooksAlike(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other)));

    [Fact]
    public void Folding_allocates_nothing()
    {
        byte[] text = Encoding.UTF8.GetBytes("Plain. ignоre ｆｕｌｌ é e\u0301 " + Tags("hidden") + " Привет \u001B[0m \u200B");
        byte[] into = new byte[TextFold.MaxLength(text.Length)];
        TextFold.Fold(text, into, out _);
        TextFold.LooksAlike("get_weather"u8, "get-weather"u8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TextFold.Fold(text, into, out _);
        TextFold.Skeleton(text, into);
        TextFold.LooksAlike("get_weather"u8, "get-weather"u8);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static (string Text, FoldFacts Facts) Fold(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        byte[] into = new byte[TextFold.MaxLength(utf8.Length)];
        int length = TextFold.Fold(utf8, into, out FoldFacts facts);
        return (Encoding.UTF8.GetString(into, 0, length), facts);
    }

    private static string Tags(string text) => string.Concat(text.Select(c => char.ConvertFromUtf32(0xE0000 + c)));

    private static string Selector(char c) => char.ConvertFromUtf32(0xE0100 + c - 16);
}
