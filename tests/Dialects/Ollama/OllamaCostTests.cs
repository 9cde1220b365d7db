using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Ollama;

namespace EnvoyExtAuthz.Tests.Dialects.Ollama;

public sealed class OllamaCostTests
{
    [Fact]
    public void Reading_allocates_nothing()
    {
        ReadingCost.AssertNothingAllocated(
            OllamaDialect.Instance, "/api/chat",
            """{"model":"m","messages":[{"role":"user","content":"a\n","images":["aGk="]},{"role":"assistant","tool_calls":[{"function":{"name":"x","arguments":{"a":"b"}}}]},{"role":"tool","content":"{\"a\":\"b\"}"}],"tools":[{"type":"function","function":{"name":"x"}}]}""",
            """{"model":"m","message":{"role":"assistant","content":"a\n","tool_calls":[{"function":{"name":"x","arguments":{}}}]},"done":true,"context":[1,2]}""");
        using var chat = new ReadExchange(OllamaDialect.Instance, "POST", "/api/chat");
        chat.Send("""{"model":"m"}""");
        using EventStream stream = chat.Open("application/x-ndjson")!;
        ReadingCost.AssertNothingAllocated(stream, """{"model":"m","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"a","mood":"so"},"done":false}""");
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[""", """{"role":"assistant","tool_calls":[{"function":{"name":"x","arguments":{"a":"b"}}}]}""", "]}")]
    [InlineData("""{"model":"m","messages":[""", """{"role":"tool","content":"{\"a\":\"b\"}"}""", "]}")]
    [InlineData("""{"model":"m","tools":[""", """{"type":"function","function":{"name":"x"}}""", "]}")]
    [InlineData("""{"model":"m","images":[""", "\"aGk=\"", "]}")]
    [InlineData("""{"model":"m","options":{"stop":[""", "\"x\"", "]}}")]
    public void Bodies_made_to_be_slow_are_not(string before, string part, string after) =>
        ReadingCost.AssertLinear(OllamaDialect.Instance, "/api/chat", before, part, after);
}
