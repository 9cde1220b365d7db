using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official OpenAI SDK (npm) at the endpoints beside chat, and with probabilities, through a real Envoy and the filter.</summary>
public sealed class OpenAiEndpointSdkTests
{
    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: completions, match: {paths: ["/v1/completions"]}, protocol: openai-completions}
          - {name: azure, match: {paths: ["/openai/deployments/**"]}, protocol: openai-chat}
          - {name: rest, match: {paths: ["/v1/**"]}}
        rules:
          - name: anyone
            callers: [anyone]
            routes: [completions]
            detectors: {injection: {action: ignore}, secrets: {action: refuse}}
          - name: anyone-at-one-deployment
            callers: [anyone]
            routes: [azure]
            models: {allow: [mine]}
            detectors: {injection: {action: ignore}}
          - name: anyone-masked
            callers: [anyone]
            routes: [rest]
            detectors: {injection: {action: ignore}, secrets: {action: redact}}
        """;

    [Fact]
    public async Task Texts_vectors_and_refusals_reach_user_code_as_they_should()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("openai-endpoints-client.mjs", $"http://127.0.0.1:{envoy.Port}/v1", Key);

        Assert.Equal("hello", Value(seen, "completion").GetString());
        Assert.Equal(("hello there", "stop"), (Value(seen, "completionStream").GetProperty("text").GetString(), Value(seen, "completionStream").GetProperty("finish").GetString()));
        // What came before the key is kept, the choice ends as filtered, and then the SDK throws the reason.
        JsonElement cut = seen.GetProperty("refusedStream");
        Assert.Equal("APIError", cut.GetProperty("error").GetString());
        Assert.Contains("event ", cut.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("content_filter", cut.GetProperty("parts").GetProperty("finish").GetString());
        Assert.DoesNotContain("ghp_", cut.GetProperty("parts").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("PermissionDeniedError", seen.GetProperty("refusedTokens").GetProperty("error").GetString());
        Assert.Equal([1, 0.5], Value(seen, "embedding").EnumerateArray().Select(v => v.GetDouble()));
        Assert.False(Value(seen, "moderation").GetBoolean());
        Assert.Equal(["m", "n"], Value(seen, "models").EnumerateArray().Select(v => v.GetString()));
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains(Key, StringComparison.Ordinal));

        Assert.Equal("hello", Value(seen, "azure").GetString());
        Assert.Equal(("PermissionDeniedError", "model_not_allowed"), (seen.GetProperty("azureRefused").GetProperty("error").GetString(), seen.GetProperty("azureRefused").GetProperty("code").GetString()));
        Assert.Single(origin.Requests, r => r.Target.StartsWith("/openai/deployments/", StringComparison.Ordinal));
        Assert.Equal("hello", Value(seen, "logprobs").GetProperty("logprobs").GetProperty("content")[0].GetProperty("token").GetString());
        JsonElement masked = Value(seen, "masked");
        Assert.StartsWith("The key is [", masked.GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, masked.GetProperty("logprobs").ValueKind);
        Assert.DoesNotContain("103", masked.GetRawText(), StringComparison.Ordinal);
    }

    private static JsonElement Value(JsonElement seen, string name) =>
        seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    private static OriginAnswer Answer(OriginRequest request) => request.Target switch
    {
        "/v1/completions" when request.Text.Contains("\"stream\":true", StringComparison.Ordinal) => Stream(request.Text.Contains("a key", StringComparison.Ordinal)),
        "/v1/completions" => OriginAnswer.Json("""{"id":"c","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"hello","logprobs":null,"finish_reason":"stop"}]}"""),
        "/v1/embeddings" => OriginAnswer.Json("""{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAD8="},{"object":"embedding","index":1,"embedding":"AACAPwAAAD8="}],"usage":{"prompt_tokens":1,"total_tokens":1}}"""),
        "/v1/moderations" => OriginAnswer.Json("""{"id":"r","model":"m","results":[{"flagged":false,"categories":{"hate":false},"category_scores":{"hate":0.1}}]}"""),
        "/v1/models" => OriginAnswer.Json("""{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"us"},{"id":"n","object":"model","created":1,"owned_by":"us"}]}"""),
        _ => Chat(request.Text.Contains("a key", StringComparison.Ordinal)),
    };

    private static OriginAnswer Chat(bool key)
    {
        string[] tokens = key ? ["The key is ", "ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"] : ["hello"];
        string logprobs = string.Join(',', tokens.Select(t => JsonSerializer.Serialize(new { token = t, logprob = -1, bytes = new[] { 103, 104 }, top_logprobs = new[] { new { token = t, logprob = -1, bytes = new[] { 103 } } } }, JsonSerializerOptions.Default)));
        return OriginAnswer.Json(
            $$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{string.Concat(tokens)}}"},"logprobs":{"content":[{{logprobs}}]},"finish_reason":"stop"}]}""");
    }

    private static OriginAnswer Stream(bool key)
    {
        static string Chunk(string text, string finish = "null") => "data: {\"id\":\"c\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"text\":\"" + text + "\",\"logprobs\":null,\"finish_reason\":" + finish + "}]}\n\n";
        string[] texts = key ? ["Sure, it is ", "ghp_16C7e42F292c", "6912E7710c838347Ae178B4a", " as you see"] : ["hello ", "there"];
        return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), [.. texts.Select(t => Chunk(t)), Chunk("", "\"stop\""), "data: [DONE]\n\n"]);
    }
}
