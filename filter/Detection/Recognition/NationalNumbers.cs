using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// A national number of fixed length with a check digit, found after a word that names it: one row is all it takes to add one. A tenth
/// of all numbers pass a check digit, so the word is what makes it evidence.
/// </summary>
internal sealed class NationalNumber : INumber
{
    private delegate bool Check(ReadOnlySpan<byte> digits);

    private static readonly (string Kind, ContextKind Context, int Digits, char Letter, Check Check)[] Rows =
    [
        // Identifikationsnummer, § 139b AO: one digit twice or thrice among the first ten, then MOD 11,10.
        ("pii.de-tax-id", ContextKind.GermanTax, 11, '-', d => d[0] != 0 && RepeatsOnce(d[..10]) && Checksums.Mod11_10(d)),
        ("pii.br-cpf", ContextKind.BrazilianCpf, 11, '-', IsCpf),
        ("pii.es-dni", ContextKind.SpanishDni, 8, 'A', _ => true),
        ("pii.ca-sin", ContextKind.CanadianSin, 9, '-', d => d[0] is not (0 or 8) && Checksums.Luhn(d)),
        ("pii.uk-nhs", ContextKind.BritishNhs, 10, '-', d => Checksums.Weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11) == 0),
        ("pii.in-aadhaar", ContextKind.Aadhaar, 12, '-', d => d[0] > 1 && Checksums.Verhoeff(d)),
        ("pii.pl-pesel", ContextKind.Pesel, 11, '-', d => Checksums.Weighted(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10) == 0),
        ("pii.nl-bsn", ContextKind.DutchBsn, 9, '-', d => Checksums.Weighted(d, [9, 8, 7, 6, 5, 4, 3, 2, -1], 11) == 0),
    ];

    private readonly ContextKind _context;
    private readonly int _digits;
    private readonly bool _letter;
    private readonly Check _check;

    private NationalNumber((string Kind, ContextKind Context, int Digits, char Letter, Check Check) row) =>
        (Kind, _context, _digits, _letter, _check) = (FindingKinds.Named(row.Kind), row.Context, row.Digits, row.Letter == 'A', row.Check);

    /// <summary>All rows.</summary>
    public static ImmutableArray<INumber> All { get; } = [.. Rows.Select(row => new NationalNumber(row))];

    /// <inheritdoc/>
    public FindingKind Kind { get; }

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        if (sweep.ContextAt(at) != _context || !sweep.BeginsToken(at))
            return;
        Span<byte> buffer = stackalloc byte[_digits + 1];
        DigitGroups groups = DigitGroups.Read(ref sweep, at, buffer, dots: true);
        ReadOnlySpan<byte> digits = buffer[..groups.Count];
        if (digits.Length != _digits || digits.IndexOfAnyExcept(digits[0]) < 0 || !_check(digits))
            return;
        int end = groups.End;
        if (_letter)
        {
            if (sweep.At(end) is '-' or ' ')
                end++;
            if (!IsDniLetter(digits, sweep.At(end)))
                return;
            end++;
        }
        if (sweep.EndsToken(end))
            sweep.Report(Kind, at, end, 1);
    }

    private static bool RepeatsOnce(ReadOnlySpan<byte> digits)
    {
        Span<int> counts = stackalloc int[10];
        counts.Clear();
        foreach (byte digit in digits)
            counts[digit]++;
        int repeated = 0;
        foreach (int count in counts)
        {
            if (count > 3)
                return false;
            repeated += count > 1 ? 1 : 0;
        }
        return repeated == 1;
    }

    /// <summary>Cadastro de Pessoas Físicas: two check digits modulo 11.</summary>
    private static bool IsCpf(ReadOnlySpan<byte> d) =>
        Checksums.Weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2], 11) is var first && d[9] == (first < 2 ? 0 : 11 - first)
        && Checksums.Weighted(d, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11) is var second && d[10] == (second < 2 ? 0 : 11 - second);

    /// <summary>Real Decreto 1553/2005: the letter is the number modulo 23.</summary>
    private static bool IsDniLetter(ReadOnlySpan<byte> digits, int letter)
    {
        int number = 0;
        foreach (byte digit in digits)
            number = (number * 10) + digit;
        return (letter & ~0x20) == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23];
    }
}
