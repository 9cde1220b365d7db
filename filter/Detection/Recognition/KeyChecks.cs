using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Checksums of keys and wallets written as text.</summary>
internal static class KeyChecks
{
    private const int Most = 112;

    private static ReadOnlySpan<byte> Base58 => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"u8;

    private static ReadOnlySpan<byte> Bech32Letters => "qpzry9x8gf2tvdw0s3jn54khce6mua7l"u8;

    /// <summary>Whether a base58 text ends in the first four bytes of the double SHA-256 of what comes before (Base58Check).</summary>
    public static bool Base58Check(ReadOnlySpan<byte> text) => Base58Check(text, Base58, out _);

    /// <summary>The same with another order of the 58 letters.</summary>
    /// <param name="text">At most 112 characters.</param>
    /// <param name="letters">The 58 letters.</param>
    /// <param name="version">First byte of what is written.</param>
    public static bool Base58Check(ReadOnlySpan<byte> text, ReadOnlySpan<byte> letters, out byte version)
    {
        version = 0;
        if (text.Length is < 20 or > Most)
            return false;
        Span<byte> number = stackalloc byte[Most];
        int length = 0;
        int zeros = 0;
        foreach (byte b in text)
        {
            int carry = letters.IndexOf(b);
            if (carry < 0)
                return false;
            zeros += carry == 0 && length == 0 ? 1 : 0;
            for (int i = 0; i < length || carry > 0; i++)
            {
                if (i == length)
                    number[length++] = 0;
                carry += number[i] * 58;
                number[i] = (byte)carry;
                carry >>= 8;
            }
        }
        number[length..(length + Math.Min(zeros, Most - length))].Clear();
        length += Math.Min(zeros, Most - length);
        Span<byte> bytes = number[..length];
        bytes.Reverse();
        if (length < 12)
            return false;
        version = bytes[0];
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes[..^4], hash);
        SHA256.HashData(hash, hash);
        return hash[..4].SequenceEqual(bytes[^4..]);
    }

    /// <summary>Whether a text is Bech32 or Bech32m (BIP 173, BIP 350): a prefix, "1", and letters whose last six check all.</summary>
    public static bool Bech32(ReadOnlySpan<byte> text)
    {
        int one = text.LastIndexOf((byte)'1');
        if (one < 1 || text.Length - one < 7 || text.Length > Most)
            return false;
        uint check = 1;
        foreach (byte b in text[..one])
            check = Polymod(check, (uint)(Lower(b) >> 5));
        check = Polymod(check, 0);
        foreach (byte b in text[..one])
            check = Polymod(check, (uint)(Lower(b) & 31));
        foreach (byte b in text[(one + 1)..])
        {
            int value = Bech32Letters.IndexOf(Lower(b));
            if (value < 0)
                return false;
            check = Polymod(check, (uint)value);
        }
        return check is 1 or 0x2BC830A3;
    }

    /// <summary>Whether a base32 text (RFC 4648 §6, no padding) ends in the CRC-16/XMODEM of what comes before, low byte first.</summary>
    public static bool Crc16Base32(ReadOnlySpan<byte> text)
    {
        if (text.Length > Most)
            return false;
        Span<byte> bytes = stackalloc byte[Most];
        int length = 0;
        int bits = 0;
        uint buffer = 0;
        foreach (byte b in text)
        {
            buffer = (buffer << 5) | (uint)(b >= (byte)'A' ? b - 'A' : b - '2' + 26);
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[length++] = (byte)(buffer >> bits);
            }
        }
        return length > 2 && Crc16(bytes[..(length - 2)]) == BinaryPrimitives.ReadUInt16LittleEndian(bytes[(length - 2)..length]);
    }

    private static ushort Crc16(ReadOnlySpan<byte> bytes)
    {
        int crc = 0;
        foreach (byte b in bytes)
        {
            crc ^= b << 8;
            for (int i = 0; i < 8; i++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }
        return (ushort)crc;
    }

    private static uint Polymod(uint check, uint value)
    {
        ReadOnlySpan<uint> generators = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];
        uint top = check >> 25;
        check = ((check & 0x1FFFFFF) << 5) ^ value;
        for (int i = 0; i < 5; i++)
        {
            if (((top >> i) & 1) != 0)
                check ^= generators[i];
        }
        return check;
    }

    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
