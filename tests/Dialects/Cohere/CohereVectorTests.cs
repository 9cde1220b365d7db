using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Cohere;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Tests.Dialects.Cohere;

/// <summary>Real exchanges with Cohere, and with Writer on the path they share, are read without a fault, wholly, and to what an independent reader counts.</summary>
public sealed class CohereVectorTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("cohere")]
    [InlineData("writer")]
    public void Every_recorded_exchange_is_read(string provider)
    {
        RecordedExchange[] all = [.. RecordedExchange.Load(provider).Where(e => provider == "cohere" || e.Path == "/v1/chat")];
        Assert.SkipWhen(all.Length == 0, "needs ../shared/vectors");
        var coverage = new StringCoverage();
        foreach (RecordedExchange exchange in all)
        {
            using var read = new ReadExchange(CohereDialect.Instance, exchange.Method, exchange.Path);
            Assert.True(CohereDialect.Instance.Recognises("POST"u8, Encoding.UTF8.GetBytes(exchange.Path)), exchange.Name);
            ReadFault fault = read.Send(exchange.RequestBody);
            if (!IsJson(exchange.RequestBody))
            {
                // One recording has a comma too many.
                Assert.Equal(ReadFault.NotStrictJson, fault);
                continue;
            }
            Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, fault));
            AssertRead(exchange.Name, read.Request, exchange.RequestBody, coverage);
            using JsonDocument request = JsonDocument.Parse(exchange.RequestBody);
            Assert.Equal(request.RootElement.GetProperty("model").GetString(), ReadExchange.Text(read.Request.Model));
            Assert.Equal(Count(request.RootElement, "tools"), read.Request.ToolDeclarations.Count);
            byte[] answer = ReadExchange.Decoded(exchange.ResponseBody);
            string type = ReadExchange.ContentTypeOf(exchange);
            if (read.Open(type) is null)
            {
                Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, read.Answer(answer, type, exchange.Status)));
                AssertRead(exchange.Name, read.Response, answer, coverage);
            }
            else
            {
                coverage.Add(AssertStreamRead(exchange.Name, read, answer, type, provider == "cohere"));
            }
        }
        output.WriteLine($"known: {coverage.Known:P2}; unknown: {string.Join(" | ", coverage.Unknown.Distinct())}");
        Assert.True(coverage.Known >= 0.97, $"{coverage.Known}: {string.Join(" | ", coverage.Unknown.Distinct())}");
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            JsonDocument.Parse(body).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void AssertRead(string name, Message message, byte[] body, StringCoverage coverage)
    {
        StringCoverage.AssertEachStringOnce(name, message);
        using JsonDocument document = JsonDocument.Parse(body);
        Assert.Equal((name, CallsIn(document.RootElement)), (name, message.ToolCalls.Count));
        Assert.True(CohereDialect.Instance.TryWrite(message, out byte[] written));
        Assert.Equal(body, written);
        coverage.Add(message);
    }

    private static StringCoverage AssertStreamRead(string name, ReadExchange exchange, byte[] stream, string type, bool isCohere)
    {
        string text = Encoding.UTF8.GetString(stream);
        ReadEvents whole = exchange.Stream(stream, type);
        Assert.Equal((name, ReadFault.None), (name, whole.Fault));
        Assert.Equal(text, whole.Released);
        if (isCohere)
        {
            Assert.True(whole.Ended);
            Assert.Equal(text.Split("\"type\":\"tool-call-start\"").Length - 1, whole.Calls.Count);
        }
        Assert.All(whole.Calls, call => JsonDocument.Parse(call[(call.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Dispose());
        foreach (int pieceBytes in (int[])[1, 13, 97, 4096])
        {
            ReadEvents cut = exchange.Stream(stream, type, pieceBytes);
            Assert.Equal((name, ReadFault.None), (name, cut.Fault));
            Assert.Equal(whole.Texts, cut.Texts);
            Assert.Equal(whole.Whole, cut.Whole);
            Assert.Equal(whole.Calls, cut.Calls);
            Assert.Equal(text, cut.Released);
        }
        return whole.Coverage;
    }

    private static int Count(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;

    /// <summary>Members of <c>tool_calls</c> anywhere.</summary>
    private static int CallsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().Sum(CallsIn),
        JsonValueKind.Object => Count(element, "tool_calls") + element.EnumerateObject().Sum(p => CallsIn(p.Value)),
        _ => 0,
    };
}
