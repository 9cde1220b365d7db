using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// One folding of one text, from left to right. A word is written as its own script has it; where its end shows that it mixes
/// scripts, it is read a second time, with look-alikes replaced. So every byte is read at most twice.
/// </summary>
internal ref struct Folding
{
    /// <summary>How far behind a word the script of the words before it is looked for in ASCII.</summary>
    private const int ContextBytes = 32;

    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [(byte)'\t', (byte)'\n', (byte)'\r', .. Enumerable.Range(' ', 0x7F - ' ').Select(b => (byte)b).Where(b => b != '\\')]);

    private readonly ReadOnlySpan<byte> _text;
    private readonly bool _skeleton;
    private FoldOutput _output;
    private FoldTally _tally;
    private int _at;
    private bool _substitute;
    private bool _inWord;
    private FoldWord _word;
    private FoldClass _context;

    public Folding(ReadOnlySpan<byte> text, Span<byte> into, bool skeleton)
    {
        _text = text;
        _output = new FoldOutput(into, skeleton);
        _skeleton = _substitute = skeleton;
        _context = FoldClass.Latin;
    }

    /// <summary>A word's second reading finds nothing that its first did not.</summary>
    private readonly bool Counting => !_substitute || _skeleton;

    public int Run(out FoldFacts facts)
    {
        while (Going(_text.Length))
        {
            if (!_inWord && !_skeleton)
                CopyPlain();
            if (Going(_text.Length))
                Step();
        }
        CloseWord();
        if (_tally.Hidden > 0 && !_skeleton)
            AppendHidden();
        if (_output.Cut)
            _tally.Note(FoldSigns.Cut);
        facts = _tally.Facts;
        return _output.Written;
    }

    private readonly bool Going(int end) => _at < end && !_output.Cut;

    /// <summary>Copies printable ASCII, and opens a word where it ends in the middle of one.</summary>
    private void CopyPlain()
    {
        ReadOnlySpan<byte> rest = _text[_at..];
        int length = rest.IndexOfAnyExcept(Plain);
        length = _output.PutPlain(length < 0 ? rest : rest[..length]);
        ReadOnlySpan<byte> run = rest[..length];
        _at += length;
        for (int i = length - 1; i >= Math.Max(0, length - ContextBytes); i--)
        {
            if (char.IsAsciiLetter((char)run[i]))
            {
                _context = FoldClass.Latin;
                break;
            }
        }
        int word = 0;
        while (word < length && char.IsAsciiLetterOrDigit((char)run[length - 1 - word]))
            word++;
        if (word == 0 || _at == _text.Length)
            return;
        OpenWord(_at - word, _output.Written - word);
        foreach (byte b in run[^word..])
            _word.Count(char.IsAsciiLetter((char)b) ? FoldClass.Latin : FoldClass.Digit, FoldFlags.None);
    }

    /// <summary>Reads one character or sequence.</summary>
    private void Step()
    {
        byte b = _text[_at];
        if (b < 0x80)
        {
            StepAscii(b);
        }
        else if (Rune.DecodeFromUtf8(_text[_at..], out Rune rune, out int length) == OperationStatus.Done)
        {
            StepRune(rune.Value, length);
        }
        else
        {
            CloseWord();
            Note(FoldSigns.NotUtf8);
            _at += length;
            _output.PutAscii((byte)'?', FoldClass.Other);
        }
    }

    private void StepAscii(byte b)
    {
        if (b is 0x1B or (byte)'\\' && TerminalEscape.Length(_text[_at..]) is > 0 and int escape)
        {
            Note(FoldSigns.Escapes);
            _at += escape;
            return;
        }
        if (b == 0x7F || (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r')))
        {
            Note(FoldSigns.Controls);
            _at++;
            return;
        }
        bool inWord = char.IsAsciiLetterOrDigit((char)b);
        if (!inWord)
            CloseWord();
        else if (!_inWord)
            OpenWord(_at, _output.Written);
        if (char.IsAsciiLetter((char)b))
            _word.Count(FoldClass.Latin, FoldFlags.None);
        _at++;
        _output.PutAscii(b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b, inWord ? FoldClass.Latin : FoldClass.Other);
    }

    private void StepRune(int codePoint, int length)
    {
        (FoldClass kind, FoldFlags flags) = FoldData.Classify(codePoint);
        ReadOnlySpan<byte> written = _text.Slice(_at, length);
        switch (kind)
        {
            case >= FoldClass.Digit and <= FoldClass.Alphabet:
                Letter(codePoint, written, kind, flags);
                break;
            case FoldClass.Mark or FoldClass.Enclosing or FoldClass.ScriptMark:
                Mark(codePoint, written, kind);
                break;
            case FoldClass.Tag or FoldClass.Selector or FoldClass.Bit:
                Hidden(kind);
                return;
            case FoldClass.Control:
                bool escape = codePoint == 0x9B;
                Note(escape ? FoldSigns.Escapes : FoldSigns.Controls);
                length = escape ? TerminalEscape.Length(_text[_at..]) : length;
                break;
            case FoldClass.Invisible:
                // A byte-order mark at the very beginning is how some files begin.
                if (codePoint != 0xFEFF || _at > 0)
                    NoteInvisible();
                break;
            case FoldClass.Joiner:
                if (_output.Base is FoldClass.Digit or (>= FoldClass.Latin and <= FoldClass.Alphabet))
                    NoteInvisible();
                break;
            case FoldClass.BidiMark:
                break;
            case FoldClass.BidiControl:
                Note(FoldSigns.Bidi);
                break;
            case FoldClass.BidiOverride:
                Note(FoldSigns.Bidi | FoldSigns.BidiOverride);
                break;
            case FoldClass.Private or FoldClass.Other:
            default:
                if (kind == FoldClass.Private)
                    Note(FoldSigns.PrivateUse);
                CloseWord();
                _output.PutBase(codePoint, written, kind);
                break;
        }
        _at += length;
    }

    private void Letter(int codePoint, ReadOnlySpan<byte> written, FoldClass kind, FoldFlags flags)
    {
        if (!_inWord)
            OpenWord(_at, _output.Written);
        _word.Count(kind, flags);
        if ((flags & FoldFlags.Styled) != 0 && Counting)
            _tally.StyledOne();
        byte lookalike = _substitute && (flags & (FoldFlags.Close | FoldFlags.Loose)) != 0 ? FoldData.Lookalike(codePoint) : (byte)0;
        if (lookalike == 0)
        {
            _output.PutBase(codePoint, written, kind);
            return;
        }
        if (kind != FoldClass.Latin)
            _tally.SubstitutedOne();
        _output.PutAscii(lookalike, FoldClass.Latin);
    }

    private void Mark(int codePoint, ReadOnlySpan<byte> written, FoldClass kind)
    {
        bool accent = _substitute && _output.Base == FoldClass.Latin && kind == FoldClass.Mark;
        if (!accent && !_output.PutMark(codePoint, written, kind) && Counting)
            _tally.MarkRemoved();
    }

    private void Hidden(FoldClass kind)
    {
        int bytes = HiddenText.Read(_text, _at, default, out _at);
        if (bytes > 0 && Counting)
            _tally.HiddenBytes(bytes);
        else if (kind == FoldClass.Bit)
            NoteInvisible();
    }

    private void AppendHidden()
    {
        _output.Put("\n"u8);
        if (_output.Room.Length < _tally.Hidden)
            _output.Stop();
        _output.Advance(HiddenText.ReadAll(_text, _output.Room));
    }

    private void OpenWord(int at, int into)
    {
        _inWord = true;
        _word = new FoldWord(at, into);
    }

    /// <summary>Judges the word that ends here, and reads it again if it passes for another.</summary>
    private void CloseWord()
    {
        if (!_inWord)
            return;
        _inWord = false;
        FoldWordKind kind = _skeleton ? FoldWordKind.Plain : _word.Judge(ref _context);
        if (kind == FoldWordKind.Plain)
            return;
        if (kind == FoldWordKind.Mixed)
            _tally.MixedWord();
        int end = _at;
        _at = _word.At;
        _output.Rewind(_word.Into);
        _substitute = _inWord = true;
        while (Going(end))
            Step();
        _substitute = _inWord = false;
    }

    private void Note(FoldSigns signs)
    {
        if (Counting)
            _tally.Note(signs);
    }

    private void NoteInvisible()
    {
        if (Counting)
            _tally.InvisibleOne();
    }
}
