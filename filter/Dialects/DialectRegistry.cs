using EnvoyExtAuthz.Dialects.A2a;
using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Dialects.Bedrock;
using EnvoyExtAuthz.Dialects.Cohere;
using EnvoyExtAuthz.Dialects.Gemini;
using EnvoyExtAuthz.Dialects.Kserve;
using EnvoyExtAuthz.Dialects.Mcp;
using EnvoyExtAuthz.Dialects.Ollama;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Dialects.OpenAiResponses;
using EnvoyExtAuthz.Dialects.Plain;
using EnvoyExtAuthz.Dialects.Replicate;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// The protocols that need no configuration of their own. A new one is a folder and a line here. REST is not among them:
/// its tools come from the policy (<see cref="Rest.RestDialect.TryCreate"/>).
/// </summary>
public static class DialectRegistry
{
    /// <summary>All of them, in the order in which they are asked whether a request is theirs.</summary>
    public static IReadOnlyList<Dialect> BuiltIn { get; } =
    [
        BedrockDialect.Instance,
        OpenAiChatDialect.Instance,
        OpenAiResponsesDialect.Instance,
        OllamaDialect.Instance,
        KserveDialect.Instance,
        CompletionsDialect.Instance,
        EmbeddingsDialect.Instance,
        ModerationsDialect.Instance,
        RerankDialect.Instance,
        CohereDialect.Instance,
        ReplicateDialect.Instance,
        ModelsDialect.Instance,
        AnthropicDialect.Instance,
        GeminiDialect.Instance,
        McpDialect.Instance,
        A2aDialect.Instance,
        PlainDialect.Instance,
    ];

    /// <summary>The protocol of a name, compared exactly, or null.</summary>
    public static Dialect? ByName(string name)
    {
        foreach (Dialect dialect in BuiltIn)
        {
            if (dialect.Name == name)
                return dialect;
        }
        return null;
    }

    /// <summary>The first protocol that claims a request, or null.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    public static Dialect? Recognise(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < BuiltIn.Count; i++)
        {
            if (BuiltIn[i].Recognises(method, path))
                return BuiltIn[i];
        }
        return null;
    }
}
