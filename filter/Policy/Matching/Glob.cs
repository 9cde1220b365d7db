using System.Text;

namespace EnvoyExtAuthz.Policy.Matching;

/// <summary>
/// A pattern of bytes in which <c>*</c> stands for any run, also an empty one; nothing else is special. Compared byte by byte,
/// case and all. Between stars the leftmost place wins, so matching never goes back.
/// </summary>
internal sealed class Glob
{
    /// <summary>Longest pattern, bytes.</summary>
    public const int MaxLength = 512;

    /// <summary>Most stars in a pattern.</summary>
    public const int MaxStars = 8;

    private readonly byte[] _pattern;
    private readonly byte[][] _inner;

    /// <summary>Compiles a pattern; <see cref="IsValid"/> holds of it.</summary>
    public Glob(string pattern)
    {
        Text = pattern;
        _pattern = Encoding.UTF8.GetBytes(pattern);
        IsLiteral = !pattern.Contains('*', StringComparison.Ordinal);
        byte[][] parts = [.. pattern.Split('*').Select(Encoding.UTF8.GetBytes)];
        Prefix = parts[0];
        Suffix = IsLiteral ? [] : parts[^1];
        _inner = IsLiteral ? [] : [.. parts[1..^1].Where(p => p.Length > 0)];
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>It holds no star.</summary>
    public bool IsLiteral { get; }

    /// <summary>What stands before the first star; all of a literal.</summary>
    public byte[] Prefix { get; }

    /// <summary>What stands after the last star; nothing of a literal.</summary>
    public byte[] Suffix { get; }

    /// <summary>Whether a text is within the bounds of a pattern.</summary>
    public static bool IsValid(string pattern) =>
        pattern.Length > 0 && Encoding.UTF8.GetByteCount(pattern) <= MaxLength && pattern.AsSpan().Count('*') <= MaxStars;

    /// <summary>Whether the whole text is of the pattern.</summary>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        if (IsLiteral)
            return text.SequenceEqual(_pattern);
        if (text.Length < Prefix.Length + Suffix.Length || !text.StartsWith(Prefix) || !text.EndsWith(Suffix))
            return false;
        ReadOnlySpan<byte> rest = text[Prefix.Length..^Suffix.Length];
        foreach (byte[] part in _inner)
        {
            int at = rest.IndexOf(part);
            if (at < 0)
                return false;
            rest = rest[(at + part.Length)..];
        }
        return true;
    }

    /// <summary>Whether the whole text is of the pattern. Allocates for texts longer than 256 UTF-16 units.</summary>
    public bool Matches(string text)
    {
        Span<byte> bytes = text.Length <= 256 ? stackalloc byte[256 * 3] : new byte[text.Length * 3];
        return Matches(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    /// <summary>
    /// Whether every text of another pattern is surely of this one. Takes the other's stars for ordinary bytes: only a star
    /// of this pattern can cover them, and then it covers whatever they stand for. May miss some that are.
    /// </summary>
    public bool Covers(Glob other) => IsLiteral ? other.Text == Text : Matches(other._pattern);
}
