using System.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>
/// A pattern of bytes in which <c>*</c> stands for any run, also an empty one. Compared byte by byte, case and all. Matching
/// is linear in the text times the pattern at worst and never recursive.
/// </summary>
internal sealed class Glob
{
    private readonly byte[] _pattern;

    public Glob(string pattern)
    {
        Text = pattern;
        _pattern = Encoding.UTF8.GetBytes(pattern);
        IsLiteral = !pattern.Contains('*', StringComparison.Ordinal);
        int star = _pattern.AsSpan().IndexOf((byte)'*');
        Prefix = _pattern[..(star < 0 ? _pattern.Length : star)];
    }

    public string Text { get; }

    /// <summary>It holds no star.</summary>
    public bool IsLiteral { get; }

    /// <summary>What stands before the first star.</summary>
    public byte[] Prefix { get; }

    public bool Matches(ReadOnlySpan<byte> text)
    {
        if (IsLiteral)
            return text.SequenceEqual(_pattern);
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < _pattern.Length && _pattern[p] == (byte)'*')
            {
                star = p++;
                mark = t;
            }
            else if (p < _pattern.Length && _pattern[p] == text[t])
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }
        while (p < _pattern.Length && _pattern[p] == (byte)'*')
            p++;
        return p == _pattern.Length;
    }

    public bool Matches(string text)
    {
        Span<byte> bytes = text.Length <= 256 ? stackalloc byte[text.Length * 3] : new byte[text.Length * 3];
        return Matches(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }
}

/// <summary>
/// A pattern of a path: <c>*</c> stands for one segment or a part of it, <c>**</c> at the end for everything below (and the
/// folder itself).
/// </summary>
internal sealed class PathGlob
{
    private readonly Glob[] _segments;
    private readonly bool _below;

    public PathGlob(string pattern)
    {
        Text = pattern;
        _below = pattern.EndsWith("/**", StringComparison.Ordinal);
        string fixedPart = _below ? pattern[..^3] : pattern;
        _segments = fixedPart.Length == 0 ? [] : [.. fixedPart[1..].Split('/').Select(s => new Glob(s))];
    }

    public string Text { get; }

    /// <summary>Whether a text can be a path's pattern.</summary>
    public static bool IsValid(string pattern) =>
        pattern.StartsWith('/') && !pattern.Contains("//", StringComparison.Ordinal) && !pattern.AsSpan(0, Math.Max(0, pattern.Length - 3)).Contains("**", StringComparison.Ordinal)
        && (!pattern.EndsWith("**", StringComparison.Ordinal) || pattern.EndsWith("/**", StringComparison.Ordinal));

    public bool Matches(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path[0] != (byte)'/')
            return false;
        path = path[1..];
        int segment = 0;
        bool more = true;
        while (more && segment < _segments.Length)
        {
            int slash = path.IndexOf((byte)'/');
            more = slash >= 0;
            if (!_segments[segment++].Matches(more ? path[..slash] : path))
                return false;
            path = more ? path[(slash + 1)..] : default;
        }
        return segment == _segments.Length && (_below || !more || _segments.Length == 0 && path.IsEmpty);
    }
}
