namespace EnvoyExtAuthz.Policy.Matching;

/// <summary>
/// A pattern of a path: <c>*</c> stands for a run within one segment; <c>/**</c> at the end for everything below, and the
/// folder itself.
/// </summary>
internal sealed class PathGlob
{
    private readonly Glob[] _segments;
    private readonly bool _below;

    /// <summary>Compiles a pattern; <see cref="IsValid"/> holds of it.</summary>
    public PathGlob(string pattern)
    {
        Text = pattern;
        _below = pattern.EndsWith("/**", StringComparison.Ordinal);
        string upper = _below ? pattern[..^3] : pattern;
        _segments = upper.Length == 0 ? [] : [.. upper[1..].Split('/').Select(s => new Glob(s))];
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Whether a text can be a path's pattern: what <see cref="Dialects.RequestPath"/> can give, with stars.</summary>
    public static bool IsValid(string pattern)
    {
        if (!Glob.IsValid(pattern) || pattern[0] != '/')
            return false;
        string upper = pattern.EndsWith("/**", StringComparison.Ordinal) ? pattern[..^3] : pattern;
        return !upper.Contains("**", StringComparison.Ordinal) && !pattern.Contains("//", StringComparison.Ordinal)
            && pattern.AsSpan().IndexOfAny("?#\\%") < 0 && !pattern.Split('/').Any(s => s is "." or "..");
    }

    /// <summary>Whether a normalised path without query is of the pattern.</summary>
    public bool Matches(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path[0] != (byte)'/')
            return false;
        path = path[1..];
        bool more = true;
        foreach (Glob segment in _segments)
        {
            if (!more)
                return false;
            int slash = path.IndexOf((byte)'/');
            more = slash >= 0;
            if (!segment.Matches(more ? path[..slash] : path))
                return false;
            path = more ? path[(slash + 1)..] : default;
        }
        return _below || !more;
    }

    /// <summary>Whether every path of another pattern is surely of this one; may miss some that are.</summary>
    public bool Covers(PathGlob other)
    {
        if (other._segments.Length < _segments.Length || (!_below && (other._below || other._segments.Length != _segments.Length)))
            return false;
        for (int i = 0; i < _segments.Length; i++)
        {
            if (!_segments[i].Covers(other._segments[i]))
                return false;
        }
        return true;
    }
}
