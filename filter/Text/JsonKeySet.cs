using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Finds two keys of one object that are equal, or that some reader takes for one: those that differ in ASCII case, or in the
/// two characters beyond ASCII whose case folds into it, U+017F and U+212A (Go's encoding/json matches them). Few plain keys
/// are compared pair by pair; others go through a hash table whose hash is keyed per process, so that chosen keys cannot
/// make it slow.
/// </summary>
internal sealed class JsonKeySet : IDisposable
{
    private const int PairwiseLimit = 12;
    private int[] _slots = [];
    private byte[] _folded = [];

    /// <summary>Places of the hash table looked at so far, by which tests see that the work is linear.</summary>
    internal long Probes { get; private set; }

    /// <summary>The first clash among the keys of an object, or <see cref="JsonFault.None"/>.</summary>
    public JsonFault FindClash(JsonTape tape, int obj)
    {
        int keys = 0;
        int longest = 0;
        bool plain = true;
        int end = tape[obj].End;
        for (int key = obj + 1; key < end; key = tape[key + 1].End)
        {
            keys++;
            longest = Math.Max(longest, tape[key].Length);
            plain = plain && !tape[key].Escaped && Ascii.IsValid(tape.Raw(key));
        }
        if (keys < 2)
            return JsonFault.None;
        return keys <= PairwiseLimit && plain ? Pairwise(tape, obj, end) : Hashed(tape, obj, end, keys, longest);
    }

    public void Dispose()
    {
        Return(ref _folded);
        Return(ref _slots);
    }

    private static JsonFault Pairwise(JsonTape tape, int obj, int end)
    {
        for (int key = obj + 1; key < end; key = tape[key + 1].End)
        {
            ReadOnlySpan<byte> name = tape.Raw(key);
            for (int other = tape[key + 1].End; other < end; other = tape[other + 1].End)
            {
                if (name.Length == tape[other].Length && Ascii.EqualsIgnoreCase(name, tape.Raw(other)))
                    return name.SequenceEqual(tape.Raw(other)) ? JsonFault.DuplicateKey : JsonFault.CaseVariantKey;
            }
        }
        return JsonFault.None;
    }

    private JsonFault Hashed(JsonTape tape, int obj, int end, int keys, int longest)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)keys * 2);
        Reserve(ref _slots, size);
        // Two keys side by side, each with a byte to spare.
        int half = longest + 1;
        Reserve(ref _folded, half * 2);
        Span<int> slots = _slots.AsSpan(0, size);
        slots.Clear();
        for (int key = obj + 1; key < end; key = tape[key + 1].End)
        {
            int length = Fold(tape, key, _folded);
            ReadOnlySpan<byte> folded = _folded.AsSpan(0, length);
            for (int slot = Hash(_folded, length) & (size - 1); ; slot = (slot + 1) & (size - 1))
            {
                Probes++;
                int other = slots[slot];
                if (other == 0)
                {
                    slots[slot] = key;
                    break;
                }
                Span<byte> rest = _folded.AsSpan(half);
                if (tape[other].Length >= length && rest[..Fold(tape, other, rest)].SequenceEqual(folded))
                    return SameDecoded(tape, key, other) ? JsonFault.DuplicateKey : JsonFault.CaseVariantKey;
            }
        }
        return JsonFault.None;
    }

    /// <summary>The runtime's keyed hash of text (Marvin32) over bytes: there is no public one over bytes that is keyed.</summary>
    private static int Hash(byte[] folded, int length)
    {
        // An odd last byte is paired with one that no UTF-8 holds.
        if (length % 2 == 1)
            folded[length++] = 0xFF;
        return string.GetHashCode(MemoryMarshal.Cast<byte, char>(folded.AsSpan(0, length)));
    }

    private bool SameDecoded(JsonTape tape, int key, int other)
    {
        int length = JsonText.Decode(tape.Raw(key), _folded);
        return tape.KeyEquals(other, _folded.AsSpan(0, length));
    }

    private static int Fold(JsonTape tape, int key, Span<byte> into)
    {
        int length = JsonText.Decode(tape.Raw(key), into);
        int to = 0;
        for (int from = 0; from < length; from++)
        {
            byte b = into[from];
            ReadOnlySpan<byte> rest = into[from..length];
            if (b is >= (byte)'A' and <= (byte)'Z')
            {
                b |= 0x20;
            }
            else if (b == 0xC5 && rest.StartsWith("\u017F"u8))
            {
                b = (byte)'s';
                from += 1;
            }
            else if (b == 0xE2 && rest.StartsWith("\u212A"u8))
            {
                b = (byte)'k';
                from += 2;
            }
            into[to++] = b;
        }
        return to;
    }

    private static void Reserve<T>(ref T[] pooled, int length)
    {
        if (pooled.Length >= length)
            return;
        Return(ref pooled);
        pooled = ArrayPool<T>.Shared.Rent(length);
    }

    private static void Return<T>(ref T[] pooled)
    {
        if (pooled.Length > 0)
            ArrayPool<T>.Shared.Return(pooled);
        pooled = [];
    }
}
