using System.Runtime.InteropServices;

namespace EnvoyExtAuthz.Detection.Networks;

/// <summary>
/// The vocabulary of a unigram tokenizer, as <c>models/injection-network/export.py</c> writes it: pieces as a trie of bytes in
/// breadth-first order, their scores, and what single code points are replaced by. Read-only and thread-safe.
/// </summary>
internal sealed class PieceTable
{
    private const int NoPiece = -1;
    private static ReadOnlySpan<byte> Magic => "EXAPIEC1"u8;

    private readonly int[] _firstChild;
    private readonly int[] _piece;
    private readonly float[] _scores;
    private readonly int[] _codes;
    private readonly int[] _offsets;
    private readonly byte[] _labels;
    private readonly byte[] _replacements;
    private readonly int[] _rootChild = new int[256];

    private PieceTable(int[] firstChild, int[] piece, float[] scores, int[] codes, int[] offsets, byte[] labels, byte[] replacements, float unknownScore)
    {
        (_firstChild, _piece, _scores, _codes, _offsets, _labels, _replacements) = (firstChild, piece, scores, codes, offsets, labels, replacements);
        UnknownScore = unknownScore;
        for (int child = _firstChild[0]; child < _firstChild[1]; child++)
            _rootChild[_labels[child]] = child;
    }

    /// <summary>What a character costs that no piece covers.</summary>
    public float UnknownScore { get; }

    /// <summary>Pieces there are, those that match no text included.</summary>
    public int Count => _scores.Length;

    /// <summary>Reads a table.</summary>
    /// <exception cref="InvalidDataException">It is none, or is cut short.</exception>
    public static PieceTable Read(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Magic) || file.Length < Magic.Length + 16)
            throw new InvalidDataException("The piece table is none.");
        ReadOnlySpan<int> head = MemoryMarshal.Cast<byte, int>(file.Slice(Magic.Length, 12));
        (int nodes, int pieces, int codes) = (head[0], head[1], head[2]);
        float unknown = MemoryMarshal.Read<float>(file[(Magic.Length + 12)..]);
        ReadOnlySpan<byte> rest = file[(Magic.Length + 16)..];
        if (nodes is < 1 or > 1 << 22 || pieces is < 1 or > 1 << 20 || codes is < 0 or > 1 << 20)
            throw new InvalidDataException("The piece table's sizes are not plausible.");
        int[] firstChild = Take<int>(ref rest, nodes + 1), piece = Take<int>(ref rest, nodes);
        float[] scores = Take<float>(ref rest, pieces);
        int[] code = Take<int>(ref rest, codes), offsets = Take<int>(ref rest, codes + 1);
        byte[] labels = Take<byte>(ref rest, nodes);
        if (rest.Length != offsets[^1] || firstChild[^1] != nodes || piece.Any(p => p >= pieces))
            throw new InvalidDataException("The piece table is damaged.");
        return new PieceTable(firstChild, piece, scores, code, offsets, labels, rest.ToArray(), unknown);
    }

    /// <summary>The node below one by a byte; 0 if there is none.</summary>
    /// <param name="node">0 for the root.</param>
    /// <param name="label">The byte.</param>
    public int Child(int node, byte label)
    {
        if (node == 0)
            return _rootChild[label];
        int from = _firstChild[node];
        int at = _labels.AsSpan(from, _firstChild[node + 1] - from).IndexOf(label);
        return at < 0 ? 0 : from + at;
    }

    /// <summary>The piece that ends at a node, with its score.</summary>
    /// <returns>False if none does.</returns>
    public bool TryPiece(int node, out int piece, out float score)
    {
        piece = _piece[node];
        score = piece == NoPiece ? 0 : _scores[piece];
        return piece != NoPiece;
    }

    /// <summary>What a code point is replaced by.</summary>
    /// <returns>False if it stays.</returns>
    public bool TryReplace(int code, out ReadOnlySpan<byte> replacement)
    {
        int at = Array.BinarySearch(_codes, code);
        replacement = at < 0 ? default : _replacements.AsSpan(_offsets[at], _offsets[at + 1] - _offsets[at]);
        return at >= 0;
    }

    private static T[] Take<T>(ref ReadOnlySpan<byte> rest, int count)
        where T : unmanaged
    {
        int bytes = count * Marshal.SizeOf<T>();
        if (rest.Length < bytes)
            throw new InvalidDataException("The piece table is cut short.");
        T[] taken = MemoryMarshal.Cast<byte, T>(rest[..bytes]).ToArray();
        rest = rest[bytes..];
        return taken;
    }
}
