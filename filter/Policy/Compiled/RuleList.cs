namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>Indices of rules, ascending, compared by what they hold: rules that apply together.</summary>
internal readonly struct RuleList(int[] rules) : IEquatable<RuleList>
{
    /// <summary>The indices.</summary>
    public int[] Rules { get; } = rules;

    /// <inheritdoc/>
    public bool Equals(RuleList other) => Rules.AsSpan().SequenceEqual(other.Rules);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RuleList other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int rule in Rules)
            hash.Add(rule);
        return hash.ToHashCode();
    }
}
