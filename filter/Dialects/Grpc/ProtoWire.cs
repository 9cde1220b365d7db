namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>How a field's bytes are laid out (protobuf encoding, "Message structure").</summary>
internal enum WireType : byte
{
    /// <summary>A base-128 number.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length, and so many bytes.</summary>
    Bytes = 2,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

/// <summary>
/// Reads protobuf's bytes, strictly: nothing that readers could take differently (numbers longer than their type, field number
/// 0, groups, a length past the end) is read at all.
/// </summary>
/// <param name="bytes">The bytes; positions are from their beginning.</param>
/// <param name="start">Where to begin.</param>
internal ref struct ProtoWire(ReadOnlySpan<byte> bytes, int start = 0)
{
    private const int LongestTag = 5;
    private const int LongestVarint = 10;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The next byte to be read.</summary>
    public int Position { get; private set; } = start;

    /// <summary>Whether everything was read.</summary>
    public readonly bool AtEnd => Position >= _bytes.Length;

    /// <summary>Reads a field's number and layout.</summary>
    public bool TryTag(out int number, out WireType type)
    {
        int from = Position;
        bool read = TryVarint(out ulong tag) && Position - from <= LongestTag && tag <= uint.MaxValue;
        number = (int)(tag >> 3);
        type = (WireType)(tag & 7);
        return read && number > 0 && type is WireType.Varint or WireType.Fixed64 or WireType.Bytes or WireType.Fixed32;
    }

    /// <summary>Reads a number of at most 64 bits.</summary>
    public bool TryVarint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < LongestVarint && Position < _bytes.Length; i++)
        {
            byte b = _bytes[Position++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
                return i < LongestVarint - 1 || b <= 1;
        }
        return false;
    }

    /// <summary>Reads a length and steps over so many bytes.</summary>
    /// <param name="start">Where they begin.</param>
    /// <param name="length">How many.</param>
    public bool TryBytes(out int start, out int length)
    {
        length = 0;
        start = 0;
        if (!TryVarint(out ulong count) || count > (ulong)(_bytes.Length - Position))
            return false;
        start = Position;
        length = (int)count;
        Position += length;
        return true;
    }

    /// <summary>Steps over a value that is no string of bytes.</summary>
    public bool TrySkip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint:
                return TryVarint(out _);
            case WireType.Bytes:
                return TryBytes(out _, out _);
            default:
                int size = type == WireType.Fixed64 ? 8 : 4;
                if (_bytes.Length - Position < size)
                    return false;
                Position += size;
                return true;
        }
    }
}
