using System.Text;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class SpliceTests
{
    [Fact]
    public void Edits_in_any_order_change_their_bytes_and_no_others()
    {
        List<Splice> edits = [At(6, 5, "there"), At(0, 1, "J"), At(11, 0, "!"), At(5, 1, "")];
        Assert.True(Splice.TryApply("hello world"u8, edits, out byte[] edited));
        Assert.Equal("Jellothere!", Encoding.UTF8.GetString(edited));
    }

    [Theory]
    [InlineData(0, 3, 2, 2)]
    [InlineData(0, 12, 0, 0)]
    [InlineData(-1, 1, 0, 0)]
    [InlineData(4, -2, 0, 0)]
    [InlineData(int.MaxValue, 1, 0, 0)]
    [InlineData(5, int.MaxValue, 0, 0)]
    public void Edits_that_overlap_or_reach_outside_are_refused_whole(int start, int length, int start2, int length2)
    {
        Assert.False(Splice.TryApply("hello world"u8, [At(start, length, "x"), At(start2, length2, "y")], out byte[] edited));
        Assert.Empty(edited);
    }

    [Fact]
    public void Any_edits_that_do_not_overlap_are_what_building_the_text_anew_gives() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[0, 40].Array[0, 10], Gen.Byte.Array[0, 5].Array[1, 5], Gen.Int).Sample((source, cuts, texts, seed) =>
        {
            int[] places = [.. cuts.Select(c => Math.Min(c, source.Length)).Distinct().Order()];
            var edits = new List<Splice>();
            var expected = new List<byte>();
            int from = 0;
            for (int i = 0; i + 1 < places.Length; i += 2)
            {
                byte[] text = texts[i % texts.Length];
                edits.Add(new Splice(places[i], places[i + 1] - places[i], text));
                expected.AddRange(source[from..places[i]]);
                expected.AddRange(text);
                from = places[i + 1];
            }
            expected.AddRange(source[from..]);
            edits = [.. edits.OrderBy(e => HashCode.Combine(e.Start, seed))];
            Assert.True(Splice.TryApply(source, edits, out byte[] edited));
            Assert.Equal(expected, edited);
        });

    private static Splice At(int start, int length, string text) => new(start, length, Encoding.UTF8.GetBytes(text));
}
