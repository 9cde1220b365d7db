using System.Buffers;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Memory for the decoded texts of one message: pooled blocks filled one after the other, so that many short texts cost no
/// allocation. What was lent out is valid until <see cref="Clear"/>. Not thread-safe.
/// </summary>
internal sealed class DecodedText
{
    private const int BlockBytes = 16 << 10;
    private readonly List<byte[]> _full = [];
    private byte[] _block = [];
    private int _used;

    /// <summary>Room for a text of at most so many bytes; <see cref="Commit"/> says how many it took.</summary>
    public Memory<byte> Reserve(int length)
    {
        if (_block.Length - _used < length)
        {
            if (_block.Length > 0)
                _full.Add(_block);
            _block = ArrayPool<byte>.Shared.Rent(Math.Max(length, BlockBytes));
            _used = 0;
        }
        return _block.AsMemory(_used, length);
    }

    /// <summary>Keeps the first bytes of the room reserved last.</summary>
    public void Commit(int length) => _used += length;

    /// <summary>Gives all memory back to the pool.</summary>
    public void Clear()
    {
        foreach (byte[] block in _full)
            ArrayPool<byte>.Shared.Return(block);
        _full.Clear();
        if (_block.Length > 0)
            ArrayPool<byte>.Shared.Return(_block);
        _block = [];
        _used = 0;
    }
}
