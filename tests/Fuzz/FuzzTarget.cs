namespace EnvoyExtAuthz.Fuzz;

/// <summary>Something that reads bytes of strangers, and what must hold whatever they are.</summary>
public abstract class FuzzTarget : IDisposable
{
    /// <summary>All targets by name.</summary>
    public static IReadOnlyDictionary<string, Func<FuzzTarget>> All { get; } = new Dictionary<string, Func<FuzzTarget>>
    {
        ["json"] = () => new JsonTarget(),
        ["sse"] = () => new SseTarget(),
        ["line"] = () => new LineTarget(),
        ["ollama"] = () => new OllamaTarget(),
        ["cohere"] = () => new CohereTarget(),
        ["replicate"] = () => new ReplicateTarget(),
        ["fold"] = () => new FoldTarget(),
        ["a2a"] = () => new A2aTarget(),
        ["mcp"] = () => new McpTarget(),
        ["gemini"] = () => new GeminiTarget(),
        ["bedrock"] = () => new BedrockTarget(),
        ["anthropic"] = () => new AnthropicTarget(),
        ["openai-responses"] = () => new ResponsesTarget(),
        ["openai"] = () => new OpenAiTarget(),
        ["kserve"] = () => new KserveTarget(),
        ["grpc"] = () => new GrpcTarget(),
        ["exchange"] = () => new ExchangeTarget(),
    };

    /// <summary>Inputs to begin with.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Pieces that mutations put in.</summary>
    public abstract IReadOnlyList<byte[]> Pieces { get; }

    /// <summary>Makes an input by the rules of its format, where mutations alone seldom keep to them; null for none.</summary>
    public virtual byte[]? Make(Random random) => null;

    /// <summary>Reads an input.</summary>
    /// <returns>A number for what happened: an input that brings a new one is kept to be mutated further.</returns>
    /// <exception cref="BrokenInvariantException">What must hold does not. Any other exception is a find too.</exception>
    public abstract int Run(byte[] input);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Fails the run of an input unless something holds.</summary>
    protected static void Hold(bool holds, string what)
    {
        if (!holds)
            throw new BrokenInvariantException(what);
    }
}

/// <summary>Something that must hold for every input does not.</summary>
public sealed class BrokenInvariantException(string message) : Exception(message);
