using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>Real traffic reads without a fault, nearly all of it as something known, and to what an independent reader counts.</summary>
public sealed class VectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recorded_request_is_read_and_its_tools_and_calls_are_all_seen()
    {
        using var message = new Message();
        List<RecordedResponse> all = RecordedResponse.All();
        Assert.True(all.Count > 140);
        (long known, long total) = (0, 0);
        foreach (RecordedResponse one in all)
        {
            ReadFault fault = Responses.Request(one.Request, message, one.Path, one.Method);
            Assert.True(fault == ReadFault.None, $"{one.Name}: {fault} {message.JsonFault}");
            if (one.Request.Length == 0)
                continue;
            using JsonDocument body = JsonDocument.Parse(one.Request);
            Assert.Equal((one.Name, string.Join(' ', PlainReader.ToolsOf(body.RootElement))), (one.Name, string.Join(' ', Responses.Tools(message).Order(StringComparer.Ordinal))));
            Assert.Equal((one.Name, string.Join(' ', PlainReader.CallsOf(body.RootElement, "input"))), (one.Name, string.Join(' ', Responses.Calls(message))));
            Assert.All(message.ToolCalls, call => Assert.True(call.Replayed));
            Coverage.AssertEveryStringOnce(one.Name, message);
            Assert.Equal(Encoding.UTF8.GetString(one.Request), Responses.Written(message));
            (long k, long a) = Coverage.Of(message);
            (known, total) = (known + k, total + a);
        }
        AssertCovered("requests", known, total);
    }

    [Fact]
    public void Every_recorded_answer_is_read_and_its_calls_are_all_seen()
    {
        using var request = new Message();
        using var message = new Message();
        (long known, long total) = (0, 0);
        foreach (RecordedResponse one in RecordedResponse.All().Where(c => !c.IsStream))
        {
            Responses.Request(one.Request, request, one.Path, one.Method);
            ReadFault fault = Responses.Response(one.Answer, message, one.ContentType, one.Status, request);
            Assert.True(fault == ReadFault.None, $"{one.Name}: {fault} {message.JsonFault}");
            if (message.Documents.Count == 0)
                continue;
            using JsonDocument body = JsonDocument.Parse(one.Answer);
            Assert.Equal(
                (one.Name, string.Join(' ', PlainReader.CallsOf(body.RootElement, "output").Concat(PlainReader.CallsOf(body.RootElement, "data")))),
                (one.Name, string.Join(' ', Responses.Calls(message))));
            Assert.Equal((one.Name, string.Join(' ', PlainReader.ListedIn(body.RootElement, "output"))), (one.Name, string.Join(' ', Responses.Tools(message))));
            Coverage.AssertEveryStringOnce(one.Name, message);
            Assert.Equal(Encoding.UTF8.GetString(one.Answer), Responses.Written(message));
            (long k, long a) = Coverage.Of(message);
            (known, total) = (known + k, total + a);
        }
        AssertCovered("answers", known, total);
    }

    [Fact]
    public void Every_recorded_stream_is_read_alike_however_it_is_cut_and_all_of_it_let_go()
    {
        (long known, long total) = (0, 0);
        var random = new Random(20261125);
        foreach (RecordedResponse one in RecordedResponse.All().Where(c => c.IsStream))
        {
            string request = one.Request.Length == 0 ? "{\"input\":\"x\"}" : Encoding.UTF8.GetString(one.Request);
            ReadEvents whole = ReadEvents.Of(one.Answer, request);
            Assert.True(whole.Fault == ReadFault.None, $"{one.Name}: {whole.Fault}");
            Assert.Equal(Encoding.UTF8.GetString(one.Answer), whole.Released);
            Assert.Equal((one.Name, string.Join(' ', PlainReader.CallsInStream(one.Answer))), (one.Name, string.Join(' ', whole.Calls)));
            Assert.Equal(PlainReader.TextsInStream(one.Answer), whole.Running.Values.Order(StringComparer.Ordinal));
            Assert.True(whole.Ended);
            foreach (int[] cuts in CutsOf(one.Answer, random))
            {
                ReadEvents cut = ReadEvents.Of(one.Answer, request, cuts);
                Assert.Equal(whole.Calls, cut.Calls);
                Assert.Equal(whole.Running, cut.Running);
                Assert.Equal(whole.Whole, cut.Whole);
                Assert.Equal(whole.Released, cut.Released);
            }
            (known, total) = (known + whole.Covered.Known, total + whole.Covered.All);
        }
        AssertCovered("streams", known, total);
    }

    private void AssertCovered(string what, long known, long total)
    {
        double share = (double)known / total;
        output.WriteLine($"{what}: {known} of {total} string bytes in a known role, {share:P2}");
        Assert.True(share >= 0.97, $"{what}: only {share:P2} in a known role");
    }

    /// <summary>Cuts at every event's end, and at random bytes.</summary>
    private static IEnumerable<int[]> CutsOf(byte[] bytes, Random random)
    {
        var ends = new List<int>();
        for (int at = 1; at < bytes.Length - 1; at++)
        {
            if (bytes[at] == '\n' && bytes[at - 1] == '\n')
                ends.Add(at + 1);
        }
        yield return [.. ends];
        for (int i = 0; i < 4; i++)
            yield return [.. Enumerable.Range(0, 50).Select(_ => random.Next(bytes.Length)).Distinct().Order()];
    }
}
