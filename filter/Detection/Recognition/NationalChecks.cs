namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Check digits of national numbers, each from its public specification. Digits are 0 to 9, letters 10 to 35.</summary>
internal static class NationalChecks
{
    private static ReadOnlySpan<byte> CodiceOdd => [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

    /// <summary>The last digit makes the weighted sum of those before a multiple of 10.</summary>
    public static bool Tens(ReadOnlySpan<byte> d, ReadOnlySpan<sbyte> weights) => (10 - Checksums.Weighted(d, weights, 10)) % 10 == d[weights.Length];

    /// <summary>The digit after the weighted ones is 11 less their sum modulo 11.</summary>
    /// <param name="d">Digits.</param>
    /// <param name="weights">Weights of the first digits.</param>
    /// <param name="ten">What is written for 10; a value above 35 where no such number is given out.</param>
    /// <param name="eleven">What is written for 11.</param>
    public static bool Elevens(ReadOnlySpan<byte> d, ReadOnlySpan<sbyte> weights, int ten, int eleven = 0)
    {
        int check = 11 - Checksums.Weighted(d, weights, 11);
        return d[weights.Length] == (check == 11 ? eleven : check == 10 ? ten : check);
    }

    /// <summary>The digit after the weighted ones is their sum modulo 11, with something written for 10.</summary>
    public static bool Rest11(ReadOnlySpan<byte> d, ReadOnlySpan<sbyte> weights, int ten) =>
        Checksums.Weighted(d, weights, 11) is var rest && d[weights.Length] == (rest == 10 ? ten : rest);

    /// <summary>Day and month of a date, written with two digits each.</summary>
    public static bool IsDate(int day, int month) => day is >= 1 and <= 31 && month is >= 1 and <= 12;

    /// <summary>Two digits as a number.</summary>
    public static int Two(ReadOnlySpan<byte> d, int at) => (d[at] * 10) + d[at + 1];

    /// <summary>Digits as a number.</summary>
    public static long Whole(ReadOnlySpan<byte> d)
    {
        long number = 0;
        foreach (byte digit in d)
            number = (number * 10) + digit;
        return number;
    }

    /// <summary>Identifikationsnummer, § 139b AO: one digit twice or thrice among the first ten, then MOD 11,10.</summary>
    public static bool GermanTax(ReadOnlySpan<byte> d)
    {
        Span<int> counts = stackalloc int[10];
        counts.Clear();
        foreach (byte digit in d[..10])
            counts[digit]++;
        int repeated = 0;
        foreach (int count in counts)
        {
            if (count > 3)
                return false;
            repeated += count > 1 ? 1 : 0;
        }
        return d[0] != 0 && repeated == 1 && Checksums.Mod11_10(d);
    }

    /// <summary>Versicherungsnummer, § 147 SGB VI, VKVV § 4: letters as two digits, sums of digits of the products, modulo 10.</summary>
    public static bool GermanPension(ReadOnlySpan<byte> v)
    {
        ReadOnlySpan<byte> weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
        Span<byte> d = stackalloc byte[12];
        v[..8].CopyTo(d);
        int letter = v[8] - 9;
        (d[8], d[9], d[10], d[11]) = ((byte)(letter / 10), (byte)(letter % 10), v[9], v[10]);
        return IsDate(Two(v, 2) % 50, Two(v, 4)) && DigitSum(d, weights) == v[11];
    }

    /// <summary>Krankenversichertennummer, § 290 SGB V: the letter as two digits, weights 1 and 2 in turn.</summary>
    public static bool GermanHealth(ReadOnlySpan<byte> v)
    {
        ReadOnlySpan<byte> weights = [1, 2, 1, 2, 1, 2, 1, 2, 1, 2];
        Span<byte> d = stackalloc byte[10];
        int letter = v[0] - 9;
        (d[0], d[1]) = ((byte)(letter / 10), (byte)(letter % 10));
        v[1..9].CopyTo(d[2..]);
        return DigitSum(d, weights) == v[9];
    }

    /// <summary>ICAO 9303 part 3: weights 7, 3, 1 over characters' values, modulo 10.</summary>
    public static bool Icao(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < v.Length - 1; i++)
            sum += v[i] * (i % 3 == 0 ? 7 : i % 3 == 1 ? 3 : 1);
        return sum % 10 == v[^1] && v[..^1].IndexOfAnyInRange((byte)0, (byte)9) >= 0;
    }

    /// <summary>Numéro d'inscription au répertoire: 97 less the first 13 digits modulo 97; 2A counts 19 and 2B 18 for Corsica.</summary>
    public static bool French(ReadOnlySpan<byte> v)
    {
        Span<byte> d = stackalloc byte[15];
        v.CopyTo(d);
        if (d[6] > 9 && !(d[5] == 2 && d[6] is 10 or 11))
            return false;
        if (d[5] > 9)
            return false;
        if (d[6] > 9)
            (d[5], d[6]) = (1, (byte)(d[6] == 10 ? 9 : 8));
        return d[0] is 1 or 2 && Two(d, 3) is (>= 1 and <= 12) or >= 20 && 97 - (Whole(d[..13]) % 97) == Two(d, 13);
    }

    /// <summary>Codice fiscale (DM 23.12.1976): letters at even and odd places count differently; the last letter is the sum modulo 26.</summary>
    public static bool Italian(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < 15; i++)
        {
            int value = v[i] > 9 ? v[i] - 10 : v[i];
            sum += i % 2 == 0 ? CodiceOdd[value] : value;
        }
        return sum % 26 == v[15] - 10;
    }

    /// <summary>Real Decreto 1553/2005: the letter is the number modulo 23; X, Y, Z of a foreigner's number count 0, 1, 2.</summary>
    public static bool Spanish(ReadOnlySpan<byte> v)
    {
        if (v[0] > 9 && v[0] is < 33 or > 35)
            return false;
        long number = v[0] > 9 ? ((v[0] - 33) * 10_000_000L) + Whole(v[1..8]) : Whole(v[..8]);
        return v[^1] - 10 + 'A' == "TRWAGMYFPDXBNJZSQVHLCKE"[(int)(number % 23)];
    }

    /// <summary>Luhn over characters' values (Portuguese Cartão de Cidadão).</summary>
    public static bool LuhnOfValues(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < v.Length; i++)
        {
            int value = v[v.Length - 1 - i];
            sum += (i & 1) == 0 ? value : value * 2 > 9 ? (value * 2) - 9 : value * 2;
        }
        return sum % 10 == 0;
    }

    /// <summary>Isikukood and asmens kodas: modulo 11 with weights 1 to 9 and 1; if 10, again with 3 to 9 and 1 to 3.</summary>
    public static bool Baltic(ReadOnlySpan<byte> d)
    {
        int check = Checksums.Weighted(d, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1], 11);
        if (check == 10)
            check = Checksums.Weighted(d, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3], 11) % 10;
        return d[0] is >= 1 and <= 8 && IsDate(Two(d, 5), Two(d, 3)) && d[10] == check;
    }

    /// <summary>Henkilötunnus: date and serial modulo 31 choose the last character; a sign or letter for the century stands between.</summary>
    public static bool Finnish(ReadOnlySpan<byte> v)
    {
        ReadOnlySpan<byte> serial = v.Length == 11 ? v[7..10] : v[6..9];
        long number = (Whole(v[..6]) * 1000) + Whole(serial);
        int last = "0123456789ABCDEFHJKLMNPRSTUVWXY"[(int)(number % 31)];
        return IsDate(Two(v, 0), Two(v, 2)) && v[^1] == (last > '9' ? last - 'A' + 10 : last - '0');
    }

    /// <summary>Fødselsnummer: two check digits modulo 11; D-numbers add 40 to the day.</summary>
    public static bool Norwegian(ReadOnlySpan<byte> d) =>
        IsDate(Two(d, 0) % 40, Two(d, 2)) && Elevens(d, [3, 7, 6, 1, 8, 9, 4, 5, 2], 99) && Elevens(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 99);

    /// <summary>Personal Public Service number: weights 8 to 2, a second letter counts nine times; modulo 23, W for 0.</summary>
    public static bool Irish(ReadOnlySpan<byte> v)
    {
        int sum = v.Length == 9 ? (v[8] == 32 ? 0 : v[8] - 9) * 9 : 0;
        for (int i = 0; i < 7; i++)
            sum += v[i] * (8 - i);
        return v[7] - 10 + 'A' == "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23];
    }

    /// <summary>National Insurance number: prefixes that are given out, suffix A to D (HMRC NIM39110).</summary>
    public static bool Nino(ReadOnlySpan<byte> v)
    {
        int first = v[0] - 10 + 'A';
        int second = v[1] - 10 + 'A';
        bool letters = "DFIQUV".IndexOf((char)first) < 0 && "DFIQUVO".IndexOf((char)second) < 0;
        bool pair = (first, second) is not (('B', 'G') or ('G', 'B') or ('N', 'K') or ('K', 'N') or ('T', 'N') or ('N', 'T') or ('Z', 'Z'));
        return letters && pair && v[8] is >= 10 and <= 13;
    }

    /// <summary>TC kimlik no: the tenth digit from odd and even places, the eleventh from all before.</summary>
    public static bool Turkish(ReadOnlySpan<byte> d)
    {
        int odd = d[0] + d[2] + d[4] + d[6] + d[8];
        int even = d[1] + d[3] + d[5] + d[7];
        return d[0] != 0 && ((odd * 7) + 100 - even) % 10 == d[9] && (odd + even + d[9]) % 10 == d[10];
    }

    /// <summary>СНИЛС: weights 9 to 1, modulo 101, 100 written as 00.</summary>
    public static bool Snils(ReadOnlySpan<byte> d) => Checksums.Weighted(d, [9, 8, 7, 6, 5, 4, 3, 2, 1], 101) % 100 == Two(d, 9);

    /// <summary>Cadastro de Pessoas Físicas: two check digits modulo 11.</summary>
    public static bool Cpf(ReadOnlySpan<byte> d) =>
        Elevens(d, [10, 9, 8, 7, 6, 5, 4, 3, 2], 0) && Elevens(d, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 0);

    /// <summary>CURP: weights 18 to 2 over values in which Ñ stands between N and O, modulo 10.</summary>
    public static bool Curp(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < 17; i++)
            sum += (v[i] > 23 ? v[i] + 1 : v[i]) * (18 - i);
        return v[10] is 'H' - 55 or 'M' - 55 or 'X' - 55 && IsDate(Two(v, 8), Two(v, 6)) && (10 - (sum % 10)) % 10 == v[17];
    }

    /// <summary>RFC of a person: weights 13 to 2 over values in which &amp; stands between N and O, modulo 11, A for 10.</summary>
    public static bool Rfc(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < 12; i++)
            sum += (v[i] > 23 ? v[i] + 1 : v[i]) * (13 - i);
        int check = 11 - (sum % 11);
        return IsDate(Two(v, 8), Two(v, 6)) && v[12] == (check == 11 ? 0 : check);
    }

    /// <summary>RUT: weights 2 to 7 from the right, modulo 11, K for 10.</summary>
    public static bool Chilean(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < v.Length - 1; i++)
            sum += v[v.Length - 2 - i] * ((i % 6) + 2);
        int check = 11 - (sum % 11);
        return v[^1] == (check == 11 ? 0 : check == 10 ? 'K' - 55 : check);
    }

    /// <summary>GB 11643: a date, and ISO/IEC 7064 MOD 11-2.</summary>
    public static bool Chinese(ReadOnlySpan<byte> v)
    {
        int sum = Checksums.Weighted(v, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], 11);
        int check = (12 - sum) % 11;
        return v[0] is >= 1 and <= 9 && Two(v, 6) is 18 or 19 or 20 && IsDate(Two(v, 12), Two(v, 10)) && v[17] == (check == 10 ? 'X' - 55 : check);
    }

    /// <summary>Taiwan: the letter as two digits, weights 1, 9 to 1, and the check digit.</summary>
    public static bool Taiwanese(ReadOnlySpan<byte> v)
    {
        int letter = "ABCDEFGHJKLMNPQRSTUVXYWZIO".IndexOf((char)(v[0] - 10 + 'A')) + 10;
        int sum = (letter / 10) + (letter % 10 * 9);
        for (int i = 1; i < 9; i++)
            sum += v[i] * (9 - i);
        return v[1] is 1 or 2 or 8 or 9 && (sum + v[9]) % 10 == 0;
    }

    /// <summary>Hong Kong: weights 9 (36 for a missing first letter) to 2, modulo 11, A for 10.</summary>
    public static bool HongKong(ReadOnlySpan<byte> v)
    {
        int offset = v.Length - 8;
        int sum = offset == 0 ? 36 * 9 : v[0] * 9;
        for (int i = 0; i < 7; i++)
            sum += v[offset + i] * (8 - i);
        return (sum + v[^1]) % 11 == 0 && v[^1] <= 10;
    }

    /// <summary>Singapore NRIC and FIN: weights 2, 7, 6, 5, 4, 3, 2 and the series' offset choose a letter.</summary>
    public static bool Singaporean(ReadOnlySpan<byte> v)
    {
        int series = v[0] - 10 + 'A';
        int sum = Checksums.Weighted(v[1..], [2, 7, 6, 5, 4, 3, 2], 1000) + (series is 'T' or 'G' ? 4 : series == 'M' ? 3 : 0);
        string? letters = series switch { 'S' or 'T' => "JZIHGFEDCBA", 'F' or 'G' => "XWUTRQPNMLK", 'M' => "XWUTRQPNJLK", _ => null };
        return letters is not null && v[8] - 10 + 'A' == letters[series == 'M' ? 10 - (sum % 11) : sum % 11];
    }

    /// <summary>Inland Revenue number: weights 3, 2, 7, 6, 5, 4, 3, 2 modulo 11; if 10, again with 7, 4, 3, 2, 5, 2, 7, 6.</summary>
    public static bool NewZealand(ReadOnlySpan<byte> v)
    {
        Span<byte> d = stackalloc byte[9];
        d.Clear();
        v.CopyTo(d[(9 - v.Length)..]);
        long number = Whole(d);
        if (number is < 10_000_000 or > 150_000_000)
            return false;
        return Elevens(d, [3, 2, 7, 6, 5, 4, 3, 2], 99)
            || (Checksums.Weighted(d, [3, 2, 7, 6, 5, 4, 3, 2], 11) == 1 && Elevens(d, [7, 4, 3, 2, 5, 2, 7, 6], 99));
    }

    private static int DigitSum(ReadOnlySpan<byte> d, ReadOnlySpan<byte> weights)
    {
        int sum = 0;
        for (int i = 0; i < d.Length; i++)
            sum += (d[i] * weights[i] / 10) + (d[i] * weights[i] % 10);
        return sum % 10;
    }
}
