using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Recognises numbers from their first digit on.</summary>
internal interface INumber
{
    /// <summary>What it reports.</summary>
    FindingKind Kind { get; }

    /// <summary>Looks at the first digit of a group of digits.</summary>
    void Attempt(ref Sweep sweep, int at);
}

/// <summary>Hands each group of digits, at its first digit, to everything that numbers can be.</summary>
internal sealed class Numbers : Recogniser
{
    private static readonly INumber[] All =
    [
        new PaymentCards(), new Ibans(), new LocalPhones(), new SocialSecurityNumbers(), new IpAddresses(), new TelegramTokens(), new CryptoWallets(),
    ];

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [.. All.Select(number => number.Kind).Concat(NationalNumber.ByContext.SelectMany(numbers => numbers.Select(number => number.Kind))).Distinct()];

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        if (sweep.Before(start) is >= '0' and <= '9')
            return;
        foreach (INumber number in All)
        {
            if (!sweep.Wants(number.Kind))
                continue;
            sweep.Begin(start);
            number.Attempt(ref sweep, start);
            sweep.End();
        }
        NationalNumbers.Attempt(ref sweep, start);
        sweep.Begin(start);
    }
}

/// <summary>Digits in groups, as <see cref="Read"/> found them.</summary>
/// <param name="Count">How many digits there are.</param>
/// <param name="Separators">How many single separators stand between their groups.</param>
/// <param name="Separator">The separator, when all are alike; 0 when there is none, -1 when they differ.</param>
/// <param name="Shape">Lengths of the groups, the first in the lowest four bits; groups of more than 15 count as 15.</param>
/// <param name="End">The place after the last digit.</param>
internal readonly record struct DigitGroups(int Count, int Separators, int Separator, ulong Shape, int End)
{
    /// <summary>Reads up to the buffer's length (at most 16) of digits, single spaces, hyphens or dots between them.</summary>
    /// <param name="sweep">The pass.</param>
    /// <param name="at">The first digit.</param>
    /// <param name="digits">Gets values 0 to 9.</param>
    /// <param name="dots">Whether dots separate too.</param>
    public static DigitGroups Read(ref Sweep sweep, int at, scoped Span<byte> digits, bool dots = false)
    {
        int count = 0;
        int group = 0;
        int separators = 0;
        int separator = 0;
        int end = at;
        ulong shape = 0;
        while (count < digits.Length)
        {
            int b = sweep.At(at);
            if (b is >= '0' and <= '9')
            {
                digits[count++] = (byte)(b - '0');
                group++;
                end = ++at;
                continue;
            }
            if (group == 0 || !(b is ' ' or '-' || (dots && b is '.')) || sweep.At(at + 1) is not (>= '0' and <= '9'))
                break;
            shape |= (ulong)Math.Min(group, 15) << (4 * separators);
            separator = separators++ == 0 || separator == b ? b : -1;
            group = 0;
            at++;
        }
        shape |= (ulong)Math.Min(group, 15) << (4 * separators);
        return new DigitGroups(count, separators, separator, shape, end);
    }
}

/// <summary>What may stand beside a number that is not part of a longer name or number.</summary>
internal static class NumberEdges
{
    /// <summary>No letter, digit, underscore, and no hyphen, dot or other sign that joins it to one.</summary>
    public static bool BeginsNumber(this in Sweep sweep, int at)
    {
        if (!sweep.BeginsToken(at))
            return false;
        int before = sweep.Before(at);
        return !(before is '-' or '.' or ',' or '+' or '#' && at >= 2 && Alphabets.Word.Contains(sweep.Text[at - 2])) && before is not '$';
    }

    /// <summary>The same on the right: nothing that makes it longer.</summary>
    public static bool EndsNumber(this ref Sweep sweep, int at)
    {
        int next = sweep.At(at);
        if (next < 0)
            return true;
        if (Alphabets.Word.Contains((byte)next))
            return false;
        return next is not ('-' or '.' or ',' or ':' or '%') || sweep.At(at + 1) is not (>= '0' and <= '9' or >= 'a' and <= 'z' or >= 'A' and <= 'Z');
    }
}
