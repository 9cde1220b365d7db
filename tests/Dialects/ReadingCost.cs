using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>What reading may cost: no allocation once warm, and time that grows with the body and not faster.</summary>
internal static class ReadingCost
{
    /// <summary>Reads a request and its answer again and again.</summary>
    public static void AssertNothingAllocated(Dialect dialect, string path, string request, string answer)
    {
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        HttpHead answerHead = new HttpHead().Add(":status", "200").Add("content-type", "application/json");
        (byte[] where, byte[] body, byte[] answerBody) = (Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(answer));
        using var asked = new Message();
        using var answered = new Message();
        AssertNothingAllocated(() =>
        {
            asked.Clear();
            answered.Clear();
            return dialect.ReadRequest(head, where, body, JsonLimits.Default, asked) == ReadFault.None
                && dialect.ReadResponse(asked, answerHead, answerBody, JsonLimits.Default, answered) == ReadFault.None;
        });
    }

    /// <summary>Reads an event again and again.</summary>
    public static void AssertNothingAllocated(EventStream stream, string data)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(data);
        var frame = new EventFrame(bytes, bytes, 0, default, true, default, false);
        using var message = new Message();
        AssertNothingAllocated(() =>
        {
            message.Clear();
            return stream.Read(frame, JsonLimits.Default, message) == ReadFault.None;
        });
    }

    /// <summary>Reads requests of some number of parts, and of ten times as many.</summary>
    /// <param name="dialect">The protocol.</param>
    /// <param name="path">The request's.</param>
    /// <param name="before">What stands before the parts.</param>
    /// <param name="part">A part, without comma.</param>
    /// <param name="after">What stands behind them.</param>
    public static void AssertLinear(Dialect dialect, string path, string before, string part, string after)
    {
        // Ten times the body may take forty times as long; what is quadratic takes a hundred times. Other work on the machine
        // makes a measurement longer, never shorter: the shortest counts, and a quadratic reader has none that passes.
        using var exchange = new ReadExchange(dialect, "POST", path);
        (byte[] few, byte[] many) = (Body(2_000), Body(20_000));
        double small = double.MaxValue;
        double large = double.MaxValue;
        for (int round = 0; round < 12; round++)
        {
            small = Math.Min(small, Measure(few));
            large = Math.Min(large, Measure(many));
            if (round >= 3 && large < Math.Max(small, 2) * 40)
                return;
        }
        Assert.Fail($"{small:F2} ms, then {large:F2} ms");

        byte[] Body(int count) => Encoding.UTF8.GetBytes(before + string.Join(',', Enumerable.Repeat(part, count)) + after);

        double Measure(byte[] body)
        {
            TimeSpan start = ThreadClock.Now;
            Assert.Equal(ReadFault.None, exchange.Send(body));
            return (ThreadClock.Now - start).TotalMilliseconds;
        }
    }

    private static void AssertNothingAllocated(Func<bool> read)
    {
        long before = 0;
        for (int i = 0; i < 400; i++)
        {
            if (i == 200)
                before = GC.GetAllocatedBytesForCurrentThread();
            if (!read())
                Assert.Fail("not read");
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
