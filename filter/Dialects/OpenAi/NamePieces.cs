namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// The pieces of tool names that one choice of a stream sent, in order. Clients put them together differently: by id, by
/// index or by position; joining pieces, or taking the first or the last (openai npm replaces a name that comes again, the
/// Python SDK joins). Whatever a client does, what it ends up with is some of the pieces joined in order. So each offered
/// tool whose name can be made that way is a tool that may be called.
/// </summary>
internal sealed class NamePieces
{
    private const int MaxPieces = 256;
    private const int LongestName = 256;
    private readonly List<byte[]> _pieces = [];

    /// <summary>How many there are.</summary>
    public int Count => _pieces.Count;

    /// <summary>Takes the next piece.</summary>
    /// <returns>False if there are too many to judge.</returns>
    public bool Add(ReadOnlySpan<byte> piece)
    {
        // A name repeated with every fragment: what holds for three in a row holds for any number.
        if (_pieces.Count >= 3 && piece.SequenceEqual(_pieces[^1]) && piece.SequenceEqual(_pieces[^2]) && piece.SequenceEqual(_pieces[^3]))
            return true;
        if (_pieces.Count == MaxPieces)
            return false;
        _pieces.Add(piece.ToArray());
        return true;
    }

    /// <summary>Whether some of the pieces, joined in order, are a name.</summary>
    /// <param name="name">A tool's name; one longer than 256 bytes is never made.</param>
    public bool CanMake(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestName || name.IsEmpty)
            return false;
        // reached[i]: the first i bytes of the name can be made from the pieces so far.
        Span<bool> reached = stackalloc bool[LongestName + 1];
        reached.Clear();
        reached[0] = true;
        foreach (byte[] piece in _pieces)
        {
            for (int from = name.Length - piece.Length; from >= 0; from--)
            {
                if (reached[from] && name[from..].StartsWith(piece))
                    reached[from + piece.Length] = true;
            }
        }
        return reached[name.Length];
    }
}
