using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Cohere;

namespace EnvoyExtAuthz.Tests.Dialects.Cohere;

public sealed class CohereCostTests
{
    [Fact]
    public void Reading_allocates_nothing()
    {
        ReadingCost.AssertNothingAllocated(
            CohereDialect.Instance, "/v2/chat",
            """{"model":"m","messages":[{"role":"user","content":"a\n"},{"role":"assistant","tool_plan":"p","tool_calls":[{"id":"t","type":"function","function":{"name":"x","arguments":"{\"a\":\"b\"}"}}]}],"documents":[{"id":"d","data":{"a":"b"}}]}""",
            """{"id":"i","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"a\n"}]},"logprobs":[{"text":"a","token_ids":[1]}]}""");
        ReadingCost.AssertNothingAllocated(
            CohereDialect.Instance, "/v1/chat",
            """{"message":"a","chat_history":[{"role":"CHATBOT","message":"b","tool_calls":[{"name":"x","parameters":{"a":"b"}}]}],"connectors":[{"id":"w"}]}""",
            """{"text":"a","chat_history":[{"role":"USER","message":"a"}],"meta":{"warnings":["w"]}}""");
        using var chat = new ReadExchange(CohereDialect.Instance, "POST", "/v2/chat");
        chat.Send("""{"messages":[]}""");
        using EventStream stream = chat.Open("text/event-stream")!;
        ReadingCost.AssertNothingAllocated(stream, """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a","mood":"so"}}}}""");
    }

    [Theory]
    [InlineData("/v2/chat", """{"messages":[""", """{"role":"tool","content":[{"type":"document","document":{"id":"d","data":{"a":"b"}}}]}""", "]}")]
    [InlineData("/v2/chat", """{"messages":[{"role":"assistant","citations":[""", """{"text":"a","sources":[{"type":"document","id":"d","document":{"a":"b"}}]}""", "]}]}")]
    [InlineData("/v1/chat", """{"message":"a","chat_history":[""", """{"role":"TOOL","tool_results":[{"call":{"name":"x"},"outputs":[{"a":"b"}]}]}""", "]}")]
    [InlineData("/v1/chat", """{"message":"a","connectors":[""", """{"id":"w"}""", "]}")]
    [InlineData("/v2/embed", """{"input_type":"search_document","texts":[""", "\"a\"", "]}")]
    [InlineData("/v1/classify", """{"examples":[""", """{"text":"a","label":"b"}""", "]}")]
    public void Bodies_made_to_be_slow_are_not(string path, string before, string part, string after) =>
        ReadingCost.AssertLinear(CohereDialect.Instance, path, before, part, after);
}
