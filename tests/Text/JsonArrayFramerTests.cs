using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public sealed class JsonArrayFramerTests
{
    /// <summary>Streams, each with the data of its frames; <c>-</c> is a frame without any, <c>!</c> what is no array of objects.</summary>
    public static TheoryData<string, string> Streams => new()
    {
        { "[]", "-" },
        { "[{}]", "{} -" },
        { "[{\"a\":1}\n,\r\n{\"b\":[{}]}\n]\n", "{\"a\":1} {\"b\":[{}]} - -" },
        { " [ {\"a\":\"}]\\\\\"} , {\"b\":\"\\\"{\"}]", "{\"a\":\"}]\\\\\"} {\"b\":\"\\\"{\"} -" },
        { "", "" },
        { "[{}", "{}" },
        { "[{},", "{} !" },
        { "[{", "!" },
        { "[", "!" },
        { "{}", "!" },
        { "[1]", "!" },
        { "[[{}]]", "!" },
        { "[,{}]", "!" },
        { "[{},]", "{} !" },
        { "[{} {}]", "{} !" },
        { "[{}]]", "{} - !" },
        { "[{}] [{}]", "{} - !" },
        { "\uFEFF[{}]", "!" },
        { "data: {}\n\n", "!" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void However_it_is_cut_an_array_gives_its_elements(string stream, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int one = 0; one <= bytes.Length; one++)
        {
            for (int two = one; two <= bytes.Length; two++)
                Assert.Equal(expected, Frames(bytes, [one, two], 1000));
        }
        Assert.Equal(expected, Frames(bytes, [.. Enumerable.Range(1, Math.Max(0, bytes.Length - 1))], 1000));
    }

    [Theory]
    [InlineData("[{\"a\":\"0123456789\"}]")]
    [InlineData("[                                  {}]")]
    [InlineData("[{}                                  ]")]
    [InlineData("[{}]                                  ")]
    public void What_is_longer_than_allowed_is_too_large_however_it_comes(string stream)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        for (int cut = 0; cut <= bytes.Length; cut++)
            Assert.EndsWith("#", Frames(bytes, [cut], 16), StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_leaves_what_stands_beside_the_element()
    {
        using var framer = new JsonArrayFramer(100);
        framer.Push("[{\"a\":1},\n {\"a\":2}]"u8);
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame first));
        Assert.Equal("[{}", Encoding.UTF8.GetString(framer.Rewrite(first, "{}"u8)));
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame second));
        Assert.Equal(",\n {\"b\":33}", Encoding.UTF8.GetString(framer.Rewrite(second, "{\"b\":33}"u8)));
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame end));
        Assert.Equal("]", Encoding.UTF8.GetString(framer.Rewrite(end, [])));
    }

    private static string Frames(byte[] bytes, int[] cuts, int max)
    {
        using var framer = new JsonArrayFramer(max);
        var read = new List<string>();
        var joined = new List<byte>();
        int from = 0;
        FrameStep step = FrameStep.NeedMore;
        foreach (int to in cuts.Append(bytes.Length))
        {
            framer.Push(bytes.AsSpan(from, to - from));
            from = to;
            while ((step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                Note(frame);
            if (step != FrameStep.NeedMore)
                break;
        }
        if (step == FrameStep.NeedMore && (step = framer.Flush(out EventFrame last)) == FrameStep.Frame)
            Note(last);
        if (step == FrameStep.Broken)
            read.Add("!");
        if (step == FrameStep.TooLarge)
            read.Add("#");
        if (step is FrameStep.NeedMore or FrameStep.Frame)
            Assert.Equal(bytes, joined.ToArray());
        return string.Join(' ', read);

        void Note(in EventFrame frame)
        {
            joined.AddRange(frame.Bytes.Span);
            Assert.Equal(frame.HasData, frame.DataOffset >= 0);
            read.Add(frame.HasData ? Encoding.UTF8.GetString(frame.Data.Span) : "-");
        }
    }
}
