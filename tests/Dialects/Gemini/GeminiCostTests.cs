using System.Diagnostics;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>What reading may cost.</summary>
public sealed class GeminiCostTests
{
    private const string Interactions = "/v1beta/interactions";

    [Fact]
    public void Reading_allocates_nothing()
    {
        ReadingCost.AssertNothingAllocated(
            GeminiExchange.Dialect, GeminiExchange.Path,
            """{"contents":[{"role":"user","parts":[{"text":"a\n"},{"inlineData":{"mimeType":"image/png","data":"AA=="}}]},{"role":"model","parts":[{"functionCall":{"name":"x","args":{"a":"b"}},"thoughtSignature":"AA=="}]},{"role":"user","parts":[{"functionResponse":{"name":"x","response":{"r":"{\"a\":\"b\"}"}}}]}],"tools":[{"functionDeclarations":[{"name":"x","description":"d"}],"googleSearch":{}}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},"generationConfig":{"stopSequences":["z"]}}""",
            """{"candidates":[{"content":{"parts":[{"text":"a\n"},{"functionCall":{"name":"x","args":{}}}],"role":"model"},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"u","title":"t"}}]}}],"usageMetadata":{"promptTokensDetails":[{"modality":"TEXT"}]},"modelVersion":"m"}""");
        ReadingCost.AssertNothingAllocated(
            GeminiExchange.Dialect, Interactions,
            """{"model":"m","input":[{"type":"user_input","content":[{"type":"text","text":"a"}]},{"type":"function_result","call_id":"c","result":"{\"a\":\"b\"}"}],"tools":[{"type":"function","name":"x"},{"type":"google_search"}]}""",
            """{"id":"i","status":"completed","steps":[{"type":"model_output","content":[{"type":"text","text":"a"}]},{"type":"function_call","name":"x","arguments":{}}]}""");
    }

    [Theory]
    [InlineData("""{"contents":[""", """{"parts":[{"functionCall":{"name":"x","args":{"a":"b"}}}]}""", "]}")]
    [InlineData("""{"contents":[{"parts":[""", """{"functionResponse":{"name":"x","response":{"a":"{}"}}}""", "]}]}")]
    [InlineData("""{"contents":[{"parts":[""", """{"toolCall":{"id":"a","toolType":"URL_CONTEXT"}},{"toolResponse":{"id":"b"}}""", "]}]}")]
    [InlineData("""{"batch":{"inputConfig":{"requests":{"requests":[""", """{"request":{"contents":[{"parts":[{"executableCode":{"code":"x"}}]}]}}""", "]}}}}")]
    [InlineData("""{"contents":[],"tools":[""", """{"functionDeclarations":[{"name":"x"}]}""", "]}")]
    [InlineData("""{"contents":[],"tools":[{"functionDeclarations":[""", """{"name":"x"}""", "]}]}")]
    [InlineData("""{"batch":{"inputConfig":{"requests":{"requests":[""", """{"request":{"contents":[]}}""", "]}}}}")]
    [InlineData("""{"instances":[""", """{"prompt":"x"}""", "]}")]
    public void Bodies_made_to_be_slow_are_not(string before, string part, string after) =>
        ReadingCost.AssertLinear(GeminiExchange.Dialect, GeminiExchange.Path, before, part, after);

    [Theory]
    [InlineData("""{"input":[""", """{"type":"function_call","name":"x","arguments":{"a":"b"}}""", "]}")]
    [InlineData("""{"input":[{"type":"function_result","result":[""", """{"type":"text","text":"{}"}""", "]}]}")]
    [InlineData("""{"input":"x","tools":[""", """{"type":"google_search"}""", "]}")]
    public void Interactions_made_to_be_slow_are_not(string before, string part, string after) =>
        ReadingCost.AssertLinear(GeminiExchange.Dialect, Interactions, before, part, after);

    [Fact]
    public void Taking_out_thousands_of_tools_named_thousands_of_times_is_quick()
    {
        string[] names = [.. Enumerable.Range(0, 10_000).Select(i => $"tool_{i}")];
        string body = GeminiExchange.Asking("x", "\"tools\":[{\"functionDeclarations\":[" + string.Join(',', names.Append("kept").Select(n => $"{{\"name\":\"{n}\"}}")) + "]}],"
            + "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[" + string.Join(',', names.Append("kept").Select(n => $"\"{n}\"")) + "]}}");
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(body, message));
        long start = Stopwatch.GetTimestamp();
        Assert.True(GeminiExchange.Dialect.RemoveTools(message, [.. Enumerable.Range(0, names.Length)]));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2));
        Assert.EndsWith("\"allowedFunctionNames\":[\"kept\"]}}}", GeminiExchange.Written(message), StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_in_thousands_of_pieces_are_put_together_in_time()
    {
        string pieces = string.Concat(Enumerable.Range(0, 3000).Select(i =>
            ReadGemini.Part("{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":\"$.a" + i + "\",\"numberValue\":1},{\"jsonPath\":\"$.text\",\"stringValue\":\"x\",\"willContinue\":true}],\"willContinue\":true}}")));
        long start = Stopwatch.GetTimestamp();
        ReadGemini read = ReadGemini.Of(Encoding.UTF8.GetBytes(ReadGemini.Part("""{"functionCall":{"name":"f","willContinue":true}}""") + pieces), ReadGemini.Sse, []);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Contains("\"a2999\":1", Assert.Single(read.Calls), StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }
}
