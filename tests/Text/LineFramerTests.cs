using System.Text;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class LineFramerTests
{
    /// <summary>Streams of lines, and the data of their frames; a dash stands for a frame without any.</summary>
    public static TheoryData<string, string> Streams => new()
    {
        { "", "" },
        { "a\nb\n", "[a][b]" },
        { "a\r\nb\r\n", "[a][b]" },
        { "a\nb", "[a][b]" },
        { "a\nb\r", "[a][b]" },
        { "\n\r\n\na\n\n", "[-][-][-][a][-]" },
        { "a\rb\n", "[a\rb]" },
        { "a\r\r\n", "[a\r]" },
        { "\r", "[-]" },
        { " \n", "[ ]" },
        { "\uFEFF{}\n", "[\uFEFF{}]" },
        { "{\"a\":\"é\u2028\u0085😀\"}\n{}", "[{\"a\":\"é\u2028\u0085😀\"}][{}]" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Every_cut_gives_the_same_lines(string stream, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int one = 0; one <= bytes.Length; one++)
        {
            for (int two = one; two <= bytes.Length; two++)
                Assert.Equal(expected, Frames(bytes, [one, two]));
        }
        Assert.Equal(expected, Frames(bytes, [.. Enumerable.Range(1, Math.Max(0, bytes.Length - 1))]));
    }

    [Fact]
    public void Any_bytes_cut_anywhere_give_the_same_frames_and_lose_nothing()
    {
        Gen.Select(Gen.Byte[(byte)'\t', (byte)'\r'].Array[0, 60], Gen.Int[0, 1000].Array[0, 5], Gen.Int[1, 20]).Sample((bytes, cuts, max) =>
        {
            int[] sorted = [.. cuts.Select(c => c % (bytes.Length + 1)).Order()];
            (List<byte[]> Frames, FrameStep Last) whole = Run(bytes, [], max);
            (List<byte[]> Frames, FrameStep Last) cut = Run(bytes, sorted, max);
            Assert.Equal(whole.Last, cut.Last);
            Assert.Equal(whole.Frames, cut.Frames);
            Assert.All(whole.Frames, f => Assert.InRange(f.Length, 1, max));
            if (whole.Last == FrameStep.NeedMore)
                Assert.Equal(bytes, whole.Frames.SelectMany(f => f));
        });
    }

    [Theory]
    [InlineData("123456\n", 7, FrameStep.Frame)]
    [InlineData("123456\n", 6, FrameStep.TooLarge)]
    [InlineData("12345\r\n", 7, FrameStep.Frame)]
    [InlineData("123456", 6, FrameStep.NeedMore)]
    [InlineData("123456", 5, FrameStep.TooLarge)]
    public void A_line_over_its_limit_is_refused_however_it_comes(string stream, int max, FrameStep expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            using var framer = new LineFramer(max);
            framer.Push(bytes.AsSpan(0, cut));
            FrameStep step = framer.Next(out _);
            framer.Push(bytes.AsSpan(cut));
            if (step == FrameStep.NeedMore)
                step = framer.Next(out _);
            Assert.Equal(expected, step);
        }
    }

    [Fact]
    public void After_a_line_too_large_nothing_comes_any_more()
    {
        using var framer = new LineFramer(4);
        framer.Push("123456\n1\n"u8);
        Assert.Equal(FrameStep.TooLarge, framer.Next(out _));
        framer.Push("1\n"u8);
        Assert.Equal(FrameStep.TooLarge, framer.Next(out _));
        Assert.Equal(FrameStep.NeedMore, framer.Flush(out _));
    }

    [Theory]
    [InlineData("a\n", "bcd", "bcd\n")]
    [InlineData("a\r\n", "", "\r\n")]
    [InlineData("a", "b", "b")]
    public void An_edited_line_keeps_its_end(string line, string data, string expected)
    {
        using var framer = new LineFramer(100);
        framer.Push(Encoding.UTF8.GetBytes(line));
        if (framer.Next(out EventFrame frame) != FrameStep.Frame)
            framer.Flush(out frame);
        Assert.Equal(0, frame.DataOffset);
        Assert.Equal(expected, Encoding.UTF8.GetString(framer.Rewrite(frame, Encoding.UTF8.GetBytes(data))));
    }

    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("x\n")]
    [InlineData("{\"a\":1}\r\n")]
    public void Bytes_that_trickle_in_one_by_one_cost_linear_work(string repeated)
    {
        byte[] unit = Encoding.UTF8.GetBytes(repeated);
        const int Total = 1 << 20;
        using var framer = new LineFramer(int.MaxValue);
        for (int i = 0; i < Total; i++)
        {
            framer.Push(unit.AsSpan(i % unit.Length, 1));
            framer.Next(out _);
        }
        framer.Flush(out _);
        Assert.InRange(framer.Steps, Total / 2, 4L * Total);
    }

    [Fact]
    public void Lines_are_read_without_allocating()
    {
        byte[] stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"delta\":\"hi\"}\r\n\n", 50)));
        using var framer = new LineFramer(1024);
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            framer.Push(stream);
            int frames = 0;
            while (framer.Next(out _) == FrameStep.Frame)
                frames++;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(100, frames);
            if (round > 0)
                Assert.Equal(0, allocated);
        }
    }

    private static string Frames(byte[] bytes, int[] cuts)
    {
        (List<byte[]> frames, _) = Run(bytes, cuts, 1 << 20);
        Assert.Equal(bytes, frames.SelectMany(f => f));
        return string.Concat(frames.Select(f => Says(Encoding.UTF8.GetString(f))));
    }

    private static string Says(string frame)
    {
        string line = frame.EndsWith('\n') ? frame[..^1] : frame;
        line = line.EndsWith('\r') ? line[..^1] : line;
        return line.Length == 0 ? "[-]" : $"[{line}]";
    }

    private static (List<byte[]> Frames, FrameStep Last) Run(byte[] bytes, int[] cuts, int max)
    {
        using var framer = new LineFramer(max);
        var frames = new List<byte[]>();
        FrameStep last = FrameStep.NeedMore;
        int from = 0;
        foreach (int cut in cuts.Append(bytes.Length))
        {
            framer.Push(bytes.AsSpan(from, cut - from));
            from = cut;
            while ((last = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                frames.Add(Checked(frame));
        }
        if (framer.Flush(out EventFrame rest) == FrameStep.Frame)
            frames.Add(Checked(rest));
        return (frames, last);
    }

    private static byte[] Checked(EventFrame frame)
    {
        string says = Says(Encoding.Latin1.GetString(frame.Bytes.Span));
        Assert.Equal(says, frame.HasData ? $"[{Encoding.Latin1.GetString(frame.Data.Span)}]" : "[-]");
        return frame.Bytes.ToArray();
    }
}
