namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>The running texts of one choice of a stream, by number; -1 outside streams.</summary>
/// <param name="Content">What is said.</param>
/// <param name="Refusal">What is said in refusing.</param>
/// <param name="ReasoningContent">Reasoning under vLLM's and DeepSeek's key.</param>
/// <param name="Reasoning">Reasoning under other servers' key.</param>
/// <param name="ReasoningDetails">Reasoning in OpenRouter's parts.</param>
/// <param name="Transcript">The words of spoken audio.</param>
/// <param name="Tokens">The text again, as tokens with their probabilities.</param>
/// <param name="Text">What is said under the older API's key.</param>
internal readonly record struct TurnChannels(
    int Content, int Refusal, int ReasoningContent, int Reasoning, int ReasoningDetails, int Transcript, int Tokens, int Text)
{
    private const int Count = 8;

    /// <summary>Choices of a stream at most.</summary>
    public const int MaxChoices = 128;

    /// <summary>Channels of all choices.</summary>
    public const int All = 2 * MaxChoices * Count;

    /// <summary>No running texts.</summary>
    public static TurnChannels None { get; } = new(-1, -1, -1, -1, -1, -1, -1, -1);

    /// <summary>The channels of a choice.</summary>
    /// <param name="choice">Its index.</param>
    /// <param name="repeated">Of the choice's <c>message</c>, in which some servers say every delta a second time.</param>
    public static TurnChannels Of(int choice, bool repeated = false)
    {
        int first = (repeated ? MaxChoices + choice : choice) * Count;
        return new(first, first + 1, first + 2, first + 3, first + 4, first + 5, first + 6, first + 7);
    }
}
