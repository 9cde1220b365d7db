using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// One pass over one text. Notes whether an attempt read past the text's end: then more text could change its outcome, and
/// everything from where its finding would start is not settled.
/// </summary>
internal ref struct Sweep
{
    private readonly int _from;
    private readonly ScanPlan _plan;
    private readonly List<Finding> _into;
    private bool _reachedEnd;
    private int _mayStartAt;
    private ContextKind _context;
    private int _contextStart;
    private int _contextEnd;

    /// <summary>Starts a pass.</summary>
    /// <param name="text">Context and text.</param>
    /// <param name="from">Findings that start before are not reported.</param>
    /// <param name="plan">What to look for.</param>
    /// <param name="into">Takes what is found, unordered.</param>
    public Sweep(ReadOnlySpan<byte> text, int from, ScanPlan plan, List<Finding> into)
    {
        Text = text;
        _from = from;
        _plan = plan;
        _into = into;
        Unsettled = text.Length;
    }

    /// <summary>The text; to read ahead, use <see cref="At"/> and <see cref="Run"/>.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Where the part begins that more text could change.</summary>
    public int Unsettled { get; private set; }

    /// <summary>Bytes read ahead so far.</summary>
    public long Reads { get; private set; }

    /// <summary>The byte at a place, or -1 past the end.</summary>
    public int At(int at)
    {
        Reads++;
        if ((uint)at < (uint)Text.Length)
            return Text[at];
        _reachedEnd = true;
        return -1;
    }

    /// <summary>The byte before a place, or -1 at the beginning.</summary>
    public readonly int Before(int at) => at > 0 ? Text[at - 1] : -1;

    /// <summary>The end of the run of some bytes from a place on, at most so many.</summary>
    public int Run(int from, SearchValues<byte> of, int most)
    {
        if (from >= Text.Length)
        {
            _reachedEnd = true;
            return from;
        }
        ReadOnlySpan<byte> rest = Text.Slice(from, Math.Min(most, Text.Length - from));
        int length = rest.IndexOfAnyExcept(of);
        Reads += length >= 0 ? length : rest.Length;
        if (length >= 0)
            return from + length;
        _reachedEnd |= rest.Length < most;
        return from + rest.Length;
    }

    /// <summary>Whether a word stands at a place, ASCII case ignored.</summary>
    public bool Follows(int at, ReadOnlySpan<byte> word)
    {
        int length = Math.Min(word.Length, Math.Max(0, Text.Length - at));
        ReadOnlySpan<byte> there = Text.Slice(Math.Min(at, Text.Length), length);
        // The comparison without case is false for anything beyond ASCII, equal or not.
        if (!there.SequenceEqual(word[..length]) && !Ascii.EqualsIgnoreCase(there, word[..length]))
            return false;
        _reachedEnd |= length < word.Length;
        return length == word.Length;
    }

    /// <summary>
    /// Whether a token can begin at a place: no letter, digit or underscore touches it from the left. An escape's last letter
    /// (<c>\n</c>, <c>%3D</c>) is not part of a word: texts often come escaped once more than they were read.
    /// </summary>
    public readonly bool BeginsToken(int at)
    {
        if (at == 0 || !Alphabets.Word.Contains(Text[at - 1]))
            return true;
        if (at >= 2 && Text[at - 2] == (byte)'\\' && Text[at - 1] is (byte)'n' or (byte)'r' or (byte)'t')
            return true;
        return at >= 3 && Text[at - 3] == (byte)'%' && Alphabets.Hex.Contains(Text[at - 2]) && Alphabets.Hex.Contains(Text[at - 1]);
    }

    /// <summary>Whether a token can end at a place: what follows is no letter, digit or underscore.</summary>
    public bool EndsToken(int at) => At(at) is var next && (next < 0 || !Alphabets.Word.Contains((byte)next));

    /// <summary>Says that the finding under attempt would start here, so that nothing before waits for it.</summary>
    public void MayStartAt(int at) => _mayStartAt = at;

    /// <summary>Whether a plan wants a kind.</summary>
    public readonly bool Wants(FindingKind kind) => _plan.Wants(kind.Id);

    /// <summary>Whether a plan wants anything that an anchor may lead to.</summary>
    public readonly bool WantsAnchor(int anchor) => _plan.Anchors[anchor];

    /// <summary>Begins an attempt whose finding would start at a place.</summary>
    public void Begin(int at)
    {
        _mayStartAt = at;
        _reachedEnd = false;
    }

    /// <summary>Ends an attempt.</summary>
    public void End()
    {
        if (_reachedEnd && _mayStartAt < Unsettled)
            Unsettled = Math.Max(_mayStartAt, _from);
    }

    /// <summary>Takes a finding, unless the plan does not want it at that score.</summary>
    public readonly void Report(FindingKind kind, int start, int end, float score, bool example = false)
    {
        if (start >= _from && end > start && score >= _plan.Threshold(kind.Id))
            _into.Add(new Finding(kind.Id, start, end - start, score, example));
    }

    /// <summary>Remembers a word that says what a number after it is.</summary>
    public void Note(ContextKind context, int start, int end)
    {
        // Words that end together come longest first: "tax id" is not an "id".
        if (end == _contextEnd && start > _contextStart)
            return;
        if (context == ContextKind.Identifier)
        {
            // "Aadhaar id" is an Aadhaar; "card id" and "phone id" are neither card nor telephone.
            if (_context >= ContextKind.FirstNational && start >= _contextEnd && start - _contextEnd <= 1)
            {
                _contextEnd = end;
                return;
            }
            context = ContextKind.Other;
        }
        _context = context;
        _contextStart = start;
        _contextEnd = end;
    }

    /// <summary>Whether no letter stands between the word that <see cref="ContextAt"/> tells of and a place.</summary>
    public readonly bool ContextTouches(int at) => Text[_contextEnd..at].IndexOfAny(Alphabets.Alphabetic) < 0;

    /// <summary>
    /// What the nearest word before a place says it is: <see cref="ContextKind.None"/> when there is none within reach or a line
    /// ends between.
    /// </summary>
    public readonly ContextKind ContextAt(int at)
    {
        // The word itself and the byte before it must be within the context that callers keep, or the answer would depend on cuts.
        if (_context == ContextKind.None || _contextEnd > at || at - _contextStart >= Recognisers.ContextBytes || at - _contextEnd > ContextWords.Reach)
            return ContextKind.None;
        return Text[_contextEnd..at].IndexOf((byte)'\n') >= 0 ? ContextKind.None : _context;
    }
}
