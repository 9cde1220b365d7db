using System.Text;

namespace EnvoyExtAuthz.Detection.Networks;

/// <summary>
/// SentencePiece's unigram segmentation (Kudo 2018, arXiv 1804.10959): code points are replaced one by one, runs of spaces become
/// one, each space begins a word, and each word is cut into the pieces with the highest sum of scores. Words longer than
/// <see cref="LongestWord"/> bytes (scripts without spaces) are cut there first, so time is linear in the text. One
/// instance serves one caller at a time; nothing is allocated.
/// </summary>
/// <param name="table">The vocabulary.</param>
internal sealed class UnigramTokenizer(PieceTable table)
{
    /// <summary>Longest stretch that is segmented as one, in bytes.</summary>
    public const int LongestWord = 1024;

    private const int Unknown = 3;
    private static ReadOnlySpan<byte> Space => "\u2581"u8;

    private readonly byte[] _word = new byte[LongestWord + 64];
    private readonly float[] _best = new float[LongestWord + 65];
    private readonly int[] _from = new int[LongestWord + 65];
    private readonly int[] _piece = new int[LongestWord + 65];
    private readonly int[] _pieces = new int[LongestWord + 65];

    /// <summary>Takes pieces.</summary>
    public interface ISink
    {
        /// <summary>Takes the next piece.</summary>
        void Add(int piece);
    }

    /// <summary>Segments a text.</summary>
    /// <param name="text">UTF-8; what is malformed reads as U+FFFD.</param>
    /// <param name="sink">Gets the pieces in order.</param>
    public void Segment<TSink>(ReadOnlySpan<byte> text, ref TSink sink)
        where TSink : struct, ISink
    {
        int length = 0;
        bool spaceBefore = false, begun = false;
        while (!text.IsEmpty)
        {
            byte first = text[0];
            if (first is > 0x20 and < 0x7F)
            {
                text = text[1..];
                Put([first], ref length, ref spaceBefore, ref begun, ref sink);
                continue;
            }
            Rune.DecodeFromUtf8(text, out Rune rune, out int consumed);
            ReadOnlySpan<byte> itself = text[..consumed];
            text = text[consumed..];
            if (rune.Value == 0xFFFD)
                itself = "\uFFFD"u8;
            Put(table.TryReplace(rune.Value, out ReadOnlySpan<byte> replacement) ? replacement : itself, ref length, ref spaceBefore, ref begun, ref sink);
        }
        if (spaceBefore)
        {
            Flush(ref length, ref sink);
            Space.CopyTo(_word);
            length = Space.Length;
        }
        Flush(ref length, ref sink);
    }

    private void Put<TSink>(ReadOnlySpan<byte> characters, ref int length, ref bool spaceBefore, ref bool begun, ref TSink sink)
        where TSink : struct, ISink
    {
        while (!characters.IsEmpty)
        {
            if (characters[0] == (byte)' ')
            {
                spaceBefore = true;
                characters = characters[1..];
                continue;
            }
            int size = SizeOf(characters[0]);
            // A text begins with a space, its own or one put in front. The space's own sign is a space too.
            if (spaceBefore || !begun || characters.StartsWith(Space))
            {
                Flush(ref length, ref sink);
                if (!characters.StartsWith(Space) || spaceBefore)
                {
                    Space.CopyTo(_word);
                    length = Space.Length;
                    if (characters.StartsWith(Space))
                        Flush(ref length, ref sink);
                }
                spaceBefore = false;
                begun = true;
            }
            if (length + size > LongestWord)
                Flush(ref length, ref sink);
            size = Math.Min(size, characters.Length);
            characters[..size].CopyTo(_word.AsSpan(length));
            length += size;
            characters = characters[size..];
        }
    }

    /// <summary>Segments the word that was gathered.</summary>
    private void Flush<TSink>(ref int length, ref TSink sink)
        where TSink : struct, ISink
    {
        if (length == 0)
            return;
        ReadOnlySpan<byte> word = _word.AsSpan(0, length);
        _best.AsSpan(0, length + 1).Fill(float.NegativeInfinity);
        _best[0] = 0;
        for (int i = 0; i < length; i += SizeOf(word[i]))
        {
            float so = _best[i];
            int node = 0;
            for (int e = i; e < length && (node = table.Child(node, word[e])) != 0; e++)
            {
                if (table.TryPiece(node, out int piece, out float score) && so + score > _best[e + 1])
                    (_best[e + 1], _from[e + 1], _piece[e + 1]) = (so + score, i, piece);
            }
            int next = Math.Min(i + SizeOf(word[i]), length);
            if (so + table.UnknownScore > _best[next])
                (_best[next], _from[next], _piece[next]) = (so + table.UnknownScore, i, Unknown);
        }
        int count = 0;
        for (int end = length; end > 0; end = _from[end])
            _pieces[count++] = _piece[end];
        length = 0;
        int before = -1;
        while (count > 0)
        {
            int piece = _pieces[--count];
            // Neighbouring unknowns of a word are one.
            if (piece != Unknown || before != Unknown)
                sink.Add(piece);
            before = piece;
        }
    }

    private static int SizeOf(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}
