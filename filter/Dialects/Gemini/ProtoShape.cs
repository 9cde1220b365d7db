using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// The fields of one kind of message that decide what is enforced or shown to a model. Parsers of ProtoJSON differ in which
/// spellings of a name they take and which of two they believe, so there is one reading only where each field stands once,
/// under one of its two names. A key that equals a field's name but for case and underscores is a second reading of it.
/// </summary>
/// <param name="fields">At most 64.</param>
internal sealed class ProtoShape(params ProtoField[] fields)
{
    private const int LongestKey = 64;
    private readonly byte[][] _folded = [.. fields.Select(f => f.Name.Select(b => (byte)char.ToLowerInvariant((char)b)).ToArray())];

    /// <summary>Whether an object names one of the fields twice or in a spelling that only some parsers know.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="message">An object's node; anything else names nothing.</param>
    public bool IsAmbiguous(JsonTape tape, int message)
    {
        if (!tape.Is(message, JsonKind.Object))
            return false;
        ulong seen = 0;
        Span<byte> folded = stackalloc byte[LongestKey];
        for (int key = JsonTape.FirstChild(message); key < tape[message].End; key = tape.Next(key))
        {
            int length = Fold(tape, key, folded);
            int field = length < 0 ? -1 : IndexOf(folded[..length]);
            if (field < 0)
                continue;
            if ((seen & (1UL << field)) != 0 || !fields[field].IsNamedBy(tape, key))
                return true;
            seen |= 1UL << field;
        }
        return false;
    }

    /// <summary>Whether a key is one of the fields' names.</summary>
    public bool Knows(JsonTape tape, int key)
    {
        foreach (ProtoField field in fields)
        {
            if (field.IsNamedBy(tape, key))
                return true;
        }
        return false;
    }

    private int IndexOf(ReadOnlySpan<byte> folded)
    {
        for (int i = 0; i < _folded.Length; i++)
        {
            if (folded.SequenceEqual(_folded[i]))
                return i;
        }
        return -1;
    }

    /// <summary>A key in lower case, without underscores, look-alikes of ASCII letters (see <see cref="KnownKeys"/>) as those.</summary>
    /// <returns>Its length, or -1 if it is too long to be a field's name.</returns>
    private static int Fold(JsonTape tape, int key, Span<byte> folded)
    {
        Span<byte> decoded = stackalloc byte[LongestKey * 6];
        scoped ReadOnlySpan<byte> raw = tape.Raw(key);
        if (raw.Length > decoded.Length)
            return -1;
        if (tape[key].Escaped)
            raw = decoded[..JsonText.Decode(raw, decoded)];
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == (byte)'_')
                continue;
            if (length == folded.Length)
                return -1;
            byte b = raw[i];
            bool longS = b == 0xC5 && raw[i..].StartsWith("\u017F"u8);
            bool kelvin = b == 0xE2 && raw[i..].StartsWith("\u212A"u8);
            folded[length++] = longS ? (byte)'s' : kelvin ? (byte)'k' : b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
            i += longS ? 1 : kelvin ? 2 : 0;
        }
        return length;
    }
}
