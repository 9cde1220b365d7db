using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Whose parts are read, and which running texts theirs go on with.</summary>
/// <param name="Role">Whose words.</param>
/// <param name="Replayed">The calls stand in history; they are not being made now.</param>
/// <param name="Text">Channel of what is said; -1 outside streams.</param>
/// <param name="Thought">Channel of what is thought; -1 outside streams.</param>
/// <param name="Transcript">Channel of the words of sound; -1 outside streams.</param>
internal readonly record struct PartScope(TextRole Role, bool Replayed, int Text = -1, int Thought = -1, int Transcript = -1)
{
    /// <summary>Channels a candidate; the last is its tokens'.</summary>
    public const int ChannelCount = 4;

    /// <summary>The answer of a whole response.</summary>
    public static PartScope Answer { get; } = new(TextRole.Assistant, false);

    /// <summary>The parts of a candidate of a stream.</summary>
    public static PartScope Candidate(int index) =>
        new(TextRole.Assistant, false, index * ChannelCount, (index * ChannelCount) + 1, (index * ChannelCount) + 2);

    /// <summary>The channel of a candidate's tokens with their probabilities.</summary>
    public static int TokensOf(int candidate) => (candidate * ChannelCount) + 3;
}
