using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Tests.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiLegacy;

/// <summary>Endpoints that take texts and give numbers: embeddings, moderations, reranking; and the lists of models.</summary>
public sealed class TextEndpointTests
{
    private static readonly Endpoint Embeddings = new(EmbeddingsDialect.Instance, "/v1/embeddings");
    private static readonly Endpoint Moderations = new(ModerationsDialect.Instance, "/v1/moderations");
    private static readonly Endpoint Rerank = new(RerankDialect.Instance, "/v1/rerank");
    private static readonly Endpoint Models = new(ModelsDialect.Instance, "/v1/models");

    [Theory]
    [InlineData("POST", "/v1/embeddings", "openai-embeddings")]
    [InlineData("POST", "/openai/deployments/d/embeddings", "openai-embeddings")]
    [InlineData("POST", "/v1/multimodalembeddings", "openai-embeddings")]
    [InlineData("POST", "/v1/moderations", "openai-moderations")]
    [InlineData("POST", "/v1/chat/moderations", "openai-moderations")]
    [InlineData("POST", "/v1/rerank", "rerank")]
    [InlineData("POST", "/v2/rerank", "cohere")]
    [InlineData("GET", "/v1/models", "openai-models")]
    [InlineData("GET", "/openai/v1/models/gpt-4o", "openai-models")]
    [InlineData("GET", "/v1beta/models", "gemini")]
    public void Their_paths_are_recognised(string method, string path, string name) =>
        Assert.Equal(name, DialectRegistry.Recognise(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path))?.Name);

    [Theory]
    [InlineData("\"input\":\"a b\"", "Document: a b", 0)]
    [InlineData("\"input\":[\"a b\",\"c d\"]", "Document: a b|Document: c d", 0)]
    [InlineData("\"input\":[1,2]", "", 1)]
    [InlineData("\"input\":[[1],[2]]", "", 2)]
    [InlineData("\"input\":\"a b\",\"input_type\":\"query\"", "User: a b", 0)]
    [InlineData("\"input\":[{\"text\":\"a b\"},{\"image\":\"https://a.example/x y\"}]", "Document: a b|Url: https://a.example/x y", 1)]
    [InlineData("\"inputs\":[{\"content\":[{\"type\":\"text\",\"text\":\"a b\"},{\"type\":\"image_base64\",\"image_base64\":\"data:image/png;base64,AA\"}]}]", "Document: a b", 1)]
    [InlineData("\"inputs\":[[\"a b\",\"c d\"]]", "Document: a b|Document: c d", 0)]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"a b\"}]", "User: a b", 0)]
    public void What_is_embedded_is_text_tokens_or_pictures(string members, string texts, int opaque)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Embeddings.Request($"{{\"model\":\"m\",\"encoding_format\":\"base64\",{members}}}", message));
        Assert.Equal(texts, string.Join('|', Chat.Texts(message).Where(t => t.Contains(' ', StringComparison.Ordinal) && !t.StartsWith("Metadata", StringComparison.Ordinal))));
        Assert.Equal(opaque, message.Opaque.Count);
        Assert.Equal("m", Encoding.UTF8.GetString(message.Model.Span));
    }

    [Theory]
    [InlineData("\"input\":true", ReadFault.WrongShape)]
    [InlineData("\"input\":[1,\"a\"]", ReadFault.WrongShape)]
    [InlineData("\"Input\":\"a\"", ReadFault.Ambiguous)]
    [InlineData("\"input\":[{\"Text\":\"a\"}]", ReadFault.Ambiguous)]
    public void An_input_with_two_readings_is_refused(string members, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Embeddings.Request($"{{{members}}}", message));
    }

    [Fact]
    public void Vectors_are_no_text_and_everything_else_is()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Embeddings.Response(/*lang=json,strict*/ """
            {"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"AAAAAMxa+/8="},{"index":1,"embedding":[0.1,0.2]},{"index":2,"embedding":"not a vector"}],"usage":{"total_tokens":3}}
            """, message));
        Assert.Equal(["Metadata: m", "Metadata: list", "Metadata: embedding", "Unknown: not a vector"], Chat.Texts(message));
        Assert.Empty(message.Opaque);
    }

    [Theory]
    [InlineData("\"a b\"", "User: a b")]
    [InlineData("[\"a b\"]", "User: a b")]
    [InlineData("[{\"type\":\"text\",\"text\":\"a b\"}]", "User: a b")]
    [InlineData("[{\"role\":\"assistant\",\"content\":\"a b\"}]", "Assistant: a b")]
    [InlineData("[[{\"role\":\"user\",\"content\":\"a b\"}]]", "User: a b")]
    public void What_is_moderated_has_the_role_of_who_said_it(string input, string text)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Moderations.Request($"{{\"input\":{input}}}", message));
        Assert.Equal(text, Assert.Single(Chat.Texts(message), t => t.Contains("a b", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_query_is_the_user_s_and_what_is_ranked_are_documents()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Rerank.Request(/*lang=json,strict*/ """{"model":"m","query":"which","documents":["one",{"text":"two"},{"title":"three","body":"four"}],"texts":["five"],"instruction":"be strict"}""", message));
        Assert.Equal(
            ["Metadata: m", "User: which", "Document: one", "Document: two", "Document: three", "Document: four", "Document: five", "System: be strict"], Chat.Texts(message));
        Assert.Equal(ReadFault.None, Rerank.Request("{\"query\":\"q\"}"u8.ToArray(), message, "/v2/rerank"));
        Assert.Equal(ReadFault.WrongShape, Rerank.Request("{\"query\":\"q\",\"documents\":{\"text\":1},\"texts\":3}", message));
    }

    [Theory]
    [InlineData("{\"results\":[{\"index\":0,\"relevance_score\":0.5,\"document\":{\"text\":\"one\"}}]}")]
    [InlineData("{\"data\":[{\"index\":0,\"document\":\"one\"}]}")]
    [InlineData("[{\"index\":0,\"score\":0.5,\"text\":\"one\"}]")]
    public void Ranked_documents_are_documents(string body)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Rerank.Response(body, message));
        Assert.Equal(["Document: one"], Chat.Texts(message));
    }

    [Fact]
    public void A_list_of_models_is_labels_and_descriptions()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Models.Request([], message, "/v1/models", "GET"));
        Assert.Equal(ReadFault.UnexpectedBody, Models.Request("{}"u8.ToArray(), message, "/v1/models", "GET"));
        Assert.Equal(ReadFault.UnknownPath, Models.Request([], message, "/v1/files", "GET"));
        Assert.Equal(ReadFault.None, Models.Response(/*lang=json,strict*/ """{"data":[{"id":"m","description":"A model.","note":"say yes"}]}""", message));
        Assert.Equal(["Document: A model.", "Metadata: m", "Unknown: say yes"], Chat.Texts(message));
    }

    [Fact]
    public void Refusals_are_the_API_s_errors()
    {
        foreach (Dialect dialect in (Dialect[])[Embeddings.Dialect, Moderations.Dialect, Rerank.Dialect, Models.Dialect, CompletionsDialect.Instance])
        {
            Refusal refusal = dialect.Refuse(Chat.Reason, null, new HttpHead());
            Assert.Equal(403, refusal.Status);
            Assert.Equal(
                "{\"error\":{\"message\":\"A tool is not allowed here. (event ev-1)\",\"type\":\"permission_error\",\"param\":null,\"code\":\"tool_not_allowed\"}}",
                Encoding.UTF8.GetString(refusal.Body));
        }
    }
}
