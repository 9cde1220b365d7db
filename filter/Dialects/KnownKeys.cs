using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Keys that decide what is enforced. Some servers read keys without regard to case: a known key in another case is a
/// second reading of the object, whether or not the right one stands beside it. Case is ASCII's, and the two letters
/// beyond it that Go's encoding/json takes for ASCII ones: the long s (U+017F) and the Kelvin sign (U+212A).
/// </summary>
internal static class KnownKeys
{
    /// <summary>Whether an object has a key that equals a known one but for ASCII case.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="obj">An object's node; anything else has no such key.</param>
    /// <param name="known">The known keys.</param>
    public static bool HasVariant(JsonTape tape, int obj, byte[][] known)
    {
        if (!tape.Is(obj, JsonKind.Object))
            return false;
        Span<byte> decoded = stackalloc byte[256];
        for (int key = JsonTape.FirstChild(obj); key < tape[obj].End; key = tape.Next(key))
        {
            scoped ReadOnlySpan<byte> name = tape.Raw(key);
            if (name.Length > decoded.Length)
                continue;
            if (tape[key].Escaped)
                name = decoded[..JsonText.Decode(name, decoded)];
            bool lookAlike = !Ascii.IsValid(name) && name.IndexOfAny((byte)0xC5, (byte)0xE2) >= 0;
            if (lookAlike)
                name = FoldLookAlikes(name, decoded);
            if (IsAnotherCase(name, known, lookAlike))
                return true;
        }
        return false;
    }

    /// <summary>Whether a value is a known one but for ASCII case, where the known ones are in lower case.</summary>
    /// <param name="value">Decoded.</param>
    /// <param name="known">The known values.</param>
    public static bool IsVariant(ReadOnlySpan<byte> value, byte[][] known)
    {
        Span<byte> folded = stackalloc byte[64];
        if (value.Length > folded.Length || (!value.ContainsAnyInRange((byte)'A', (byte)'Z') && value.IndexOfAny((byte)0xC5, (byte)0xE2) < 0))
            return false;
        ReadOnlySpan<byte> plain = FoldLookAlikes(value, folded);
        foreach (byte[] expected in known)
        {
            if (Ascii.EqualsIgnoreCase(plain, expected))
                return true;
        }
        return false;
    }

    private static bool IsAnotherCase(ReadOnlySpan<byte> name, byte[][] known, bool lookAlike)
    {
        bool variant = false;
        foreach (byte[] expected in known)
        {
            if (name.Length != expected.Length || (name.Length > 0 && ((name[0] ^ expected[0]) & 0xDF) != 0))
                continue;
            // A key is there once: what equals one known key is no variant of another that differs in case alone.
            if (!lookAlike && name.SequenceEqual(expected))
                return false;
            variant |= Ascii.EqualsIgnoreCase(name, expected);
        }
        return variant;
    }

    private static ReadOnlySpan<byte> FoldLookAlikes(ReadOnlySpan<byte> name, Span<byte> into)
    {
        // In place where the name was decoded into the same bytes: folding never lengthens.
        int length = 0;
        for (int i = 0; i < name.Length; length++)
        {
            bool longS = name[i..].StartsWith("\u017F"u8);
            bool kelvin = name[i..].StartsWith("\u212A"u8);
            // Upper case, so that a folded name is never the known one itself.
            into[length] = longS ? (byte)'S' : kelvin ? (byte)'K' : name[i];
            i += longS ? 2 : kelvin ? 3 : 1;
        }
        return into[..length];
    }

    /// <summary>Keys as bytes.</summary>
    public static byte[][] Of(params string[] keys) => [.. keys.Select(Encoding.UTF8.GetBytes)];
}
