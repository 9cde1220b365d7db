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
    public bool IsAmbiguous(JsonTape tape, int message) => IsAmbiguous(tape, message, out _);

    /// <summary>The same, saying besides which fields are there.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="message">An object's node; anything else names nothing.</param>
    /// <param name="seen">A bit for each field that is named; see <see cref="BitsOf"/>.</param>
    public bool IsAmbiguous(JsonTape tape, int message, out ulong seen)
    {
        seen = 0;
        if (!tape.Is(message, JsonKind.Object))
            return false;
        for (int key = JsonTape.FirstChild(message); key < tape[message].End; key = tape.Next(key))
        {
            int field = IndexOf(tape, key);
            if (field < 0 && !IsOtherSpelling(tape, key))
                continue;
            if (field < 0 || (seen & (1UL << field)) != 0)
                return true;
            seen |= 1UL << field;
        }
        return false;
    }

    /// <summary>The bits of some of the fields.</summary>
    public ulong BitsOf(params ReadOnlySpan<ProtoField> some)
    {
        ulong bits = 0;
        foreach (ProtoField field in some)
            bits |= 1UL << Array.IndexOf(fields, field);
        return bits;
    }

    private int IndexOf(JsonTape tape, int key)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            if (fields[i].IsNamedBy(tape, key))
                return i;
        }
        return -1;
    }

    /// <summary>Whether a key that is no field's name is one but for case and underscores.</summary>
    private bool IsOtherSpelling(JsonTape tape, int key)
    {
        Span<byte> folded = stackalloc byte[LongestKey];
        int length = Fold(tape, key, folded);
        if (length < 0)
            return false;
        foreach (byte[] name in _folded)
        {
            if (folded[..length].SequenceEqual(name))
                return true;
        }
        return false;
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
