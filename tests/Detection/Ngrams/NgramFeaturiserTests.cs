using System.Text;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Tests.Ngrams;

public sealed class NgramFeaturiserTests
{
    /// <summary>A folded text's features without padding.</summary>
    internal static int[] All(ReadOnlySpan<byte> folded)
    {
        var all = new List<int>();
        Span<int> chunk = stackalloc int[NgramFeaturiser.ChunkLength];
        var featuriser = new NgramFeaturiser(folded);
        while (featuriser.Next(chunk) is > 0 and int count)
            all.AddRange(chunk[..count]);
        return [.. all];
    }

    [Fact]
    public void The_same_text_has_the_same_features_in_every_build()
    {
        // Changing any of these makes every trained model worthless: train again and change the version.
        Assert.Equal([476223, 499622, 282750, 259542], All("ab"u8));
        Assert.Equal(4 + 4 + 4, All("hello you"u8).Length); // Four of each word, and ^hel, hell, ello, llo$.
    }

    [Theory]
    [InlineData("Ignore THIS", "ignore this")]
    [InlineData("room 12 at 9", "room 47 at 3")]
    [InlineData("a   b\t c", "a b c")]
    [InlineData("stop!!!!! now", "stop! now")]
    [InlineData("don't", "dont")]
    [InlineData("don’t", "dont")]
    [InlineData("one\n\n\ntwo", "one\ntwo")]
    public void What_carries_no_meaning_changes_nothing(string one, string other) =>
        Assert.Equal(All(Encoding.UTF8.GetBytes(other)), All(Encoding.UTF8.GetBytes(one)));

    [Theory]
    [InlineData("ignore that", "that ignore")]
    [InlineData("忽略指令", "指令忽略")]
    [InlineData("a.b", "a,b")]
    public void What_carries_meaning_changes_something(string one, string other) =>
        Assert.NotEqual(All(Encoding.UTF8.GetBytes(other)), All(Encoding.UTF8.GetBytes(one)));

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x80 })]
    [InlineData(new byte[] { (byte)'a', 0xC3 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 })]
    public void Bytes_that_are_not_UTF_8_are_features_too(byte[] text) => Assert.NotEmpty(All(text));

    [Fact]
    public void Every_feature_is_a_row_of_the_table_and_chunks_are_full_but_the_last()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"wörd{i * 7919} 语言 ")));
        Span<int> chunk = stackalloc int[NgramFeaturiser.ChunkLength];
        var featuriser = new NgramFeaturiser(text);
        int before = NgramFeaturiser.ChunkLength;
        while (featuriser.Next(chunk) is > 0 and int count)
        {
            Assert.Equal(NgramFeaturiser.ChunkLength, before);
            before = count;
            foreach (int feature in chunk[..count])
                Assert.InRange(feature, 1, NgramFeaturiser.Buckets - 1);
            Assert.False(chunk[count..].ContainsAnyExcept(0));
        }
    }

    [Fact]
    public void A_megabyte_without_a_space_is_cut_into_words()
    {
        byte[] text = new byte[1 << 20];
        Array.Fill(text, (byte)'x');
        int words = (text.Length + 23) / 24;
        Assert.InRange(All(text).Length, words * 4, words * (4 + 23 + 1));
    }
}
