using System.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Whether a string looks drawn at random, as secrets are, or written by a person, as names and placeholders are.</summary>
internal static class Randomness
{
    private static readonly byte[][] PlaceholderWords =
    [
        .. new[]
        {
            "example", "placeholder", "your", "changeme", "change_me", "change-me", "redacted", "dummy", "insert", "replace", "xxxx", "****", "...", "…", "abcdefgh", "secret_here",
            "_here", "-here", "1234567890abcdef", "undefined", "process.env", "os.environ", "getenv", "secrets.", "fixme", "sample", "foobar", "notreal", "not_real",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    /// <summary>Whether a string has the variety of a random one and none of a placeholder's words. Reads at most 256 bytes.</summary>
    public static bool LooksDrawn(ReadOnlySpan<byte> value)
    {
        value = value[..Math.Min(value.Length, 256)];
        return !IsPlaceholder(value) && BitsPerByte(value) >= Math.Min(2.8, 0.62 * Math.Log2(value.Length));
    }

    /// <summary>Whether a string stands in for a value.</summary>
    public static bool IsPlaceholder(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value[0] is (byte)'<' or (byte)'$' or (byte)'{' or (byte)'%' or (byte)'[' || value[^1] == (byte)'>')
            return true;
        foreach (byte[] word in PlaceholderWords)
        {
            if (ContainsIgnoreCase(value, word))
                return true;
        }
        return false;
    }

    /// <summary>Shannon entropy of a string's own bytes, in bits a byte; 0 for an empty one.</summary>
    public static double BitsPerByte(ReadOnlySpan<byte> value)
    {
        Span<short> counts = stackalloc short[256];
        counts.Clear();
        foreach (byte b in value)
            counts[b]++;
        double bits = 0;
        foreach (short count in counts)
        {
            if (count > 0)
                bits -= count * Math.Log2((double)count / value.Length);
        }
        return value.IsEmpty ? 0 : bits / value.Length;
    }

    /// <summary>How many of lower case, upper case, digits and others a string has.</summary>
    public static int Classes(ReadOnlySpan<byte> value)
    {
        int seen = 0;
        foreach (byte b in value)
            seen |= b is >= (byte)'a' and <= (byte)'z' ? 1 : b is >= (byte)'A' and <= (byte)'Z' ? 2 : b is >= (byte)'0' and <= (byte)'9' ? 4 : 8;
        return System.Numerics.BitOperations.PopCount((uint)seen);
    }

    private static bool ContainsIgnoreCase(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word)
    {
        for (int i = 0; i + word.Length <= value.Length; i++)
        {
            if ((value[i] | 0x20) == (word[0] | 0x20) && Ascii.EqualsIgnoreCase(value.Slice(i, word.Length), word))
                return true;
        }
        return false;
    }
}
