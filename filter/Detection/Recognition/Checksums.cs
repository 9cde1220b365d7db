using System.IO.Hashing;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Check digits and checksums. Digits are given as values 0 to 9.</summary>
internal static class Checksums
{
    private static ReadOnlySpan<byte> Base62 => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>ISO/IEC 7812-1 Annex B, "Luhn".</summary>
    public static bool Luhn(ReadOnlySpan<byte> digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[digits.Length - 1 - i];
            sum += (i & 1) == 0 ? digit : digit < 5 ? digit * 2 : (digit * 2) - 9;
        }
        return sum % 10 == 0;
    }

    /// <summary>ISO/IEC 7064 MOD 97-10 of an IBAN (ISO 13616): letters count 10 to 35, the first four characters go last.</summary>
    /// <param name="iban">Letters and digits without separators, 5 bytes or more.</param>
    public static bool Iban(ReadOnlySpan<byte> iban)
    {
        int rest = 0;
        for (int i = 0; i < iban.Length; i++)
        {
            byte b = iban[(i + 4) % iban.Length];
            int value = b <= (byte)'9' ? b - '0' : (b | 0x20) - 'a' + 10;
            rest = ((rest * (value > 9 ? 100 : 10)) + value) % 97;
        }
        return rest == 1;
    }

    /// <summary>ISO/IEC 7064 MOD 11,10: the last digit checks those before.</summary>
    public static bool Mod11_10(ReadOnlySpan<byte> digits)
    {
        int product = 10;
        foreach (byte digit in digits[..^1])
        {
            int sum = (digit + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        return (11 - product) % 10 == digits[^1];
    }

    /// <summary>The weighted sum of the digits, modulo a number.</summary>
    public static int Weighted(ReadOnlySpan<byte> digits, ReadOnlySpan<sbyte> weights, int modulus)
    {
        int sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum += digits[i] * weights[i];
        return ((sum % modulus) + modulus) % modulus;
    }

    /// <summary>Verhoeff's checksum (J. Verhoeff, 1969): the last digit checks those before, over the dihedral group D5.</summary>
    public static bool Verhoeff(ReadOnlySpan<byte> digits)
    {
        ReadOnlySpan<byte> permutation = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        int check = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int value = digits[digits.Length - 1 - i];
            for (int times = i % 8; times > 0; times--)
                value = permutation[10 + value];
            check = Dihedral(check, value);
        }
        return check == 0;
    }

    /// <summary>Whether the last six characters are the base62 CRC-32 of those before (GitHub's token format, 2021).</summary>
    public static bool EndsWithCrc32Base62(ReadOnlySpan<byte> body)
    {
        uint crc = Crc32.HashToUInt32(body[..^6]);
        for (int i = 0; i < 6; i++)
        {
            if (body[body.Length - 1 - i] != Base62[(int)(crc % 62)])
                return false;
            crc /= 62;
        }
        return true;
    }

    private static int Dihedral(int a, int b) =>
        a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b - 5) % 5) + 5) : b < 5 ? ((a - 5 - b + 5) % 5) + 5 : (a - b + 5) % 5;
}
