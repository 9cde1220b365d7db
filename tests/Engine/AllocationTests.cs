using System.Text;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>In steady state an allowed exchange allocates nothing in the engine: what is needed is reused.</summary>
public sealed class AllocationTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(Chat.Says(string.Concat(Enumerable.Repeat("What do tides and the moon have to do with each other? ", 72))));
    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(Chat.Answer(string.Concat(Enumerable.Repeat("The moon pulls on the sea. ", 40))));
    private static readonly (string Name, byte[] Value)[] Fields =
        [.. new[] { (":method", "POST"), (":path", "/v1/chat/completions"), (":authority", "llm.internal"), ("content-type", "application/json"), ("user-agent", "lab"), ("accept", "*/*") }
            .Select(f => (f.Item1, Encoding.UTF8.GetBytes(f.Item2)))];

    private static readonly byte[] Ok = "200"u8.ToArray();

    [Fact]
    public void An_allowed_request_of_four_kibibytes_and_its_answer_allocate_nothing()
    {
        Assert.InRange(Body.Length, 4000, 4300);
        using var bench = new Bench();
        bench.Log.Keeps = false;
        for (int i = 0; i < 200; i++)
            Once(bench);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Once(bench);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.Equal(0, each);
    }

    private static void Once(Bench bench)
    {
        Exchange exchange = bench.Exchange;
        exchange.Begin(new ConnectionFacts(new Identity.PeerFacts(true, Bench.Research), BodyDelivery.Whole, BodyDelivery.Duplex));
        exchange.RequestHead.Clear();
        foreach ((string name, byte[] value) in Fields)
            exchange.RequestHead.Fields.Add(new Dialects.HeaderField(name, value));
        exchange.OnRequestHead();
        exchange.OnRequestBody(Body, true);
        exchange.ResponseHead.Clear();
        exchange.ResponseHead.Fields.Add(new Dialects.HeaderField(":status", Ok));
        exchange.ResponseHead.Fields.Add(new Dialects.HeaderField("content-type", Fields[3].Value));
        exchange.OnResponseHead();
        exchange.OnResponseBody(Answer, true);
        // Not an assertion: those allocate.
        if (exchange.Steps.Count != 4)
            throw new InvalidOperationException("The exchange did not pass.");
        exchange.Close();
    }
}
