namespace EnvoyExtAuthz.Text;

/// <summary>A word that an <see cref="AhoCorasick"/> looks for.</summary>
/// <param name="Bytes">The word; ASCII letters match in either case.</param>
/// <param name="Awaited">Whether a text that ends inside this word counts for <see cref="AhoCorasick.Awaited"/>.</param>
public readonly record struct AhoCorasickWord(ReadOnlyMemory<byte> Bytes, bool Awaited);

/// <summary>
/// A deterministic automaton that finds all occurrences of many words in one pass over bytes, one table look-up a byte,
/// whatever the text (A. Aho, M. Corasick, CACM 18, 1975). ASCII case is ignored; whoever needs it exact compares again.
/// Immutable and thread-safe.
/// </summary>
public sealed class AhoCorasick
{
    // A target state with this bit set ends a word: one look-up tells both.
    private const ushort EndsWord = 0x8000;

    private readonly byte[] _classes = new byte[256];
    private readonly int _width;
    private readonly ushort[] _next;
    private readonly int[] _matchStart;
    private readonly ushort[] _matches;
    private readonly byte[] _awaited;

    /// <summary>Builds the automaton.</summary>
    /// <param name="words">1 to 65,535 words of 1 to 255 bytes; together fewer than 32,768 bytes.</param>
    /// <exception cref="ArgumentException">A word is empty or too long, or there are too many.</exception>
    public AhoCorasick(IReadOnlyList<AhoCorasickWord> words)
    {
        int total = 0;
        foreach (AhoCorasickWord word in words)
        {
            if (word.Bytes.Length is 0 or > byte.MaxValue)
                throw new ArgumentException("A word has 1 to 255 bytes.", nameof(words));
            total += word.Bytes.Length;
        }
        if (words.Count is 0 or > ushort.MaxValue || total >= EndsWord)
            throw new ArgumentException("Words are too many or too long together.", nameof(words));

        _width = Classify(words);
        var children = new List<ushort[]> { new ushort[_width] };
        var ends = new List<List<ushort>> { new() };
        var depths = new List<(int Depth, bool Awaited)> { (0, false) };
        for (int i = 0; i < words.Count; i++)
        {
            int node = 0;
            ReadOnlySpan<byte> bytes = words[i].Bytes.Span;
            for (int j = 0; j < bytes.Length; j++)
            {
                byte cls = _classes[bytes[j]];
                if (children[node][cls] == 0)
                {
                    children[node][cls] = (ushort)children.Count;
                    children.Add(new ushort[_width]);
                    ends.Add([]);
                    depths.Add((j + 1, false));
                }
                node = children[node][cls];
                // At its last byte the word is no longer awaited: it has come.
                if (words[i].Awaited && j + 1 < bytes.Length)
                    depths[node] = (j + 1, true);
            }
            ends[node].Add((ushort)i);
        }

        _awaited = Connect(children, ends, depths);
        _next = new ushort[children.Count * _width];
        for (int node = 0; node < children.Count; node++)
        {
            for (int cls = 0; cls < _width; cls++)
            {
                ushort target = children[node][cls];
                _next[(node * _width) + cls] = ends[target].Count > 0 ? (ushort)(target | EndsWord) : target;
            }
        }
        _matchStart = new int[children.Count + 1];
        for (int node = 0; node < children.Count; node++)
            _matchStart[node + 1] = _matchStart[node] + ends[node].Count;
        _matches = [.. ends.SelectMany(e => e)];
    }

    /// <summary>The state before any byte.</summary>
    public const int Start = 0;

    /// <summary>Goes on to the next place where a word ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to go on: 0, or what the last call returned.</param>
    /// <param name="state">The state there; becomes the state after.</param>
    /// <returns>The place after a byte with which words end (<see cref="Matches"/> tells which), or -1 when the text has been read.</returns>
    public int FindNext(ReadOnlySpan<byte> text, int from, ref int state)
    {
        ReadOnlySpan<byte> classes = _classes;
        ReadOnlySpan<ushort> next = _next;
        int width = _width;
        int at = state;
        for (int i = from; i < text.Length; i++)
        {
            int target = next[(at * width) + classes[text[i]]];
            at = target & ~EndsWord;
            if (target >= EndsWord)
            {
                state = at;
                return i + 1;
            }
        }
        state = at;
        return -1;
    }

    /// <summary>Indices of the words that end here, longest first.</summary>
    public ReadOnlySpan<ushort> Matches(int state)
    {
        int from = _matchStart[state];
        return _matches.AsSpan(from, _matchStart[state + 1] - from);
    }

    /// <summary>How many bytes at the end of the text so far begin an awaited word that has not ended; 0 where none.</summary>
    public int Awaited(int state) => _awaited[state];

    private int Classify(IReadOnlyList<AhoCorasickWord> words)
    {
        // Class 0 is every byte that is in no word. Both cases of a letter share a class.
        int count = 1;
        foreach (AhoCorasickWord word in words)
        {
            foreach (byte b in word.Bytes.Span)
            {
                if (_classes[b] != 0)
                    continue;
                _classes[b] = (byte)count++;
                if (b is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z'))
                    _classes[b ^ 0x20] = _classes[b];
            }
        }
        return count;
    }

    /// <summary>Turns the trie into an automaton, breadth first, so that a node's failure is ready before the node.</summary>
    private byte[] Connect(List<ushort[]> children, List<List<ushort>> ends, List<(int Depth, bool Awaited)> depths)
    {
        var failure = new int[children.Count];
        var awaited = new byte[children.Count];
        var queue = new Queue<int>();
        for (int cls = 0; cls < _width; cls++)
        {
            if (children[0][cls] != 0)
                queue.Enqueue(children[0][cls]);
        }
        while (queue.TryDequeue(out int node))
        {
            int fallback = failure[node];
            ends[node].AddRange(ends[fallback]);
            awaited[node] = depths[node].Awaited ? (byte)depths[node].Depth : awaited[fallback];
            for (int cls = 0; cls < _width; cls++)
            {
                int child = children[node][cls];
                if (child == 0)
                {
                    children[node][cls] = children[fallback][cls];
                    continue;
                }
                failure[child] = children[fallback][cls];
                queue.Enqueue(child);
            }
        }
        return awaited;
    }
}
