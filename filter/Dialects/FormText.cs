using System.Text.Unicode;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Text in paths, queries and forms: percent-encoded pieces between separators.</summary>
internal static class FormText
{
    private const int MaxPieces = 4096;

    /// <summary>A field by which some frameworks let a form or query replace the request's method.</summary>
    private static ReadOnlySpan<byte> MethodField => "_method="u8;

    /// <summary>Adds every piece as an argument's text, decoded once.</summary>
    /// <param name="message">Gets the texts; they stand beside the body and cannot be edited.</param>
    /// <param name="encoded">The pieces.</param>
    /// <param name="separator">What stands between them.</param>
    /// <returns>
    /// False if an escape is broken, the text is not UTF-8, there are too many pieces, or one would replace the method.
    /// </returns>
    public static bool TryTake(Message message, ReadOnlyMemory<byte> encoded, byte separator)
    {
        int pieces = 0;
        while (!encoded.IsEmpty)
        {
            if (++pieces > MaxPieces)
                return false;
            int end = encoded.Span.IndexOf(separator);
            ReadOnlyMemory<byte> piece = end < 0 ? encoded : encoded[..end];
            encoded = end < 0 ? default : encoded[(end + 1)..];
            if (piece.IsEmpty)
                continue;
            if (!TryDecode(piece, separator != (byte)'/', out ReadOnlyMemory<byte> text) || text.Span.StartsWith(MethodField))
                return false;
            message.ExtraTexts.Add(text);
        }
        return true;
    }

    private static bool TryDecode(ReadOnlyMemory<byte> piece, bool plusIsSpace, out ReadOnlyMemory<byte> text)
    {
        text = piece;
        ReadOnlySpan<byte> raw = piece.Span;
        if (raw.IndexOfAny((byte)'%', (byte)'+') < 0)
            return Utf8.IsValid(raw);
        var decoded = new byte[raw.Length];
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            byte b = raw[i];
            if (b == (byte)'+' && plusIsSpace)
            {
                b = (byte)' ';
            }
            else if (b == (byte)'%')
            {
                if (i + 2 >= raw.Length || !char.IsAsciiHexDigit((char)raw[i + 1]) || !char.IsAsciiHexDigit((char)raw[i + 2]))
                    return false;
                b = (byte)((HexDigit(raw[i + 1]) << 4) | HexDigit(raw[i + 2]));
                i += 2;
            }
            decoded[length++] = b;
        }
        text = decoded.AsMemory(0, length);
        return Utf8.IsValid(text.Span);
    }

    private static int HexDigit(byte digit) => (digit | 0x20) is var lower && lower >= 'a' ? lower - 'a' + 10 : digit - '0';
}
