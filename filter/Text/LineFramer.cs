using System.Buffers;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Cuts a stream of lines (NDJSON, <c>application/stream+json</c>) at line feeds; a carriage return before one belongs to the
/// line's end, any other to the line. A blank line is a frame without data. The last line may lack its line feed. The bytes of
/// all frames, joined, are the bytes that came in, and frames do not depend on how they were cut. Not thread-safe.
/// </summary>
/// <remarks>
/// Each byte is searched once. Memory is one line and one push, where <see cref="Next"/> is called until it needs more before
/// the next <see cref="Push"/>.
/// </remarks>
/// <param name="maxFrameBytes">Longest line in bytes, its end included.</param>
public sealed class LineFramer(int maxFrameBytes) : EventFramer
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;
    private int _frameStart;
    private int _scanned;
    private bool _tooLarge;

    /// <summary>Bytes moved or searched so far, by which tests see that the work is linear.</summary>
    internal long Steps { get; private set; }

    /// <inheritdoc/>
    public override void Push(ReadOnlySpan<byte> bytes)
    {
        if (_tooLarge)
            return;
        if (_frameStart > 0)
            DropTakenFrames();
        if (_length + bytes.Length > _buffer.Length)
            Grow(_length + bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <inheritdoc/>
    public override FrameStep Next(out EventFrame frame)
    {
        frame = default;
        if (_tooLarge)
            return FrameStep.TooLarge;
        int at = _buffer.AsSpan(_scanned, _length - _scanned).IndexOf((byte)'\n');
        int end = at < 0 ? _length : _scanned + at + 1;
        Steps += end - _scanned;
        _scanned = end;
        if (end - _frameStart > maxFrameBytes)
        {
            _tooLarge = true;
            return FrameStep.TooLarge;
        }
        if (at < 0)
            return FrameStep.NeedMore;
        frame = Take(end);
        return FrameStep.Frame;
    }

    /// <summary>The input is over: takes what is left as a last line, which lacks its line feed.</summary>
    /// <inheritdoc/>
    public override FrameStep Flush(out EventFrame frame)
    {
        frame = default;
        if (_frameStart == _length || _tooLarge)
            return FrameStep.NeedMore;
        frame = Take(_length);
        _scanned = _length;
        return FrameStep.Frame;
    }

    /// <inheritdoc/>
    public override byte[] Rewrite(in EventFrame frame, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> lineEnd = frame.Bytes.Span[frame.Data.Length..];
        var written = new byte[data.Length + lineEnd.Length];
        data.CopyTo(written);
        lineEnd.CopyTo(written.AsSpan(data.Length));
        return written;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = _frameStart = _scanned = 0;
    }

    private void DropTakenFrames()
    {
        _buffer.AsSpan(_frameStart, _length - _frameStart).CopyTo(_buffer);
        Steps += _length - _frameStart;
        _length -= _frameStart;
        _scanned -= _frameStart;
        _frameStart = 0;
    }

    private void Grow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        Steps += _length;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private EventFrame Take(int end)
    {
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(_frameStart, end - _frameStart);
        _frameStart = end;
        ReadOnlySpan<byte> line = bytes.Span;
        int length = line.Length;
        if (line[^1] == (byte)'\n')
            length--;
        if (length > 0 && line[length - 1] == (byte)'\r')
            length--;
        return new EventFrame(bytes, bytes[..length], 0, default, length > 0, default, false);
    }
}
