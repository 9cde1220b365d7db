using System.IO.Compression;
using System.Text;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Text.Tests.Coding;

public sealed class ContentDecoderTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 3000).Select(i => $"line {i}\n")));

    public static TheoryData<string, int> Every { get; } = new(from coding in (string[])["gzip", "deflate", "raw", "br", "zstd", "gzip, br", "zstd, gzip, deflate"] from cut in (int[])[1, 7, 4096, 1 << 20] select (coding, cut));

    [Theory]
    [MemberData(nameof(Every))]
    public void A_body_comes_out_as_it_went_in(string coding, int cut)
    {
        (byte[] decoded, DecodeStep step, DecodeEnd end) = Decode(coding, Encode(coding, Text), cut);
        Assert.Equal(DecodeStep.NeedMore, step);
        Assert.Equal(DecodeEnd.Complete, end);
        Assert.Equal(Text, decoded);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Bytes_after_the_end_are_noticed(string coding, int cut)
    {
        foreach (int more in (int[])[1, 2, 3, 9])
        {
            (_, DecodeStep step, DecodeEnd end) = Decode(coding, [.. Encode(coding, Text), .. new byte[more]], cut);
            Assert.True(step == DecodeStep.Broken || end != DecodeEnd.Complete, $"{more} bytes after the end");
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void A_body_that_lacks_its_end_is_noticed(string coding, int cut)
    {
        byte[] whole = Encode(coding, Text);
        foreach (int less in (int[])[1, 2, 5, 8, 9, whole.Length / 2, whole.Length])
        {
            (_, DecodeStep step, DecodeEnd end) = Decode(coding, whole[..^less], cut);
            Assert.True(step == DecodeStep.Broken || end == DecodeEnd.Truncated, $"{less} bytes less");
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public void Members_are_all_read(string coding)
    {
        byte[] one = Encode(coding, Text);
        foreach (int cut in (int[])[1, 7, 1 << 20])
        {
            (byte[] decoded, _, DecodeEnd end) = Decode(coding, [.. one, .. one], cut);
            Assert.Equal(DecodeEnd.Complete, end);
            Assert.Equal([.. Text, .. Text], decoded);
        }
    }

    [Fact]
    public void Broken_bytes_are_an_answer_and_no_exception()
    {
        var random = new Random(1);
        foreach (string coding in (string[])["gzip", "deflate", "raw", "br", "zstd", "gzip, zstd"])
        {
            byte[] whole = Encode(coding, Text);
            for (int i = 0; i < 300; i++)
            {
                byte[] broken = [.. whole];
                for (int j = 0; j < 1 + (i % 4); j++)
                    broken[random.Next(broken.Length)] = (byte)random.Next(256);
                Decode(coding, broken, 1 + random.Next(500));
            }
        }
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("GZIP , br", true)]
    [InlineData("identity", true)]
    [InlineData("", true)]
    [InlineData("compress", false)]
    [InlineData("gzip, aws-chunked", false)]
    [InlineData("gzip, gzip, gzip, gzip", false)]
    [InlineData("gzip;q=1", false)]
    public void A_field_names_codings(string value, bool known) => Assert.Equal(known, ContentCodings.TryParse(Encoding.ASCII.GetBytes(value), []));

    [Fact]
    public void Output_comes_in_bounded_pieces_however_much_a_byte_stands_for()
    {
        byte[] bomb = Encode("gzip", new byte[64 << 20]);
        using var decoder = ContentDecoder.Create([ContentCoding.Gzip]);
        decoder.Push(bomb);
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] room = new byte[4096];
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(DecodeStep.Data, decoder.Read(room, out int written));
            Assert.InRange(written, 1, room.Length);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 10);
    }

    private static (byte[] Decoded, DecodeStep Step, DecodeEnd End) Decode(string coding, byte[] body, int cut)
    {
        var codings = new List<ContentCoding>();
        Assert.True(ContentCodings.TryParse(Encoding.ASCII.GetBytes(coding.Replace("raw", "deflate", StringComparison.Ordinal)), codings));
        using var decoder = ContentDecoder.Create(codings);
        using var decoded = new MemoryStream();
        byte[] room = new byte[1000];
        for (int at = 0; at < body.Length; at += cut)
        {
            decoder.Push(body.AsMemory(at, Math.Min(cut, body.Length - at)));
            DecodeStep step;
            while ((step = decoder.Read(room, out int written)) == DecodeStep.Data)
                decoded.Write(room, 0, written);
            if (step == DecodeStep.Broken)
                return (decoded.ToArray(), step, DecodeEnd.Truncated);
        }
        return (decoded.ToArray(), DecodeStep.NeedMore, decoder.Finish());
    }

    private static byte[] Encode(string codings, byte[] text)
    {
        foreach (string coding in codings.Split(", "))
        {
            using var into = new MemoryStream();
            using (Stream stream = coding switch
            {
                "gzip" => new GZipStream(into, CompressionLevel.Optimal, true),
                "deflate" => new ZLibStream(into, CompressionLevel.Optimal, true),
                "raw" => new DeflateStream(into, CompressionLevel.Optimal, true),
                "br" => new BrotliStream(into, CompressionLevel.Fastest, true),
                _ => new ZstdSharp.CompressionStream(into, 3, 0, true),
            })
                stream.Write(text);
            text = into.ToArray();
        }
        return text;
    }
}
