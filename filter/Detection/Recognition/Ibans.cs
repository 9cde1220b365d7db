using System.Collections.Frozen;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>International bank account numbers (ISO 13616): a country, its length, and MOD 97-10.</summary>
internal sealed class Ibans : INumber
{
    /// <summary>Length a country, from the SWIFT IBAN registry.</summary>
    private static readonly FrozenDictionary<int, byte> Lengths = Parse(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 "
        + "IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 "
        + "TR26 UA29 VA22 VG24 XK20 SD18 BI27 DJ27 RU33 SO23 NI28 MN20 FK18 OM23 YE30");

    /// <summary>Countries whose account numbers are digits throughout, from the same registry.</summary>
    private static readonly FrozenSet<int> DigitsOnly = "AE AT BA BE CZ DE DK EE ES FI FO GL HR HU IL IS LT ME NO PL PT RS SE SI SK XK".Split(' ').Select(c => (c[0] << 8) | c[1]).ToFrozenSet();

    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("pii.iban");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        int start = at - 2;
        if (start < 0 || !Lengths.TryGetValue(Country(sweep.Text[start], sweep.Text[start + 1]), out byte length) || !sweep.BeginsToken(start))
            return;
        sweep.MayStartAt(start);
        int digitsUpTo = DigitsOnly.Contains(Country(sweep.Text[start], sweep.Text[start + 1])) ? length : 4;
        Span<byte> iban = stackalloc byte[length];
        iban[0] = sweep.Text[start];
        iban[1] = sweep.Text[start + 1];
        int count = 2;
        for (int group = 2; count < length; at++)
        {
            int b = sweep.At(at);
            if (b < 0)
                return;
            if (b is ' ' or '-' && group == 4)
            {
                group = 0;
                continue;
            }
            if (!Alphabets.Alphanumeric.Contains((byte)b) || (count < digitsUpTo && b is < '0' or > '9'))
                return;
            iban[count++] = (byte)b;
            group = group == 4 ? 5 : group + 1;
        }
        if (sweep.EndsToken(at) && Checksums.Iban(iban))
            sweep.Report(Kind, start, at, 1);
    }

    private static int Country(byte first, byte second) =>
        Alphabets.Alphabetic.Contains(first) && Alphabets.Alphabetic.Contains(second) ? ((first & ~0x20) << 8) | (second & ~0x20) : 0;

    private static FrozenDictionary<int, byte> Parse(string rows) =>
        rows.Split(' ').ToFrozenDictionary(row => (row[0] << 8) | row[1], row => byte.Parse(row.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture));
}
