namespace EnvoyExtAuthz.Identity;

/// <summary>
/// A SPIFFE ID: <c>spiffe://trust-domain/path</c>. Parsed strictly (SPIFFE-ID §2): the scheme in lower case, the trust domain
/// of <c>[a-z0-9.-_]</c> and at most 255 bytes, path segments of <c>[a-zA-Z0-9.-_]</c>, none empty, none of dots alone, no
/// trailing slash; no port, user, query, fragment or percent-encoding; at most 2048 bytes in all. Compared byte by byte.
/// </summary>
public readonly record struct SpiffeId
{
    /// <summary>Longest ID, bytes.</summary>
    public const int MaxLength = 2048;

    private const string Scheme = "spiffe://";
    private readonly string? _text;
    private readonly int _pathStart;

    private SpiffeId(string text, int pathStart)
    {
        _text = text;
        _pathStart = pathStart;
    }

    /// <summary>The trust domain's name.</summary>
    public string TrustDomain => _text is null ? "" : _text[Scheme.Length.._pathStart];

    /// <summary>The path with its leading slash; empty for a trust domain's own ID.</summary>
    public string Path => _text is null ? "" : _text[_pathStart..];

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    /// <summary>Parses an ID.</summary>
    /// <returns>False if the text is not exactly one.</returns>
    public static bool TryParse(string? text, out SpiffeId id)
    {
        id = default;
        if (text is null || text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        int slash = text.IndexOf('/', Scheme.Length);
        int pathStart = slash < 0 ? text.Length : slash;
        if (!IsTrustDomain(text.AsSpan(Scheme.Length, pathStart - Scheme.Length)) || !IsPath(text.AsSpan(pathStart)))
            return false;
        id = new SpiffeId(text, pathStart);
        return true;
    }

    /// <summary>Whether a name can be a trust domain's.</summary>
    public static bool IsTrustDomain(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Length > 255)
            return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-' or '_'))
                return false;
        }
        return true;
    }

    /// <summary>The same ID in another trust domain.</summary>
    /// <param name="trustDomain">A valid name.</param>
    public SpiffeId InTrustDomain(string trustDomain)
    {
        string text = Scheme + trustDomain + Path;
        return new SpiffeId(text, Scheme.Length + trustDomain.Length);
    }

    /// <summary>Takes Istio's form apart: <c>/ns/NAMESPACE/sa/SERVICE-ACCOUNT</c>, exactly.</summary>
    public bool TryGetServiceAccount(out string ns, out string serviceAccount)
    {
        ns = serviceAccount = "";
        string[] parts = Path.Split('/');
        if (parts is not ["", "ns", _, "sa", _])
            return false;
        ns = parts[2];
        serviceAccount = parts[4];
        return true;
    }

    private static bool IsPath(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty)
            return true;
        foreach (Range range in path[1..].Split('/'))
        {
            ReadOnlySpan<char> segment = path[1..][range];
            if (segment.IsEmpty || segment is "." or "..")
                return false;
            foreach (char c in segment)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))
                    return false;
            }
        }
        return true;
    }
}
