using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Lengths of national numbers by country code (ITU-T E.164 and the national numbering plans notified to the ITU).</summary>
internal static class NumberingPlans
{
    private static readonly (byte Least, byte Most)[] Plans = Read(
        "1:10-10 7:10-10 20:8-10 27:9-9 30:10-10 31:9-9 32:8-9 33:9-9 34:9-9 36:8-9 39:8-11 40:9-9 41:9-9 43:7-13 44:9-10 45:8-8 46:7-10 47:8-8 48:9-9 49:7-12 51:8-9 52:10-11 53:8-8 54:10-11 55:10-11 "
        + "56:9-9 57:10-10 58:10-10 60:8-10 61:9-9 62:8-12 63:8-10 64:8-10 65:8-8 66:8-9 81:9-10 82:8-10 84:9-10 86:10-11 90:10-10 91:10-10 92:9-10 93:9-9 94:9-9 95:7-10 98:10-10");

    private static readonly (int From, int To)[] ThreeDigits =
        [(211, 213), (216, 216), (218, 218), (220, 269), (290, 291), (297, 299), (350, 359), (370, 383), (385, 387), (389, 389), (420, 421), (423, 423), (500, 509), (590, 599), (670, 670), (672, 692), (850, 850), (852, 853), (855, 856), (880, 880), (886, 886), (960, 968), (970, 977), (992, 996), (998, 998)];

    /// <summary>Whether digits after a plus sign are a number that the plan of their country allows.</summary>
    public static bool Allows(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is < 8 or > 15 || digits[0] == 0)
            return false;
        if (digits[0] == 1)
            return IsNorthAmerican(digits[1..]);
        int two = (digits[0] * 10) + digits[1];
        (byte least, byte most) = digits[0] == 7 ? Plans[7] : Plans[two];
        if (most > 0)
            return digits.Length - (digits[0] == 7 ? 1 : 2) is var national && national >= least && national <= most;
        int three = (two * 10) + digits[2];
        foreach ((int from, int to) in ThreeDigits)
        {
            if (three >= from && three <= to)
                return digits.Length - 3 is >= 6 and <= 10;
        }
        return false;
    }

    /// <summary>Ten digits of the North American plan: neither area nor exchange begins with 0 or 1.</summary>
    public static bool IsNorthAmerican(ReadOnlySpan<byte> digits) => digits.Length == 10 && digits[0] >= 2 && digits[3] >= 2 && !(digits[1] == 1 && digits[2] == 1);

    private static (byte, byte)[] Read(string rows)
    {
        var plans = new (byte, byte)[100];
        foreach (string row in rows.Split(' '))
        {
            string[] parts = row.Split(':', '-');
            plans[int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture)] =
                (byte.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), byte.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture));
        }
        return plans;
    }
}

/// <summary>Telephone numbers with a country code, or with their area in brackets: the sign and the plan are the evidence.</summary>
internal sealed class InternationalPhones : Recogniser
{
    private const int MaxBytes = 28;
    private static readonly FindingKind Kind = FindingKinds.Named("pii.phone");

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["+", "("];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Kind];

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        bool plus = sweep.Text[start] == (byte)'+';
        if (!sweep.BeginsToken(start) || (plus && sweep.Before(start) is '+' or '=' or '/' or '.' or '-'))
            return;
        Span<byte> digits = stackalloc byte[16];
        int count = PhoneDigits.Read(ref sweep, plus ? end : start, start + MaxBytes, digits, out int to, out bool grouped);
        ReadOnlySpan<byte> number = digits[..count];
        // A lone run of figures after a plus sign may be a difference or a count; a country's own length is asked for then too.
        bool found = plus ? NumberingPlans.Allows(number) : grouped && AreaInBrackets(sweep.Text[start..to]) && NumberingPlans.IsNorthAmerican(number);
        if (found && sweep.EndsNumber(to))
            sweep.Report(Kind, start, to, grouped ? 0.9f : 0.8f);
    }

    private static bool AreaInBrackets(ReadOnlySpan<byte> text) => text.Length >= 13 && text[4] == (byte)')';
}

/// <summary>Telephone numbers as written inside a country: only after a word that says so.</summary>
internal sealed class LocalPhones : INumber
{
    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("pii.phone");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        if (sweep.ContextAt(at) != ContextKind.Phone || !sweep.BeginsNumber(at) || sweep.Before(at) is '+' or '(')
            return;
        Span<byte> digits = stackalloc byte[16];
        int count = PhoneDigits.Read(ref sweep, at, at + 24, digits, out int to, out bool grouped);
        ReadOnlySpan<byte> number = digits[..count];
        // Seven or eight digits are one of many things unless they follow the word at once.
        bool enough = count is >= 9 and <= 12 || (count is 7 or 8 && sweep.ContextTouches(at));
        bool found = enough && (grouped || number[0] == 0 || NumberingPlans.IsNorthAmerican(number) || (count == 11 && number[0] == 1));
        if (found && sweep.EndsNumber(to) && !IsDate(sweep.Text[at..to]) && !IsDottedQuad(sweep.Text[at..to]))
            sweep.Report(Kind, at, to, 0.7f);
    }

    /// <summary>2024-05-17 or 17.05.2024, and the like with other signs.</summary>
    private static bool IsDate(ReadOnlySpan<byte> text)
    {
        if (text.Length is < 8 or > 10)
            return false;
        bool yearFirst = IsCentury(text) && !Alphabets.Digits.Contains(text[4]) && text[5..].IndexOf(text[4]) is 1 or 2;
        return yearFirst || (IsCentury(text[^4..]) && !Alphabets.Digits.Contains(text[^5]) && text[..^5].IndexOf(text[^5]) is 1 or 2);
    }

    private static bool IsCentury(ReadOnlySpan<byte> year) => year.StartsWith("19"u8) || year.StartsWith("20"u8);

    /// <summary>Four numbers with three dots: an address or a version.</summary>
    private static bool IsDottedQuad(ReadOnlySpan<byte> text) => text.Count((byte)'.') == 3 && text.IndexOfAny((byte)' ', (byte)'-', (byte)'/') < 0;
}

/// <summary>Reads the digits of a telephone number and the signs people write between them.</summary>
internal static class PhoneDigits
{
    /// <summary>Reads up to the buffer's length of digits.</summary>
    /// <returns>How many; one more than a number can have when there are too many.</returns>
    public static int Read(ref Sweep sweep, int at, int limit, scoped Span<byte> digits, out int end, out bool grouped)
    {
        int count = 0;
        end = at;
        grouped = false;
        bool open = false;
        while (at < limit)
        {
            int b = sweep.At(at);
            if (b is >= '0' and <= '9')
            {
                if (count == digits.Length)
                    return 0;
                grouped |= count > 0 && at > end;
                digits[count++] = (byte)(b - '0');
                end = ++at;
                continue;
            }
            open |= b == '(';
            // One sign between groups, or a space beside one.
            if (b is ' ' or '-' or '.' or '/' or '(' or ')' && at - end < 2 && (b != ')' || open))
                at++;
            else
                break;
        }
        return count;
    }
}
