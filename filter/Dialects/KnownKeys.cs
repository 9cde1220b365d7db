using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Keys that decide what is enforced. Some servers read keys without regard to case: a known key in another case is a
/// second reading of the object, whether or not the right one stands beside it.
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
        Span<byte> decoded = stackalloc byte[128];
        for (int key = JsonTape.FirstChild(obj); key < tape[obj].End; key = tape.Next(key))
        {
            scoped ReadOnlySpan<byte> name = tape.Raw(key);
            if (name.Length > decoded.Length)
                continue;
            if (tape[key].Escaped)
                name = decoded[..JsonText.Decode(name, decoded)];
            foreach (byte[] expected in known)
            {
                if (name.Length == expected.Length && Ascii.EqualsIgnoreCase(name, expected) && !name.SequenceEqual(expected))
                    return true;
            }
        }
        return false;
    }

    /// <summary>Keys as bytes.</summary>
    public static byte[][] Of(params string[] keys) => [.. keys.Select(Encoding.UTF8.GetBytes)];
}
