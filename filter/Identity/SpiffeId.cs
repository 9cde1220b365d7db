namespace EnvoyExtAuthz.Identity;

/// <summary>A SPIFFE ID, parsed strictly (SPIFFE-ID §2); compared byte by byte.</summary>
public readonly record struct SpiffeId
{
    private SpiffeId(string text, int pathStart)
    {
        Text = text;
        PathStart = pathStart;
    }

    private string Text { get; }

    private int PathStart { get; }

    /// <summary>The trust domain's name.</summary>
    public string TrustDomain => Text["spiffe://".Length..PathStart];

    /// <summary>The path with its leading slash; empty for a trust domain's own ID.</summary>
    public string Path => Text[PathStart..];

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Parses an ID.</summary>
    public static bool TryParse(string? text, out SpiffeId id)
    {
        id = default;
        if (text is null || !text.StartsWith("spiffe://", StringComparison.Ordinal))
            return false;
        int slash = text.IndexOf('/', "spiffe://".Length);
        id = new SpiffeId(text, slash < 0 ? text.Length : slash);
        return true;
    }
}
