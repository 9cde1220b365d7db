using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// The bytes of JSON strings: from escaped to plain, back, and from an offset in the one to the offset in the other.
/// All input is taken from a text that <see cref="JsonTape"/> accepted: valid UTF-8, valid escapes, whole surrogate pairs.
/// </summary>
public static class JsonText
{
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>Decodes the bytes between a string's quotes.</summary>
    /// <param name="raw">As written, without quotes.</param>
    /// <param name="into">At least as long as <paramref name="raw"/>: decoding never lengthens.</param>
    /// <returns>Bytes written.</returns>
    public static int Decode(ReadOnlySpan<byte> raw, Span<byte> into)
    {
        int written = 0;
        while (true)
        {
            int plain = raw.IndexOf((byte)'\\');
            if (plain < 0)
                plain = raw.Length;
            raw[..plain].CopyTo(into[written..]);
            written += plain;
            if (plain == raw.Length)
                return written;
            raw = raw[plain..];
            int consumed = Unescape(raw, into[written..], out int produced);
            written += produced;
            raw = raw[consumed..];
        }
    }

    /// <summary>Whether an escaped string decodes to some bytes, without writing it out.</summary>
    public static bool DecodedEquals(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> value)
    {
        Span<byte> one = stackalloc byte[4];
        while (!raw.IsEmpty)
        {
            if (raw[0] != (byte)'\\')
            {
                if (value.IsEmpty || value[0] != raw[0])
                    return false;
                raw = raw[1..];
                value = value[1..];
                continue;
            }
            int consumed = Unescape(raw, one, out int produced);
            if (!value.StartsWith(one[..produced]))
                return false;
            raw = raw[consumed..];
            value = value[produced..];
        }
        return value.IsEmpty;
    }

    /// <summary>
    /// The raw offset of a decoded offset. A decoded offset inside a character that was written as an escape maps to the
    /// escape's beginning, so that a range never cuts an escape in two.
    /// </summary>
    /// <param name="raw">As written, without quotes.</param>
    /// <param name="decoded">0 to the decoded length.</param>
    public static int RawOffset(ReadOnlySpan<byte> raw, int decoded)
    {
        Span<byte> one = stackalloc byte[4];
        int at = 0;
        int seen = 0;
        while (seen < decoded && at < raw.Length)
        {
            if (raw[at] != (byte)'\\')
            {
                at++;
                seen++;
                continue;
            }
            int consumed = Unescape(raw[at..], one, out int produced);
            if (seen + produced > decoded)
                return at;
            at += consumed;
            seen += produced;
        }
        return at;
    }

    /// <summary>Writes text as the inside of a JSON string: only what RFC 8259 §7 requires is escaped.</summary>
    public static void Escape(ReadOnlySpan<byte> text, IBufferWriter<byte> into)
    {
        while (true)
        {
            int plain = text.IndexOfAny(MustEscape);
            if (plain < 0)
            {
                into.Write(text);
                return;
            }
            into.Write(text[..plain]);
            EscapeOne(text[plain], into);
            text = text[(plain + 1)..];
        }
    }

    /// <summary>Text as the inside of a JSON string, in an array of its own.</summary>
    public static byte[] Escape(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny(MustEscape) < 0)
            return text.ToArray();
        var buffer = new ArrayBufferWriter<byte>(text.Length + 16);
        Escape(text, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Whether every <c>\u</c> surrogate of an escaped string has its other half right after it.</summary>
    internal static bool HasWholeSurrogates(ReadOnlySpan<byte> raw)
    {
        for (int at = raw.IndexOf((byte)'\\'); at < raw.Length; at++)
        {
            if (raw[at] != (byte)'\\')
                continue;
            at++;
            if (raw[at] != (byte)'u')
                continue;
            int unit = Hex4(raw[(at + 1)..]);
            at += 4;
            if (unit is >= 0xDC00 and <= 0xDFFF)
                return false;
            if (unit is < 0xD800 or > 0xDBFF)
                continue;
            if (raw.Length < at + 7 || raw[at + 1] != (byte)'\\' || raw[at + 2] != (byte)'u' || Hex4(raw[(at + 3)..]) is < 0xDC00 or > 0xDFFF)
                return false;
            at += 6;
        }
        return true;
    }

    /// <summary>Decodes the escape at the beginning of some bytes.</summary>
    private static int Unescape(ReadOnlySpan<byte> raw, Span<byte> into, out int produced)
    {
        byte letter = raw[1];
        if (letter != (byte)'u')
        {
            into[0] = letter switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                _ => letter,
            };
            produced = 1;
            return 2;
        }
        int unit = Hex4(raw[2..]);
        int consumed = 6;
        if (unit is >= 0xD800 and <= 0xDBFF && raw.Length >= 12)
        {
            unit = char.ConvertToUtf32((char)unit, (char)Hex4(raw[8..]));
            consumed = 12;
        }
        produced = Rune.TryCreate(unit, out Rune rune) ? rune.EncodeToUtf8(into) : Rune.ReplacementChar.EncodeToUtf8(into);
        return consumed;
    }

    private static int Hex4(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        for (int i = 0; i < 4; i++)
        {
            int digit = digits[i] | 0x20;
            value = (value << 4) | (digit >= 'a' ? digit - 'a' + 10 : digit - '0');
        }
        return value;
    }

    private static void EscapeOne(byte b, IBufferWriter<byte> into)
    {
        ReadOnlySpan<byte> shortForm = b switch
        {
            (byte)'"' => "\\\""u8,
            (byte)'\\' => "\\\\"u8,
            (byte)'\b' => "\\b"u8,
            (byte)'\f' => "\\f"u8,
            (byte)'\n' => "\\n"u8,
            (byte)'\r' => "\\r"u8,
            (byte)'\t' => "\\t"u8,
            _ => default,
        };
        if (!shortForm.IsEmpty)
        {
            into.Write(shortForm);
            return;
        }
        const string Hex = "0123456789abcdef";
        into.Write((ReadOnlySpan<byte>)[(byte)'\\', (byte)'u', (byte)'0', (byte)'0', (byte)Hex[b >> 4], (byte)Hex[b & 15]]);
    }
}
