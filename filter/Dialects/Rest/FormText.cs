using System.Text.Unicode;

namespace EnvoyExtAuthz.Dialects.Rest;

/// <summary>Text in paths, queries and forms: percent-encoded pieces between separators.</summary>
internal static class FormText
{
    private const int MaxPieces = 4096;

    /// <summary>Adds every piece as an argument's text, decoded once.</summary>
    /// <param name="message">Gets the texts; they stand beside the body and cannot be edited.</param>
    /// <param name="encoded">The pieces.</param>
    /// <param name="separator">What stands between them.</param>
    /// <returns>False if an escape is broken, the text is not UTF-8, or there are too many pieces.</returns>
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
            if (!TryDecode(piece.Span, separator != (byte)'/', out byte[] text))
                return false;
            message.ExtraTexts.Add(text);
        }
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> piece, bool plusIsSpace, out byte[] text)
    {
        text = new byte[piece.Length];
        int length = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            byte b = piece[i];
            if (b == (byte)'+' && plusIsSpace)
            {
                b = (byte)' ';
            }
            else if (b == (byte)'%')
            {
                if (i + 2 >= piece.Length || !char.IsAsciiHexDigit((char)piece[i + 1]) || !char.IsAsciiHexDigit((char)piece[i + 2]))
                    return false;
                b = (byte)((HexDigit(piece[i + 1]) << 4) | HexDigit(piece[i + 2]));
                i += 2;
            }
            text[length++] = b;
        }
        Array.Resize(ref text, length);
        return Utf8.IsValid(text);
    }

    private static int HexDigit(byte digit) => (digit | 0x20) is var lower && lower >= 'a' ? lower - 'a' + 10 : digit - '0';
}
