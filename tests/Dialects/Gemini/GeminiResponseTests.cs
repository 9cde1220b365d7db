using System.Text.Json;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Whole answers and errors, and refusals in their place.</summary>
public sealed class GeminiResponseTests
{
    [Fact]
    public void Texts_calls_and_sources_are_read()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Response("""
            {"candidates":[{"content":{"role":"model","parts":[
               {"text":"hidden","thought":true},{"text":"said"},
               {"functionCall":{"id":"f1","name":"search","args":{"q":"what","n":1}}},
               {"executable_code":{"language":"PYTHON","code":"x"}}]},
              "finishReason":"STOP","finishMessage":"done","citationMetadata":{"citations":[{"uri":"https://c","title":"cited"}]},
              "groundingMetadata":{"webSearchQueries":["query"],"groundingChunks":[{"web":{"uri":"https://w","title":"web page"}},{"retrievedContext":{"text":"kept text"}}],
                "searchEntryPoint":{"renderedContent":"<p>html</p>"},"groundingSupports":[{"segment":{"text":"said"}}]},
              "urlContextMetadata":{"urlMetadata":[{"retrievedUrl":"https://u","urlRetrievalStatus":"URL_RETRIEVAL_STATUS_SUCCESS"}]}},
             {"index":1,"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}}],
             "modelVersion":"gemini-2.5-flash","responseId":"r","usageMetadata":{"promptTokensDetails":[{"modality":"TEXT"}]},"novelty":"what is this"}
            """, message);
        Assert.Equal(ReadFault.None, fault);
        Assert.Equal(["search({\"q\":\"what\",\"n\":1})", "codeExecution(x)"], GeminiExchange.Calls(message));
        Assert.All(message.ToolCalls, c => Assert.False(c.Replayed));
        Assert.Equal([OpaqueKind.Image], GeminiExchange.Opaque(message));
        List<string> texts = GeminiExchange.Texts(message);
        foreach (string expected in (string[])
            ["Reasoning: hidden", "Assistant: said", "ToolArgument: what", "ToolArgument: x", "Assistant: done", "Url: https://c", "Document: cited", "ToolArgument: query", "Url: https://w",
             "Document: web page", "Document: kept text", "Document: <p>html</p>", "Url: https://u", "Unknown: what is this"])
            Assert.Contains(expected, texts);
    }

    [Theory]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a"},"function_call":{"name":"b"}}]}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"candidates":[],"Candidates":[{}]}""", ReadFault.NotStrictJson)]
    [InlineData("""{"CANDIDATES":[{"content":{"parts":[{"functionCall":{"name":"b"}}]}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"args":{"a":1}}}]}}]}""", ReadFault.WrongShape)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":"{}"}}]}}]}""", ReadFault.WrongShape)]
    [InlineData("""{"candidates":[{"index":-1}]}""", ReadFault.WrongShape)]
    [InlineData("""[{"candidates":[]}]""", ReadFault.WrongShape)]
    [InlineData("""{"candidates":[]}{"candidates":[]}""", ReadFault.NotStrictJson)]
    public void Answers_of_two_readings_are_refused(string body, ReadFault expected)
    {
        using var message = new Message();
        Assert.Equal(expected, GeminiExchange.Response(body, message));
    }

    [Fact]
    public void Answers_to_a_batch_are_read_wherever_they_stand()
    {
        using var message = new Message();
        const string Inlined = """{"inlinedResponses":{"inlinedResponses":[{"response":{"candidates":[{"content":{"parts":[{"functionCall":{"name":"rm"}}]}}]}},{"error":{"message":"no"}}]}}""";
        Assert.Equal(ReadFault.None, GeminiExchange.Response($$"""{"name":"batches/b","metadata":{"output":{{Inlined}}},"done":true,"response":{{Inlined}}}""", message));
        Assert.Equal(["rm()", "rm()"], GeminiExchange.Calls(message));
        Assert.Equal(ReadFault.Ambiguous, GeminiExchange.Response("""{"operations":[{"response":{"Candidates":[]}}]}""", message));
    }

    [Fact]
    public void Errors_are_text_in_any_form()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Response("""{"error":{"code":404,"message":"not found here","status":"NOT_FOUND"}}""", message, status: 404));
        Assert.Contains("Unknown: not found here", GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Response("""[{"error":{"message":"in a list"}}]""", message, status: 400));
        Assert.Contains("Unknown: in a list", GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Response("<html>bad gateway</html>", message, "text/html", 502));
        Assert.Equal(["Unknown: <html>bad gateway</html>"], GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.UnknownContentType, GeminiExchange.Response("{}", message, "application/x-protobuf"));
    }

    [Fact]
    public void Tokens_are_judged_joined_and_go_with_an_edit()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Response("""
            {"candidates":[{"logprobsResult":{"chosenCandidates":[{"token":"AK"},{"token":"IA"}],"topCandidates":[{"candidates":[{"token":"x"},{"token":"y"}]}]}}]}
            """, message);
        Assert.Equal(ReadFault.None, fault);
        Assert.Equal(["Assistant: AKIA", "Assistant: xy"], GeminiExchange.Texts(message));
        message.Replace(message.Segments[0], 0, 4, "***"u8.ToArray());
        Assert.Equal("""{"candidates":[{"logprobsResult":null}]}""", GeminiExchange.Written(message).Trim());
    }

    [Fact]
    public void A_refusal_is_a_status_that_the_SDKs_raise()
    {
        Refusal refusal = GeminiExchange.Dialect.Refuse(GeminiExchange.Reason, null, GeminiExchange.RequestHead());
        Assert.Equal((403, "application/json"), (refusal.Status, refusal.ContentType));
        JsonElement error = JsonDocument.Parse(refusal.Body).RootElement.GetProperty("error");
        Assert.Equal(403, error.GetProperty("code").GetInt32());
        Assert.Equal("PERMISSION_DENIED", error.GetProperty("status").GetString());
        Assert.Equal("A tool is not allowed here. (event ev-1)", error.GetProperty("message").GetString());
    }
}
