namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>The running texts of a stream of lines, by number; -1 outside streams.</summary>
/// <param name="Content">What is said: a chat's content, a completion's response.</param>
/// <param name="Thinking">The reasoning before it.</param>
/// <param name="Tokens">What is said again, as tokens with their probabilities.</param>
internal readonly record struct OllamaChannels(int Content, int Thinking, int Tokens)
{
    /// <summary>Channels in all.</summary>
    public const int Count = 3;

    /// <summary>No running texts.</summary>
    public static OllamaChannels None { get; } = new(-1, -1, -1);

    /// <summary>Those of a stream.</summary>
    public static OllamaChannels Stream { get; } = new(0, 1, 2);
}
