namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>The running texts of a stream, by number.</summary>
internal static class CohereChannels
{
    /// <summary>Indices of content at most.</summary>
    public const int MaxIndex = 256;

    /// <summary>The plan before calls.</summary>
    public const int Plan = 2 * MaxIndex;

    /// <summary>The first of those that nobody knows.</summary>
    public const int Unknown = Plan + 1;

    /// <summary>The first of calls' arguments.</summary>
    public const int Calls = Unknown + UnknownTexts.MaxChannels;

    /// <summary>What is said under an index; -1 is none, and the first.</summary>
    public static int Text(int index) => 2 * Math.Max(0, index);

    /// <summary>The reasoning under an index.</summary>
    public static int Thinking(int index) => Text(index) + 1;
}
