using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Ollama;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Tests.Dialects.Ollama;

/// <summary>Real exchanges are read without a fault, wholly, and to what an independent reader counts.</summary>
public sealed class OllamaVectorTests(ITestOutputHelper output)
{
    private static IReadOnlyList<RecordedExchange> All()
    {
        IReadOnlyList<RecordedExchange> all = RecordedExchange.Load("ollama");
        Assert.SkipWhen(all.Count == 0, "needs ../shared/vectors");
        return all;
    }

    [Fact]
    public void Every_recorded_exchange_is_read()
    {
        var coverage = new StringCoverage();
        foreach (RecordedExchange exchange in All())
        {
            using var read = new ReadExchange(OllamaDialect.Instance, exchange.Method, exchange.Path);
            Assert.True(OllamaDialect.Instance.Recognises(Encoding.UTF8.GetBytes(exchange.Method), Encoding.UTF8.GetBytes(exchange.Path)), exchange.Name);
            Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, read.Send(exchange.RequestBody)));
            Assert.Empty(read.Request.Opaque);
            AssertRead(exchange.Name, read.Request, exchange.RequestBody, coverage);
            using JsonDocument request = JsonDocument.Parse(exchange.RequestBody);
            Assert.Equal(request.RootElement.GetProperty("model").GetString(), ReadExchange.Text(read.Request.Model));
            Assert.Equal(Count(request.RootElement, "tools"), read.Request.ToolDeclarations.Count);
            byte[] answer = ReadExchange.Decoded(exchange.ResponseBody);
            string type = ReadExchange.ContentTypeOf(exchange);
            if (read.Open(type) is null)
            {
                Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, read.Answer(answer, type)));
                AssertRead(exchange.Name, read.Response, answer, coverage);
            }
            else
            {
                coverage.Add(AssertStreamRead(exchange.Name, read, answer, type));
            }
        }
        output.WriteLine($"known: {coverage.Known:P2}; unknown: {string.Join(" | ", coverage.Unknown.Distinct())}");
        Assert.True(coverage.Known >= 0.97, $"{coverage.Known}");
    }

    private static void AssertRead(string name, Message message, byte[] body, StringCoverage coverage)
    {
        StringCoverage.AssertEachStringOnce(name, message);
        using JsonDocument document = JsonDocument.Parse(body);
        Assert.Equal(CallsIn(document.RootElement), message.ToolCalls.Count);
        Assert.True(OllamaDialect.Instance.TryWrite(message, out byte[] written));
        Assert.Equal(body, written);
        coverage.Add(message);
    }

    private static StringCoverage AssertStreamRead(string name, ReadExchange exchange, byte[] stream, string type)
    {
        string text = Encoding.UTF8.GetString(stream);
        ReadEvents whole = exchange.Stream(stream, type);
        Assert.Equal((name, ReadFault.None), (name, whole.Fault));
        Assert.True(whole.Ended);
        Assert.Equal(text, whole.Released);
        Assert.Equal(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(l => CallsIn(JsonDocument.Parse(l).RootElement)), whole.Calls.Count);
        foreach (int pieceBytes in (int[])[1, 13, 97, 4096])
        {
            ReadEvents cut = exchange.Stream(stream, type, pieceBytes);
            Assert.Equal((name, ReadFault.None), (name, cut.Fault));
            Assert.Equal(whole.Texts, cut.Texts);
            Assert.Equal(whole.Whole, cut.Whole);
            Assert.Equal(text, cut.Released);
        }
        return whole.Coverage;
    }

    private static int Count(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;

    private static int CallsIn(JsonElement root)
    {
        int calls = Count(root, "tool_calls");
        if (root.TryGetProperty("message", out JsonElement message))
            calls += Count(message, "tool_calls");
        if (root.TryGetProperty("messages", out JsonElement messages) && messages.ValueKind == JsonValueKind.Array)
            calls += messages.EnumerateArray().Sum(m => Count(m, "tool_calls"));
        return calls;
    }
}
