using System.Buffers;

namespace EnvoyExtAuthz.Engine;

/// <summary>How adding to a <see cref="BodyBuffer"/> went.</summary>
internal enum BodyAppend : byte
{
    /// <summary>Taken.</summary>
    Taken,

    /// <summary>Over the exchange's own limit.</summary>
    TooLarge,

    /// <summary>Over the limit of all exchanges.</summary>
    NoMemory,
}

/// <summary>
/// Gathers a body. One piece is kept as it is, without a copy; more are joined in a pooled array. Counts against a
/// <see cref="MemoryBudget"/> until it is cleared. Not thread-safe.
/// </summary>
internal sealed class BodyBuffer(MemoryBudget budget)
{
    private byte[]? _joined;
    private long _taken;

    /// <summary>The body so far.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Adds a piece. The piece must stay unchanged until <see cref="Clear"/>.</summary>
    public BodyAppend Append(ReadOnlyMemory<byte> piece, int limit)
    {
        if ((long)Bytes.Length + piece.Length > limit)
            return BodyAppend.TooLarge;
        if (!budget.TryTake(piece.Length))
            return BodyAppend.NoMemory;
        _taken += piece.Length;
        if (Bytes.IsEmpty)
            Bytes = piece;
        else if (!piece.IsEmpty)
            Join(piece.Span);
        return BodyAppend.Taken;
    }

    /// <summary>Adds a copy of a piece.</summary>
    public BodyAppend AppendCopy(ReadOnlySpan<byte> piece, int limit)
    {
        if ((long)Bytes.Length + piece.Length > limit)
            return BodyAppend.TooLarge;
        if (!budget.TryTake(piece.Length))
            return BodyAppend.NoMemory;
        _taken += piece.Length;
        if (!piece.IsEmpty)
            Join(piece);
        return BodyAppend.Taken;
    }

    /// <summary>Forgets the body and returns what it held.</summary>
    public void Clear()
    {
        Bytes = default;
        budget.Return(_taken);
        _taken = 0;
        if (_joined is null)
            return;
        ArrayPool<byte>.Shared.Return(_joined);
        _joined = null;
    }

    private void Join(ReadOnlySpan<byte> piece)
    {
        int length = Bytes.Length + piece.Length;
        if (_joined is null || _joined.Length < length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, Bytes.Length * 2));
            Bytes.CopyTo(larger);
            if (_joined is not null)
                ArrayPool<byte>.Shared.Return(_joined);
            _joined = larger;
        }
        piece.CopyTo(_joined.AsSpan(Bytes.Length));
        Bytes = _joined.AsMemory(0, length);
    }
}
