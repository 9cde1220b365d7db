namespace EnvoyExtAuthz.Text.Coding;

/// <summary>What was pushed, as a stream that is read to its present end again and again. Decoders may step back in it.</summary>
internal sealed class FeedStream : Stream
{
    private ReadOnlyMemory<byte> _piece;
    private int _at;

    /// <summary>Bytes of the last piece that were not read.</summary>
    public int Left => _piece.Length - _at;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _piece.Length;

    public override long Position
    {
        get => _at;
        set => _at = (int)Math.Clamp(value, 0, _piece.Length);
    }

    /// <summary>Takes the next piece; what was left of the one before is forgotten.</summary>
    public void Push(ReadOnlyMemory<byte> piece)
    {
        _piece = piece;
        _at = 0;
    }

    public override int Read(Span<byte> buffer)
    {
        int length = Math.Min(buffer.Length, Left);
        _piece.Span.Slice(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _at + offset, _ => _piece.Length + offset };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
