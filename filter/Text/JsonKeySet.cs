using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Finds two keys of one object that are equal, or equal but for ASCII case. Few keys are compared pair by pair; many go
/// through a hash table whose hash is seeded per process, so that chosen keys cannot make it slow.
/// </summary>
internal sealed class JsonKeySet : IDisposable
{
    private const int PairwiseLimit = 12;
    private int[] _slots = [];
    private byte[] _folded = ArrayPool<byte>.Shared.Rent(8192);

    /// <summary>The first clash among the keys of an object, or <see cref="JsonFault.None"/>.</summary>
    public JsonFault FindClash(JsonTape tape, int obj)
    {
        int keys = 0;
        bool escaped = false;
        int end = tape[obj].End;
        for (int key = obj + 1; key < end; key = tape[key + 1].End)
        {
            keys++;
            escaped |= tape[key].Escaped;
        }
        if (keys < 2)
            return JsonFault.None;
        return keys <= PairwiseLimit && !escaped ? Pairwise(tape, obj, end) : Hashed(tape, obj, end, keys);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_folded);
        _folded = [];
        if (_slots.Length > 0)
            ArrayPool<int>.Shared.Return(_slots);
        _slots = [];
    }

    private static JsonFault Pairwise(JsonTape tape, int obj, int end)
    {
        for (int key = obj + 1; key < end; key = tape[key + 1].End)
        {
            ReadOnlySpan<byte> name = tape.Raw(key);
            for (int other = tape[key + 1].End; other < end; other = tape[other + 1].End)
            {
                if (name.Length == tape[other].Length && Ascii.EqualsIgnoreCase(name, tape.Raw(other)) is true)
                    return name.SequenceEqual(tape.Raw(other)) ? JsonFault.DuplicateKey : JsonFault.CaseVariantKey;
                // Ascii.EqualsIgnoreCase is false for anything beyond ASCII, equal or not.
                if (name.SequenceEqual(tape.Raw(other)))
                    return JsonFault.DuplicateKey;
            }
        }
        return JsonFault.None;
    }

    private JsonFault Hashed(JsonTape tape, int obj, int end, int keys)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)keys * 2);
        if (_slots.Length < size)
        {
            if (_slots.Length > 0)
                ArrayPool<int>.Shared.Return(_slots);
            _slots = ArrayPool<int>.Shared.Rent(size);
        }
        Span<int> slots = _slots.AsSpan(0, size);
        slots.Clear();
        for (int key = obj + 1; key < end; key = tape[key + 1].End)
        {
            int length = Fold(tape, key, _folded, out bool lower);
            ReadOnlySpan<byte> folded = _folded.AsSpan(0, length);
            var hash = new HashCode();
            hash.AddBytes(folded);
            for (int slot = hash.ToHashCode() & (size - 1); ; slot = (slot + 1) & (size - 1))
            {
                int other = slots[slot];
                if (other == 0)
                {
                    slots[slot] = key;
                    break;
                }
                if (SameFolded(tape, other, folded))
                    return SameDecoded(tape, key, other) ? JsonFault.DuplicateKey : JsonFault.CaseVariantKey;
            }
            _ = lower;
        }
        return JsonFault.None;
    }

    private static bool SameFolded(JsonTape tape, int other, ReadOnlySpan<byte> folded)
    {
        // Decoding never lengthens, so a shorter raw key cannot match.
        if (tape[other].Length < folded.Length)
            return false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(tape[other].Length + 1);
        int length = Fold(tape, other, buffer, out _);
        bool same = folded.SequenceEqual(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return same;
    }

    private static bool SameDecoded(JsonTape tape, int key, int other)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(tape[key].Length + 1);
        int length = JsonText.Decode(tape.Raw(key), buffer);
        bool same = tape.KeyEquals(other, buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return same;
    }

    private static int Fold(JsonTape tape, int key, Span<byte> into, out bool changed)
    {
        ReadOnlySpan<byte> raw = tape.Raw(key);
        int length = raw.Length;
        if (tape[key].Escaped)
            length = JsonText.Decode(raw, into);
        else
            raw.CopyTo(into);
        changed = false;
        foreach (ref byte b in into[..length])
        {
            if (b is >= (byte)'A' and <= (byte)'Z')
            {
                b |= 0x20;
                changed = true;
            }
        }
        return length;
    }
}
