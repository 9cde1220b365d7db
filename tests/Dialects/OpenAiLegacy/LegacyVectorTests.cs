using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Tests.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiLegacy;

/// <summary>Recorded exchanges of the endpoints beside chat, of all providers.</summary>
public sealed class LegacyVectorTests
{
    private static readonly string[] Providers =
        ["alephalpha", "azure-openai", "cerebras", "huggingface", "local", "mistral", "openai", "openrouter", "replicate", "together", "voyage", "writer"];

    [Fact]
    public void Every_recorded_exchange_is_read_and_nearly_every_byte_has_a_role()
    {
        using var message = new Message();
        var requests = new Coverage();
        var answers = new Coverage();
        int read = 0;
        foreach ((string provider, RecordedExchange exchange, Dialect dialect) in Recorded())
        {
            var endpoint = new Endpoint(dialect, "");
            ReadFault fault = endpoint.Request(exchange.RequestBody, message, exchange.Path.Split('?')[0], exchange.Method);
            Assert.True(fault == ReadFault.None, $"{provider} {exchange.Name}: {fault} {message.JsonFault}");
            Assert.Empty(message.ToolDeclarations);
            Assert.Equal(ModelOf(exchange), exchange.Path.Contains("/deployments/", StringComparison.Ordinal) ? null : Encoding.UTF8.GetString(message.Model.Span));
            requests.Count(provider, message);
            read++;
            byte[] body = Unpacked(exchange.ResponseBody);
            if (TypeOf(exchange).StartsWith("text/event-stream", StringComparison.Ordinal))
            {
                ReadStream whole = ReadStream.Of(body, [], dialect: dialect);
                Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, whole.Fault));
                Assert.Equal(WordsOf(body), Assert.Single(whole.Texts).Value);
                ChatVectorTests.AssertSame(exchange.Name, whole, ReadStream.Of(body, ChatVectorTests.EventEnds(body), dialect: dialect));
                ChatVectorTests.AssertSame(exchange.Name, whole, ReadStream.Of(body, Cuts(body.Length), dialect: dialect));
                continue;
            }
            fault = endpoint.Response(body, message, exchange.Status, TypeOf(exchange));
            Assert.True(fault == ReadFault.None, $"{provider} {exchange.Name}: {fault} {message.JsonFault}");
            if (exchange.Status < 400 && exchange.Method != "GET")
                answers.Count(provider, message, "embedding");
            ChatVectorTests.AssertUnchanged(message, body);
        }
        Assert.SkipWhen(read == 0, "needs ../shared/vectors");
        Assert.True(read >= 22, $"only {read}");
        requests.AssertAtLeast(0.99);
        answers.AssertAtLeast(0.97);
    }

    private static IEnumerable<(string, RecordedExchange, Dialect)> Recorded()
    {
        Dialect[] dialects = [CompletionsDialect.Instance, EmbeddingsDialect.Instance, ModerationsDialect.Instance, RerankDialect.Instance, ModelsDialect.Instance];
        foreach (string provider in Providers)
        {
            foreach (RecordedExchange exchange in RecordedExchange.Load(provider))
            {
                byte[] path = Encoding.UTF8.GetBytes(exchange.Path.Split('?')[0]);
                foreach (Dialect dialect in dialects)
                {
                    if (dialect.Recognises(Encoding.UTF8.GetBytes(exchange.Method), path))
                        yield return (provider, exchange, dialect);
                }
            }
        }
    }

    private static int[] Cuts(int length)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, 200).Select(_ => random.Next(length)).Distinct().Order()];
    }

    private static string? ModelOf(RecordedExchange exchange)
    {
        if (exchange.Path.Contains("/deployments/", StringComparison.Ordinal))
            return null;
        if (exchange.RequestBody.Length == 0)
            return "";
        using JsonDocument body = JsonDocument.Parse(exchange.RequestBody);
        return body.RootElement.TryGetProperty("model", out JsonElement model) ? model.GetString() : "";
    }

    /// <summary>What a stream says, read plainly.</summary>
    private static string WordsOf(byte[] stream)
    {
        var words = new StringBuilder();
        foreach (string line in Encoding.UTF8.GetString(stream).Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            using JsonDocument chunk = JsonDocument.Parse(line[6..]);
            if (chunk.RootElement.TryGetProperty("value", out JsonElement value))
                words.Append(value.GetString());
            else if (chunk.RootElement.GetProperty("choices") is { } choices && choices.GetArrayLength() > 0)
                words.Append(choices[0].GetProperty("text").GetString());
        }
        return words.ToString();
    }

    private static string TypeOf(RecordedExchange exchange) =>
        exchange.ResponseHeaders.FirstOrDefault(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value ?? "";

    private static byte[] Unpacked(byte[] body)
    {
        if (body is not [0x1F, 0x8B, ..])
            return body;
        using var unpacked = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(new MemoryStream(body), System.IO.Compression.CompressionMode.Decompress))
            gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
