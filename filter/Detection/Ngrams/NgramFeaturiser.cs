using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>
/// Turns folded UTF-8 into hashed features, chunk by chunk: each word, each pair and triple of neighbours, each pair around
/// one word, and each four code points of a word. Writing systems without spaces between words count each ideograph or kana
/// as a word. Digits are all alike, case does not count. One pass, no allocation, every byte of the text is in some feature.
/// </summary>
/// <param name="text">Folded UTF-8; bad bytes are read as U+FFFD.</param>
public ref struct NgramFeaturiser(ReadOnlySpan<byte> text)
{
    /// <summary>Rows of the model's table. Row 0 stands for "no feature".</summary>
    public const int Buckets = 1 << 19;

    /// <summary>Features of a full chunk: some 70 bytes of English. A window is two neighbouring chunks.</summary>
    public const int ChunkLength = 96;

    /// <summary>Code points after which a word is cut, so that text without spaces is bounded too.</summary>
    private const int LongestWord = 24;

    private const int LongestGrams = LongestWord + 2;
    private const ulong WordSeed = 0x243F6A8885A308D3;
    private const ulong PairSeed = 0x13198A2E03707344;
    private const ulong TripleSeed = 0xA4093822299F31D0;
    private const ulong SkipSeed = 0x082EFA98EC4E6C89;
    private const ulong GramSeed = 0x452821E638D01377;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly ReadOnlySpan<byte> _text = text;
    private Pending _pending;
    private int _pendingStart;
    private int _pendingEnd;
    private int _position;
    private ulong _last;
    private ulong _lastButOne;

    /// <summary>Gives the next chunk.</summary>
    /// <param name="chunk">At least <see cref="ChunkLength"/> long; gets rows, 1 to <see cref="Buckets"/> − 1, then zeros.</param>
    /// <returns>Features in the chunk; 0 at the end of the text.</returns>
    public int Next(scoped Span<int> chunk)
    {
        chunk = chunk[..ChunkLength];
        int count = 0;
        while (count < ChunkLength)
        {
            if (_pendingStart == _pendingEnd && !ReadWord())
                break;
            int take = Math.Min(_pendingEnd - _pendingStart, ChunkLength - count);
            ((ReadOnlySpan<int>)_pending).Slice(_pendingStart, take).CopyTo(chunk[count..]);
            _pendingStart += take;
            count += take;
        }
        chunk[count..].Clear();
        return count;
    }

    private bool ReadWord()
    {
        Span<int> letters = stackalloc int[LongestWord];
        int length = 0;
        while (_position < _text.Length)
        {
            int start = _position;
            Letter kind = ReadLetter(out int letter);
            if (kind == Letter.Inside)
            {
                letters[length++] = letter;
                if (length == LongestWord)
                    break;
                continue;
            }
            if (kind == Letter.Joiner && length > 0)
                continue;
            if (length > 0)
            {
                _position = start;
                break;
            }
            if (kind is Letter.Alone or Letter.Symbol)
            {
                letters[length++] = letter;
                if (kind == Letter.Symbol)
                    SkipRepeats(letter);
                break;
            }
            if (kind == Letter.LineEnd && _last != Hash(WordSeed, '\n'))
            {
                letters[length++] = '\n';
                break;
            }
        }
        if (length == 0)
            return false;
        Emit(letters[..length]);
        return true;
    }

    private void Emit(scoped ReadOnlySpan<int> letters)
    {
        ulong word = WordSeed;
        foreach (int letter in letters)
            word = Hash(word, (ulong)letter);
        _pendingStart = 0;
        _pendingEnd = 0;
        Push(word);
        Push(Hash(Hash(PairSeed, _last), word));
        Push(Hash(Hash(Hash(TripleSeed, _lastButOne), _last), word));
        Push(Hash(Hash(SkipSeed, _lastButOne), word));
        if (letters.Length > 3)
        {
            // The word between its two ends, '^' before and '$' after, four at a time.
            ulong a = '^', b = (ulong)letters[0], c = (ulong)letters[1];
            for (int i = 2; i <= letters.Length; i++)
            {
                ulong d = i < letters.Length ? (ulong)letters[i] : '$';
                Push(Hash(Hash(GramSeed, (a << 32) | b), (c << 32) | d));
                (a, b, c) = (b, c, d);
            }
        }
        _lastButOne = _last;
        _last = word;
    }

    private void Push(ulong hash)
    {
        Span<int> pending = _pending;
        pending[_pendingEnd++] = 1 + (int)(((hash >> 32) * (Buckets - 1)) >> 32);
    }

    private Letter ReadLetter(out int letter)
    {
        byte first = _text[_position];
        if (first < 0x80)
        {
            _position++;
            letter = first;
            if ((uint)((first | 0x20) - 'a') <= 'z' - 'a')
            {
                letter = first | 0x20;
                return Letter.Inside;
            }
            if ((uint)(first - '0') <= 9)
            {
                letter = '0';
                return Letter.Inside;
            }
            return first switch
            {
                (byte)'\'' => Letter.Joiner,
                (byte)'\n' => Letter.LineEnd,
                <= 0x20 or 0x7F => Letter.Space,
                _ => Letter.Symbol,
            };
        }
        Rune.DecodeFromUtf8(_text[_position..], out Rune rune, out int consumed);
        _position += consumed;
        rune = Rune.ToLowerInvariant(rune);
        letter = rune.Value;
        if (IsIdeographOrKana(letter))
            return Letter.Alone;
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark:
                return Letter.Inside;
            case UnicodeCategory.DecimalDigitNumber:
                letter = '0';
                return Letter.Inside;
            case UnicodeCategory.SpaceSeparator or UnicodeCategory.Control:
                return Letter.Space;
            case UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                return Letter.LineEnd;
            case UnicodeCategory.Format:
                return Letter.Joiner;
            default:
                return letter == 0x2019 ? Letter.Joiner : Letter.Symbol;
        }
    }

    private void SkipRepeats(int symbol)
    {
        if (symbol >= 0x80)
            return;
        while (_position < _text.Length && _text[_position] == symbol)
            _position++;
    }

    private static bool IsIdeographOrKana(int letter) => letter is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ulong hash, ulong next)
    {
        hash = (hash ^ next) * Multiplier;
        return hash ^ (hash >> 29);
    }

    private enum Letter : byte
    {
        Inside,
        Joiner,
        Alone,
        Symbol,
        Space,
        LineEnd,
    }

    [InlineArray(LongestGrams + 4)]
    private struct Pending
    {
        private int _first;
    }
}
