using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Where folded text is written: characters are composed with the marks that follow (NFC), and the last base character is
/// known, by which marks and joiners behind it are judged.
/// </summary>
/// <param name="into">The room there is.</param>
/// <param name="skeleton">Whether 0 is written as o, and 1 and | as l.</param>
internal ref struct FoldOutput(Span<byte> into, bool skeleton)
{
    private const int MaxMarks = 2;
    private const int MaxScriptMarks = 8;
    private readonly Span<byte> _into = into;
    private int _starter;
    private int _starterAt;
    private int _marks;

    /// <summary>Bytes written.</summary>
    public int Written { get; private set; }

    /// <summary>Whether something did not fit; nothing may be written then.</summary>
    public bool Cut { get; private set; }

    /// <summary>What the last base character is.</summary>
    public FoldClass Base { get; private set; }

    /// <summary>The room that is left.</summary>
    public readonly Span<byte> Room => _into[Written..];

    /// <summary>Takes back what was written from a place on.</summary>
    public void Rewind(int to) => Written = to;

    /// <summary>Counts bytes that were written to <see cref="Room"/> directly.</summary>
    public void Advance(int bytes) => Written += bytes;

    /// <summary>Says that something did not fit.</summary>
    public void Stop() => Cut = true;

    /// <summary>Writes printable ASCII in lower case, as far as it fits.</summary>
    /// <returns>Bytes written.</returns>
    public int PutPlain(scoped ReadOnlySpan<byte> ascii)
    {
        int length = Math.Min(ascii.Length, _into.Length - Written);
        Cut = length < ascii.Length;
        if (length == 0)
            return 0;
        Ascii.ToLower(ascii[..length], Room, out _);
        Written += length;
        SetBase(_into[Written - 1], Written - 1, char.IsAsciiLetterOrDigit((char)ascii[length - 1]) ? FoldClass.Latin : FoldClass.Other);
        return length;
    }

    /// <summary>Writes one folded byte of ASCII.</summary>
    public void PutAscii(byte lower, FoldClass kind)
    {
        SetBase(lower, Written, kind);
        Put([lower]);
    }

    /// <summary>Writes a character.</summary>
    /// <param name="codePoint">The character as it came.</param>
    /// <param name="written">Its bytes.</param>
    /// <param name="kind">Its class.</param>
    public void PutBase(int codePoint, scoped ReadOnlySpan<byte> written, FoldClass kind)
    {
        ReadOnlySpan<byte> map = FoldData.Map(codePoint);
        if (map.IsEmpty)
            PutBase(codePoint, written.Length, written, kind);
        else if (Rune.DecodeLastFromUtf8(map, out Rune last, out int length) == OperationStatus.Done)
            PutBase(last.Value, length, map, kind);
    }

    /// <summary>Writes a combining mark, if a language could have put it there.</summary>
    /// <param name="codePoint">The mark as it came.</param>
    /// <param name="written">Its bytes.</param>
    /// <param name="kind">Its class.</param>
    /// <returns>False if it was left out.</returns>
    public bool PutMark(int codePoint, scoped ReadOnlySpan<byte> written, FoldClass kind)
    {
        // A few marks fold to two.
        scoped ReadOnlySpan<byte> mark = FoldData.Map(codePoint);
        if (mark.IsEmpty)
            mark = written;
        if (kind == FoldClass.Enclosing || ++_marks > (kind == FoldClass.Mark ? MaxMarks : MaxScriptMarks))
            return false;
        while (!mark.IsEmpty)
        {
            _ = Rune.DecodeFromUtf8(mark, out Rune rune, out int length);
            if (!Join(rune.Value))
            {
                // What makes no letter with a Latin one strikes it through, or is a stack.
                if (Base == FoldClass.Latin && kind == FoldClass.Mark)
                    return false;
                _starter = 0;
                Put(mark[..length]);
            }
            mark = mark[length..];
        }
        return true;
    }

    /// <summary>Writes bytes, or none where not all fit.</summary>
    public void Put(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _into.Length - Written || Cut)
        {
            Cut = true;
            return;
        }
        Span<byte> to = _into.Slice(Written, bytes.Length);
        bytes.CopyTo(to);
        Written += bytes.Length;
        if (!skeleton)
            return;
        foreach (ref byte b in to)
            b = b switch { (byte)'0' => (byte)'o', (byte)'1' or (byte)'|' => (byte)'l', _ => b };
    }

    private void PutBase(int last, int lastLength, scoped ReadOnlySpan<byte> folded, FoldClass kind)
    {
        // Hangul vowels and finals, and kana's half-width voice marks, are letters that join the one before.
        bool joins = last is (>= 0x1161 and <= 0x11C2) or 0x3099 or 0x309A && lastLength == folded.Length;
        if (joins && Join(last))
            return;
        SetBase(last, Written + folded.Length - lastLength, kind);
        Put(folded);
    }

    /// <summary>Replaces the last base character by what it makes with another.</summary>
    private bool Join(int second)
    {
        int composed = _starter == 0 ? 0 : FoldData.Compose(_starter, second);
        if (composed == 0)
            return false;
        Span<byte> utf8 = stackalloc byte[4];
        Written = _starterAt;
        _starter = composed;
        Put(utf8[..new Rune(composed).EncodeToUtf8(utf8)]);
        return true;
    }

    private void SetBase(int starter, int at, FoldClass kind)
    {
        _starter = starter;
        _starterAt = at;
        Base = kind;
        _marks = 0;
    }
}
