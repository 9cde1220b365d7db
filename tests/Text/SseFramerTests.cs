using System.Text;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class SseFramerTests
{
    /// <summary>Streams whose frames are known, in the line ends and spellings of WHATWG HTML §9.2.5 and §9.2.6.</summary>
    public static TheoryData<string, string> Streams => new()
    {
        { "data: a\n\ndata: b\n\n", "[a][b]" },
        { "data: a\r\n\r\ndata: b\r\n\r\n", "[a][b]" },
        { "data: a\r\rdata: b\r\r", "[a][b]" },
        { "data: a\r\n\ndata: b\n\r\n", "[a][b]" },
        { "data: a\r\ndata: b\rdata: c\n\r", "[a\\nb\\nc]" },
        { "\uFEFFdata: a\n\n\uFEFFdata: b\n\n", "[a][?-]" },
        { "\uFEFF\ndata: a\n\n", "[-][a]" },
        { "\uFEFF\uFEFFdata: a\n\n", "[?-]" },
        { "data:a\ndata: b\ndata:  c\n\n", "[a\\nb\\n c]" },
        { "data\n\ndata\ndata\n\ndata:", "[][\\n][]" },
        { ": one\n:two\ndata: a\n: three\n\n", "[a# one\\ntwo\\n three]" },
        { ":\n\n", "[-]" },
        { ": alone\n\n", "[-# alone]" },
        { "event: x\nevent: y\ndata: a\nid: 7\nretry: 9\n\n", "[a@y]" },
        { "event: message_start\r\ndata: {\"a\":\"é😀\"}\r\n\r\n", "[{\"a\":\"é😀\"}@message_start]" },
        { "Data: a\ndat: b\n data: c\n\n", "[?-]" },
        { "data: a\nsurprise: b\n\n", "[?a]" },
        { "\n\n\ndata: a\n\n", "[-][-][-][a]" },
        { "data: a", "[a]" },
        { "data: a\n", "[a]" },
        { "data: a\r", "[a]" },
        { "data: a:b: c\n\n", "[a:b: c]" },
        { "data: [DONE]\n\n", "[[DONE]]" },
        { "\r\n\r\n\r", "[-][-][-]" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_reads_as_the_standard_says(string stream, string expected) =>
        Assert.Equal(expected, Describe(Frames(Encoding.UTF8.GetBytes(stream), [])));

    [Theory]
    [MemberData(nameof(Streams))]
    public void Every_cut_in_two_or_three_reads_alike(string stream, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int one = 0; one <= bytes.Length; one++)
        {
            for (int two = one; two <= bytes.Length; two++)
                Assert.Equal(expected, Describe(Frames(bytes, [one, two])));
        }
        Assert.Equal(expected, Describe(Frames(bytes, [.. Enumerable.Range(1, Math.Max(0, bytes.Length - 1))])));
    }

    [Fact]
    public void Any_bytes_cut_anywhere_give_the_same_frames_and_lose_nothing()
    {
        string[] pieces = ["data: x\n", "data:y\r", "data\r\n", "\n", "\r", "\r\n", ": c\n", "event: e\r\n", "\uFEFF", "zz:1\n", "d", ":", " ", "é"];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 12], Gen.Int[0, 1000].Array[0, 5], Gen.Int[1, 60]).Sample((parts, cuts, max) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(parts));
            int[] sorted = [.. cuts.Select(c => c % (bytes.Length + 1)).Order()];
            (List<Frame> Frames, FrameStep Last) whole = Run(bytes, [], max);
            (List<Frame> Frames, FrameStep Last) cut = Run(bytes, sorted, max);
            Assert.Equal(whole.Last, cut.Last);
            Assert.Equal(Describe(whole.Frames), Describe(cut.Frames));
            if (whole.Last == FrameStep.NeedMore)
            {
                Assert.Equal(bytes, whole.Frames.SelectMany(f => f.Bytes));
                Assert.Equal(bytes, cut.Frames.SelectMany(f => f.Bytes));
            }
            Assert.All(whole.Frames.Concat(cut.Frames), f => Assert.InRange(f.Bytes.Length, 0, max + 2));
        });
    }

    [Fact]
    public void Data_on_one_line_says_where_it_stands()
    {
        foreach ((string stream, int offset) in new[] { ("event: e\ndata: hi\n\n", 15), ("\uFEFFdata:hi\n\n", 8), ("data: a\ndata: b\n\n", -1) })
        {
            using var framer = new SseFramer(100);
            framer.Push(Encoding.UTF8.GetBytes(stream));
            Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
            Assert.Equal(offset, frame.DataOffset);
            if (offset >= 0)
                Assert.True(frame.Bytes.Slice(offset, frame.Data.Length).Span.SequenceEqual(frame.Data.Span));
        }
    }

    [Fact]
    public void A_frame_is_there_as_soon_as_its_blank_line_begins()
    {
        using var framer = new SseFramer(100);
        framer.Push("data: a\r\n\r"u8);
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame first));
        Assert.Equal("data: a\r\n\r", Encoding.UTF8.GetString(first.Bytes.Span));
        framer.Push("\ndata: b\r\n\r\n"u8);
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame second));
        Assert.Equal("\ndata: b\r\n\r\n", Encoding.UTF8.GetString(second.Bytes.Span));
        Assert.Equal("b", Encoding.UTF8.GetString(second.Data.Span));
    }

    [Theory]
    [InlineData("data: 6789\n\n", 12, FrameStep.Frame)]
    [InlineData("data: 6789\n\n", 11, FrameStep.TooLarge)]
    [InlineData("data: 6789\r\n\r\n", 13, FrameStep.Frame)]
    [InlineData("data: 6789", 9, FrameStep.TooLarge)]
    [InlineData("data: 6789", 10, FrameStep.NeedMore)]
    [InlineData("data: a\ndata: b\ndata: c\n", 20, FrameStep.TooLarge)]
    public void A_frame_over_its_limit_is_refused_however_it_comes(string stream, int max, FrameStep expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            (List<Frame> frames, FrameStep last) = Run(bytes, [cut], max, flush: false);
            Assert.Equal(expected, frames.Count > 0 ? FrameStep.Frame : last);
        }
    }

    [Fact]
    public void After_a_frame_too_large_nothing_comes_any_more()
    {
        using var framer = new SseFramer(8);
        framer.Push("data: 123456789\n\n"u8);
        Assert.Equal(FrameStep.TooLarge, framer.Next(out _));
        framer.Push("data: x\n\n"u8);
        Assert.Equal(FrameStep.TooLarge, framer.Next(out _));
        Assert.Equal(FrameStep.NeedMore, framer.Flush(out _));
    }

    [Theory]
    [InlineData("data: 0123456789abcdef")]
    [InlineData("data: x\n")]
    [InlineData(":c\n")]
    [InlineData("data: x\r\n\r\n")]
    public void Bytes_that_trickle_in_one_by_one_cost_linear_work(string repeated)
    {
        byte[] unit = Encoding.UTF8.GetBytes(repeated);
        const int Total = 1 << 20;
        using var framer = new SseFramer(int.MaxValue);
        for (int i = 0; i < Total; i++)
        {
            framer.Push(unit.AsSpan(i % unit.Length, 1));
            framer.Next(out _);
        }
        framer.Flush(out _);
        Assert.InRange(framer.Steps, Total / 2, 4L * Total);
    }

    [Fact]
    public void Frames_are_read_without_allocating()
    {
        byte[] stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("event: e\ndata: {\"delta\":\"hi\"}\n: c\n: d\ndata: 2\n\n", 50)));
        using var framer = new SseFramer(1024);
        int frames = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            framer.Push(stream);
            while (framer.Next(out _) == FrameStep.Frame)
                frames++;
            if (round > 0)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(150, frames);
    }

    private static List<Frame> Frames(byte[] bytes, int[] cuts)
    {
        (List<Frame> frames, _) = Run(bytes, cuts, 1 << 20);
        Assert.Equal(bytes, frames.SelectMany(f => f.Bytes));
        return frames;
    }

    private static (List<Frame> Frames, FrameStep Last) Run(byte[] bytes, int[] cuts, int max, bool flush = true)
    {
        using var framer = new SseFramer(max);
        var frames = new List<Frame>();
        FrameStep last = FrameStep.NeedMore;
        int from = 0;
        foreach (int cut in cuts.Append(bytes.Length))
        {
            framer.Push(bytes.AsSpan(from, cut - from));
            from = cut;
            while ((last = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                frames.Add(Frame.Of(frame));
        }
        if (flush && framer.Flush(out EventFrame rest) == FrameStep.Frame)
            frames.Add(Frame.Of(rest));
        return (frames, last);
    }

    /// <summary>What frames say; a line feed left over from a split CRLF at the very end says nothing.</summary>
    private static string Describe(List<Frame> frames) =>
        string.Concat(frames.Where((f, i) => !(i > 0 && f.Bytes is [(byte)'\n'] && frames[i - 1].Bytes[^1] == '\r')).Select(f => f.Says));

    private sealed record Frame(byte[] Bytes, string Says)
    {
        public static Frame Of(EventFrame f)
        {
            string says = (f.Unknown ? "?" : "") + (f.HasData ? Text(f.Data) : "-")
                + (f.Event.IsEmpty ? "" : "@" + Text(f.Event)) + (f.Comments.IsEmpty ? "" : "#" + Text(f.Comments));
            return new Frame(f.Bytes.ToArray(), $"[{says}]");
        }

        private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span).Replace("\n", "\\n", StringComparison.Ordinal);
    }
}
