using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Mcp;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>Recorded exchanges with a public server, cut in every way: the same is read, and nothing is changed.</summary>
public class McpVectorTests
{
    [Fact]
    public void Recorded_exchanges_are_read_whole_however_they_are_cut()
    {
        IReadOnlyList<RecordedExchange> exchanges = RecordedExchange.Load("mcp");
        Assert.SkipWhen(exchanges.Count == 0, "needs ../shared/vectors");
        var coverage = new McpCoverage();
        var random = new Random(1);
        foreach (RecordedExchange exchange in exchanges)
        {
            using var request = new Message();
            HttpHead head = Head(exchange.RequestHeaders).Add(":method", exchange.Method).Add(":path", exchange.Path);
            Assert.Equal(ReadFault.None, McpDialect.Instance.ReadRequest(head, Encoding.UTF8.GetBytes(exchange.Path), exchange.RequestBody, JsonLimits.Default, request));
            coverage.Add(request);
            using JsonDocument asked = JsonDocument.Parse(exchange.RequestBody);
            Assert.Equal(asked.RootElement.GetProperty("method").GetString(), Encoding.UTF8.GetString(request.Operation.Span));
            Assert.Equal(asked.RootElement.GetProperty("method").GetString() == "tools/call" ? asked.RootElement.GetProperty("params").GetProperty("name").GetString() : "", McpExchange.Calls(request));
            HttpHead answerHead = Head(exchange.ResponseHeaders).Add(":status", exchange.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (McpDialect.Instance.OpenStream(request, answerHead) is not { } probe)
            {
                using var response = new Message();
                Assert.Equal(ReadFault.None, McpDialect.Instance.ReadResponse(request, answerHead, exchange.ResponseBody, JsonLimits.Default, response));
                continue;
            }
            probe.Dispose();
            string whole = Read(request, answerHead, exchange.ResponseBody, [], coverage);
            Assert.Equal(Independent(exchange.ResponseBody), whole.Split('\n')[0]);
            for (int cut = 1; cut < exchange.ResponseBody.Length; cut += exchange.ResponseBody.Length > 4096 ? random.Next(1, 97) : 1)
                Assert.Equal(whole, Read(request, answerHead, exchange.ResponseBody, [cut], null));
            for (int round = 0; round < 50; round++)
                Assert.Equal(whole, Read(request, answerHead, exchange.ResponseBody, [.. Enumerable.Range(0, 8).Select(_ => random.Next(exchange.ResponseBody.Length)).Distinct().Order()], null));
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{coverage.Share:P2} of {coverage.All} string bytes have a role");
        Assert.InRange(coverage.Share, 0.97, 1);
    }

    /// <summary>The names of the tools in the stream's lists, read without the filter.</summary>
    private static string Independent(byte[] stream)
    {
        var names = new List<string>();
        foreach (string line in Encoding.UTF8.GetString(stream).ReplaceLineEndings("\n").Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            using JsonDocument message = JsonDocument.Parse(line[6..]);
            if (message.RootElement.TryGetProperty("result", out JsonElement result) && result.TryGetProperty("tools", out JsonElement tools))
                names.AddRange(tools.EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
        }
        return string.Join("|", names);
    }

    /// <summary>Reads a stream in pieces: the tools it lists, then every text with its role.</summary>
    private static string Read(Message request, HttpHead head, byte[] body, int[] cuts, McpCoverage? coverage)
    {
        using EventStream stream = McpDialect.Instance.OpenStream(request, head)!;
        using EventFramer framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        var tools = new List<string>();
        var texts = new StringBuilder();
        var passed = new List<byte>();
        int from = 0;
        foreach (int cut in cuts.Append(body.Length))
        {
            framer.Push(body.AsSpan(from, cut - from));
            from = cut;
            while (framer.Next(out EventFrame frame) == FrameStep.Frame)
                Take(frame);
        }
        if (framer.Flush(out EventFrame rest) == FrameStep.Frame)
            Take(rest);
        Assert.Equal(body, passed);
        message.Clear();
        Assert.Equal(ReadFault.None, stream.Finish(message));
        return string.Join("|", tools) + "\n" + texts;

        void Take(EventFrame frame)
        {
            message.Clear();
            message.Dialect = McpDialect.Instance;
            Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
            Assert.Empty(message.Splices);
            passed.AddRange(frame.Bytes.Span);
            if (message.Documents.Count == 0)
                return;
            McpExchange.AssertEachStringOnce(message);
            coverage?.Add(message);
            tools.AddRange(message.ToolDeclarations.Select(d => Encoding.UTF8.GetString(d.Name.Span)));
            texts.AppendJoin('\n', McpExchange.Texts(message)).Append('\n');
        }
    }

    private static HttpHead Head(IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        var head = new HttpHead();
        foreach ((string name, string value) in fields)
            head.Add(name.ToLowerInvariant(), value);
        return head;
    }
}
