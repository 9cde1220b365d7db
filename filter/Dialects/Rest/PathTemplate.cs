using System.Text;

namespace EnvoyExtAuthz.Dialects.Rest;

/// <summary>A path template, cut into segments: each a literal, or a parameter that takes any one segment that is not empty.</summary>
internal sealed class PathTemplate
{
    private readonly byte[]?[] _segments;

    private PathTemplate(byte[]?[] segments) => _segments = segments;

    /// <summary>Reads a template such as <c>/orders/{id}</c> (OpenAPI 3.1 §4.8.8, parameters as whole segments).</summary>
    /// <returns>Null if it does not begin with a slash, or has a brace that is not a whole parameter's.</returns>
    public static PathTemplate? Parse(string path)
    {
        if (!path.StartsWith('/'))
            return null;
        var segments = new List<byte[]?>();
        foreach (string segment in path[1..].Split('/'))
        {
            bool isParameter = segment.Length > 2 && segment[0] == '{' && segment[^1] == '}';
            ReadOnlySpan<char> inner = isParameter ? segment.AsSpan(1, segment.Length - 2) : segment;
            if (inner.IndexOfAny('{', '}') >= 0)
                return null;
            segments.Add(isParameter ? null : Encoding.UTF8.GetBytes(segment));
        }
        return new PathTemplate([.. segments]);
    }

    /// <summary>Whether a path, normalised and without query, is one of the template's.</summary>
    public bool Matches(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
            return false;
        path = path[1..];
        for (int i = 0; i < _segments.Length; i++)
        {
            int slash = path.IndexOf((byte)'/');
            bool last = i == _segments.Length - 1;
            if (last != slash < 0)
                return false;
            ReadOnlySpan<byte> segment = last ? path : path[..slash];
            if (_segments[i] is { } literal ? !segment.SequenceEqual(literal) : segment.IsEmpty)
                return false;
            path = last ? default : path[(slash + 1)..];
        }
        return true;
    }

    /// <summary>
    /// Whether some path is matched by both, and neither is the more exact: then servers differ in which one they take.
    /// <c>/a/b</c> is more exact than <c>/a/{x}</c>; <c>/a/{x}</c> and <c>/{y}/b</c> contend for <c>/a/b</c>.
    /// </summary>
    public bool ContendsWith(PathTemplate other)
    {
        if (_segments.Length != other._segments.Length)
            return false;
        bool moreExact = false;
        bool lessExact = false;
        for (int i = 0; i < _segments.Length; i++)
        {
            byte[]? mine = _segments[i];
            byte[]? theirs = other._segments[i];
            if (mine is not null && theirs is not null)
            {
                if (!mine.AsSpan().SequenceEqual(theirs))
                    return false;
                continue;
            }
            moreExact |= mine is not null;
            lessExact |= theirs is not null;
        }
        return moreExact == lessExact;
    }

    /// <summary>Orders templates so that of two that match one path the more exact comes first.</summary>
    public static int MoreExactFirst(PathTemplate a, PathTemplate b)
    {
        for (int i = 0; i < Math.Min(a._segments.Length, b._segments.Length); i++)
        {
            int order = (a._segments[i] is null).CompareTo(b._segments[i] is null);
            if (order != 0)
                return order;
        }
        return a._segments.Length.CompareTo(b._segments.Length);
    }
}
