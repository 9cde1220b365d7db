using System.Globalization;
using System.Text;

namespace EnvoyExtAuthz.Text.FoldTable;

/// <summary>Decides for every code point what it folds to and what it is.</summary>
internal sealed class FoldRules
{
    private readonly Dictionary<int, (char Ascii, string Kind)> _lookalikes = ReadLookalikes();

    /// <summary>What a code point folds to; null for itself.</summary>
    public string? Map(int codePoint)
    {
        if (!IsCharacter(codePoint) || IsStripped(codePoint))
            return null;
        string source = char.ConvertFromUtf32(codePoint);
        string folded = Always(codePoint) is { } ascii ? ascii : Close(source);
        // Word ligatures such as U+FDFA are kept: what they expand to would outgrow the buffer, and hides nothing.
        bool tooLong = Encoding.UTF8.GetByteCount(folded) > 3 * Encoding.UTF8.GetByteCount(source);
        return folded == source || tooLong ? null : folded;
    }

    /// <summary>The ASCII letter that a code point of another script, or with diacritics, looks like or is used for.</summary>
    public (char Ascii, FoldFlags Flag)? Lookalike(int codePoint)
    {
        if (!IsCharacter(codePoint) || codePoint < 0x80)
            return null;
        if (_lookalikes.TryGetValue(codePoint, out (char Ascii, string Kind) entry))
            return entry.Kind switch { "close" => (entry.Ascii, FoldFlags.Close), "loose" => (entry.Ascii, FoldFlags.Loose), _ => null };
        string source = char.ConvertFromUtf32(codePoint);
        string compatible = source.Normalize(NormalizationForm.FormKC);
        if (compatible != source && Single(compatible) is { } other and >= 0x80)
            return Lookalike(other);
        List<Rune> parts = [.. source.Normalize(NormalizationForm.FormD).EnumerateRunes()];
        if (parts.Count < 2 || !parts.Skip(1).All(p => IsMark(p.Value)))
            return null;
        return parts[0].IsAscii
            ? char.IsAsciiLetter((char)parts[0].Value) ? (char.ToLowerInvariant((char)parts[0].Value), FoldFlags.Loose) : null
            : Lookalike(parts[0].Value) is { } known ? (known.Ascii, FoldFlags.Loose) : null;
    }

    /// <summary>Class and flags of a code point.</summary>
    public byte Classify(int codePoint)
    {
        FoldClass kind = KindOf(codePoint);
        FoldFlags flags = kind is >= FoldClass.Letter and <= FoldClass.Alphabet && Lookalike(codePoint) is { } look ? look.Flag : FoldFlags.None;
        if (kind is FoldClass.Latin or FoldClass.Digit && IsStyled(codePoint))
            flags |= FoldFlags.Styled;
        return (byte)((byte)kind | (byte)flags);
    }

    /// <summary>Whether a character is a form of ASCII letters or digits that no language is written in.</summary>
    private bool IsStyled(int codePoint)
    {
        if (codePoint < 0x80 || Map(codePoint) is not { } map || !map.All(char.IsAsciiLetterOrDigit))
            return false;
        string source = char.ConvertFromUtf32(codePoint);
        bool listed = _lookalikes.TryGetValue(codePoint, out (char Ascii, string Kind) entry) && entry.Kind == "styled";
        return listed || source.Normalize(NormalizationForm.FormKC) != source;
    }

    private FoldClass KindOf(int codePoint)
    {
        switch (codePoint)
        {
            case '\t' or '\n' or '\r' or 0x85:
                return FoldClass.Other;
            case 0x200C or 0x200D:
                return FoldClass.Joiner;
            case 0x200E or 0x200F or 0x061C:
                return FoldClass.BidiMark;
            case 0x202D or 0x202E:
                return FoldClass.BidiOverride;
            case 0x202A or 0x202B or 0x202C or (>= 0x2066 and <= 0x2069):
                return FoldClass.BidiControl;
            case >= 0xFE00 and <= 0xFE0F:
                return FoldClass.Selector;
            case 0x2062 or 0x2064:
                return FoldClass.Bit;
            // Fillers and blanks that are letters or symbols by category, and U+034F, a mark.
            case 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x3164 or 0xFFA0:
                return FoldClass.Invisible;
        }
        UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
        switch (category)
        {
            case UnicodeCategory.Format:
                // Signs that span digits are visible; all other format characters are not.
                return codePoint is (>= 0x0600 and <= 0x0605) or 0x06DD or 0x070F or 0x0890 or 0x0891 or 0x08E2 or 0x110BD or 0x110CD
                    ? FoldClass.Other : FoldClass.Invisible;
            case UnicodeCategory.Control:
                return FoldClass.Control;
            case UnicodeCategory.PrivateUse:
                return FoldClass.Private;
            case UnicodeCategory.EnclosingMark:
                return FoldClass.Enclosing;
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark:
                return IsInherited(codePoint) ? FoldClass.Mark : FoldClass.ScriptMark;
        }
        if (!IsCharacter(codePoint))
            return FoldClass.Private;
        string? map = Map(codePoint);
        if (map is not null && map.All(char.IsAsciiLetterOrDigit))
            return map.All(char.IsAsciiDigit) ? FoldClass.Digit : FoldClass.Latin;
        if (category == UnicodeCategory.DecimalDigitNumber)
            return FoldClass.Digit;
        int first = map is null ? codePoint : char.ConvertToUtf32(map, 0);
        bool letter = CharUnicodeInfo.GetUnicodeCategory(first) is <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber;
        return letter ? ScriptOf(first) : FoldClass.Other;
    }

    private static FoldClass ScriptOf(int letter) => letter switch
    {
        < 0x250 or (>= 0x250 and <= 0x2AF) or (>= 0x1D00 and <= 0x1DBF) or (>= 0x1E00 and <= 0x1EFF)
            or (>= 0x2C60 and <= 0x2C7F) or (>= 0xA720 and <= 0xA7FF) or (>= 0xAB30 and <= 0xAB6F) => FoldClass.Latin,
        (>= 0x400 and <= 0x52F) or (>= 0x1C80 and <= 0x1C8F) or (>= 0xA640 and <= 0xA69F) => FoldClass.Cyrillic,
        (>= 0x370 and <= 0x3FF) or (>= 0x1F00 and <= 0x1FFF) => FoldClass.Greek,
        >= 0x531 and <= 0x588 => FoldClass.Armenian,
        (>= 0x13A0 and <= 0x13FF) or (>= 0xAB70 and <= 0xABBF) => FoldClass.Cherokee,
        (>= 0x1400 and <= 0x167F) or (>= 0x2C80 and <= 0x2CFF) or (>= 0xA4D0 and <= 0xA4FF) or (>= 0x10A0 and <= 0x10FF)
            or (>= 0x10400 and <= 0x1044F) => FoldClass.Alphabet,
        _ => FoldClass.Letter,
    };

    /// <summary>NFKC and case folding, repeated until nothing changes, as NFKC_Casefold (UAX #44) is defined.</summary>
    private string Close(string text)
    {
        for (string before = ""; before != text;)
        {
            before = text;
            var next = new StringBuilder();
            foreach (Rune rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
                next.Append(Always(rune.Value) ?? FoldCase(rune));
            text = next.ToString().Normalize(NormalizationForm.FormKC);
        }
        return text;
    }

    private static string FoldCase(Rune rune) => rune.Value switch
    {
        0xDF or 0x1E9E => "ss",
        // A mark stays one, though its upper case is a letter.
        _ when IsMark(rune.Value) => rune.ToString(),
        _ => Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)).ToString(),
    };

    /// <summary>What is read as ASCII whatever stands around it.</summary>
    private string? Always(int codePoint)
    {
        if (codePoint < 0x80)
            return null;
        if (codePoint is 0x85 or 0x2028 or 0x2029)
            return "\n";
        // Braille's blank cell is a space with another name.
        if (codePoint == 0x2800)
            return " ";
        if (_lookalikes.TryGetValue(codePoint, out (char Ascii, string Kind) entry) && entry.Kind is "styled" or "punctuation" or "plain")
            return entry.Ascii.ToString();
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.DecimalDigitNumber
            ? CharUnicodeInfo.GetDecimalDigitValue(char.ConvertFromUtf32(codePoint), 0).ToString(CultureInfo.InvariantCulture)
            : null;
    }

    private static bool IsStripped(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.Format || codePoint is 0x3164 or 0xFFA0 or 0x115F or 0x1160;

    private static bool IsInherited(int mark) => mark is (>= 0x300 and <= 0x36F) or (>= 0x483 and <= 0x489) or (>= 0x1AB0 and <= 0x1AFF)
        or (>= 0x1DC0 and <= 0x1DFF) or (>= 0x20D0 and <= 0x20FF) or (>= 0xFE20 and <= 0xFE2F);

    /// <summary>False for surrogates and for what Unicode promises never to assign.</summary>
    internal static bool IsCharacter(int codePoint) =>
        Rune.IsValid(codePoint) && codePoint is not (>= 0xFDD0 and <= 0xFDEF) && (codePoint & 0xFFFE) != 0xFFFE;

    internal static bool IsMark(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    internal static int? Single(string text) =>
        text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text, 0)) ? char.ConvertToUtf32(text, 0) : null;

    private static Dictionary<int, (char, string)> ReadLookalikes()
    {
        using Stream stream = typeof(FoldRules).Assembly.GetManifestResourceStream("lookalikes.tsv")!;
        using var reader = new StreamReader(stream);
        var entries = new Dictionary<int, (char, string)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            string[] cells = line.Split('\t');
            entries.Add(int.Parse(cells[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), (cells[1][0], cells[2]));
        }
        return entries;
    }
}
