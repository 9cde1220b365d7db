namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Payment cards (ISO/IEC 7812-1): an issuer's prefix with its lengths, and the Luhn digit. The rare lengths, and unusual issuers,
/// need a word that says it is a card; a word that says it is something else (an order, an id) outweighs a match without separators.
/// </summary>
internal sealed class PaymentCards : INumber
{
    // Groups of 4-4-4-4, 4-6-5 (American Express), 4-6-4 (Diners), 4-4-4-4-3.
    private static readonly ulong[] Shapes = [0x4444, 0x564, 0x464, 0x34444];

    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("pii.payment-card");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        if (sweep.Text[at] is not ((byte)'2' or (byte)'3' or (byte)'4' or (byte)'5' or (byte)'6') || !sweep.BeginsNumber(at))
            return;
        Span<byte> buffer = stackalloc byte[20];
        int length = Read(ref sweep, at, buffer, out int end, out bool grouped);
        if (length is < 13 or > 19)
            return;
        ReadOnlySpan<byte> digits = buffer[..length];
        ContextKind context = sweep.ContextAt(at);
        if (!IsIssued(digits, context == ContextKind.Card) || !Checksums.Luhn(digits) || IsMonotonous(digits))
            return;
        if (!grouped && (context is ContextKind.Other or >= ContextKind.FirstNational || !sweep.EndsNumber(end)))
            return;
        sweep.Report(Kind, at, end, 1);
    }

    /// <summary>Reads a run of digits, or groups in one of a card's own shapes; stops at the shape's end, so that a date may follow.</summary>
    private static int Read(ref Sweep sweep, int at, scoped Span<byte> digits, out int end, out bool grouped)
    {
        int count = 0;
        int group = 0;
        int groups = 0;
        ulong shape = 0;
        int separator = 0;
        end = at;
        grouped = false;
        while (true)
        {
            int b = sweep.At(at);
            if (b is >= '0' and <= '9')
            {
                if (count == digits.Length)
                    return 0;
                digits[count++] = (byte)(b - '0');
                group++;
                at++;
                continue;
            }
            shape |= (ulong)Math.Min(group, 15) << (4 * groups++);
            end = at;
            if (groups == 1 && group > 4)
                return group;
            if (group is < 3 or > 6)
                return 0;
            // The longest shape that fits is asked for first: a card of 19 begins like one of 16.
            bool more = b is ' ' or '-' && (separator == 0 || b == separator) && sweep.At(at + 1) is >= '0' and <= '9';
            if (Array.IndexOf(Shapes, shape) >= 0 && !(more && shape == 0x4444 && FollowsGroupOf(ref sweep, at + 1, 3)))
            {
                grouped = true;
                return sweep.EndsToken(at) && !(more && b == '-') ? count : 0;
            }
            if (!more || groups == 5)
                return 0;
            separator = b;
            group = 0;
            at++;
        }
    }

    private static bool FollowsGroupOf(ref Sweep sweep, int at, int length)
    {
        for (int i = 0; i < length; i++)
        {
            if (sweep.At(at + i) is not (>= '0' and <= '9'))
                return false;
        }
        return sweep.At(at + length) is not (>= '0' and <= '9' or '/');
    }

    private static bool IsIssued(ReadOnlySpan<byte> digits, bool named)
    {
        int six = 0;
        foreach (byte digit in digits[..6])
            six = (six * 10) + digit;
        int two = six / 10000;
        int four = six / 100;
        return digits.Length switch
        {
            15 => two is 34 or 37,
            16 => two is 40 or (>= 41 and <= 49) or (>= 51 and <= 55) or 65 || four is (>= 2221 and <= 2720) or 6011 or (>= 6440 and <= 6499) or (>= 3528 and <= 3589) || (named && two is 62 or 60 or 50 or (>= 56 and <= 69)),
            14 => two is 36 or 38 || (named && six / 1000 is >= 300 and <= 305),
            13 => named && two / 10 == 4,
            _ => named && two is 50 or 62 or (>= 56 and <= 69),
        };
    }

    /// <summary>One digit over and over, or an issuer's prefix and zeros.</summary>
    private static bool IsMonotonous(ReadOnlySpan<byte> digits) => digits[4..].IndexOfAnyExcept(digits[4]) < 0 && (digits[4] == 0 || digits[0] == digits[4]);
}
