namespace EnvoyExtAuthz.Text;

/// <summary>Terminal escape sequences (ECMA-48 §5.4, §8.3), raw or as programs spell them.</summary>
internal static class TerminalEscape
{
    /// <summary>
    /// How many bytes at the beginning of some text are a sequence's own. The text inside an operating system command stays,
    /// because a model reads it.
    /// </summary>
    /// <returns>0 if there is no sequence.</returns>
    public static int Length(ReadOnlySpan<byte> text)
    {
        int intro = Introducer(text, out bool whole, out bool raw);
        if (intro == 0)
            return 0;
        ReadOnlySpan<byte> rest = text[intro..];
        if (!whole)
        {
            if (rest.IsEmpty || rest[0] is not ((byte)'[' or (byte)']'))
                return raw ? intro + (!rest.IsEmpty && rest[0] == (byte)'\\' ? 1 : 0) : 0;
            whole = rest[0] == (byte)'[';
            intro++;
            rest = rest[1..];
        }
        if (!whole)
            return intro;
        int parameters = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'?');
        if (parameters < 0)
            parameters = rest.Length;
        rest = rest[parameters..];
        // Without parameters only common sequences take a letter: `ESC [ignore` must not become "gnore".
        bool final = !rest.IsEmpty && (parameters > 0 ? rest[0] is >= 0x40 and <= 0x7E : rest[0] is (byte)'m' or (byte)'H' or (byte)'J' or (byte)'K');
        return intro + parameters + (final ? 1 : 0);
    }

    private static int Introducer(ReadOnlySpan<byte> text, out bool whole, out bool raw)
    {
        raw = text[0] == 0x1B;
        // U+009B is ESC [ in one character.
        whole = text.StartsWith((ReadOnlySpan<byte>)[0xC2, 0x9B]);
        if (raw)
            return 1;
        if (whole)
            return 2;
        if (text.StartsWith("\\x1b"u8) || text.StartsWith("\\x1B"u8) || text.StartsWith("\\033"u8))
            return 4;
        if (text.StartsWith("\\u001b"u8) || text.StartsWith("\\u001B"u8))
            return 6;
        return text.StartsWith("\\e"u8) ? 2 : 0;
    }
}
