using System.Buffers;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Cuts a <c>text/event-stream</c> into its blocks (WHATWG HTML §9.2.5): lines end with CRLF, LF or CR, a blank line ends a
/// block. The bytes of all frames, joined, are the bytes that came in, and what a frame says does not depend on how they
/// were cut. One thing does: where a push ends between the two bytes of a blank line's CRLF, the frame is given at once,
/// as a client would see it, and its line feed begins the next frame's bytes. Not thread-safe.
/// </summary>
/// <remarks>
/// Each byte is searched once for line ends and read once more with its frame. Memory is one frame and one push, where
/// <see cref="Next"/> is called until it needs more before the next <see cref="Push"/>.
/// </remarks>
/// <param name="maxFrameBytes">Longest frame in bytes; the line feed of a blank line's CRLF is not counted.</param>
public sealed class SseFramer(int maxFrameBytes) : EventFramer
{
    private readonly SseFields _fields = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;
    private int _frameStart;
    private int _countedFrom;
    private int _lineStart;
    private int _scanned;
    private bool _afterCarriageReturn;
    private bool _streamBegins = true;
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
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes.Length, _buffer.Length * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            Steps += _length;
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <inheritdoc/>
    public override FrameStep Next(out EventFrame frame)
    {
        frame = default;
        while (!_tooLarge)
        {
            if (_afterCarriageReturn && _scanned < _length)
                PassLineFeed();
            int at = _buffer.AsSpan(_scanned, _length - _scanned).IndexOfAny((byte)'\r', (byte)'\n');
            Steps += at < 0 ? _length - _scanned : at + 1;
            if (at < 0)
            {
                _scanned = _length;
                if (Exceeds(_length))
                    break;
                return FrameStep.NeedMore;
            }
            int end = _scanned + at;
            bool blank = end == _lineStart || (_streamBegins && _lineStart == 0 && IsByteOrderMark(end));
            _scanned = end + 1;
            if (_buffer[end] == (byte)'\r')
            {
                _afterCarriageReturn = _scanned == _length;
                if (!_afterCarriageReturn && _buffer[_scanned] == (byte)'\n')
                    _scanned++;
            }
            _lineStart = _scanned;
            if (Exceeds(blank ? end + 1 : _scanned))
                break;
            if (!blank)
                continue;
            frame = Take(_scanned);
            return FrameStep.Frame;
        }
        _tooLarge = true;
        return FrameStep.TooLarge;
    }

    /// <summary>The input is over: takes what is left as a last frame, which lacks its blank line.</summary>
    /// <inheritdoc/>
    public override FrameStep Flush(out EventFrame frame)
    {
        frame = default;
        if (_frameStart == _length || _tooLarge)
            return FrameStep.NeedMore;
        frame = Take(_length);
        _scanned = _lineStart = _length;
        return FrameStep.Frame;
    }

    /// <inheritdoc/>
    public override byte[] Rewrite(in EventFrame frame, ReadOnlySpan<byte> data)
    {
        var written = new ArrayBufferWriter<byte>(frame.Bytes.Length + data.Length);
        if (frame.DataOffset >= 0)
        {
            written.Write(frame.Bytes.Span[..frame.DataOffset]);
            written.Write(data);
            written.Write(frame.Bytes.Span[(frame.DataOffset + frame.Data.Length)..]);
            return written.WrittenSpan.ToArray();
        }
        // Data of several lines has no one place in the event: it is written anew, its other lines dropped but the name.
        if (!frame.Event.IsEmpty)
        {
            written.Write("event: "u8);
            written.Write(frame.Event.Span);
            written.Write("\n"u8);
        }
        foreach (Range line in data.Split((byte)'\n'))
        {
            written.Write("data: "u8);
            written.Write(data[line]);
            written.Write("\n"u8);
        }
        written.Write("\n"u8);
        return written.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = _frameStart = _countedFrom = _lineStart = _scanned = 0;
        _fields.Dispose();
    }

    private void DropTakenFrames()
    {
        _buffer.AsSpan(_frameStart, _length - _frameStart).CopyTo(_buffer);
        Steps += _length - _frameStart;
        _length -= _frameStart;
        _countedFrom -= _frameStart;
        _lineStart -= _frameStart;
        _scanned -= _frameStart;
        _frameStart = 0;
    }

    /// <summary>The second half of a CRLF whose first half came with an earlier push belongs to that line.</summary>
    private void PassLineFeed()
    {
        _afterCarriageReturn = false;
        if (_buffer[_scanned] != (byte)'\n')
            return;
        if (_scanned == _frameStart)
            _countedFrom++;
        _scanned++;
        _lineStart = _scanned;
    }

    private bool Exceeds(int end) => end - _countedFrom > maxFrameBytes;

    private bool IsByteOrderMark(int end) => _buffer.AsSpan(0, end).SequenceEqual("\uFEFF"u8);

    private EventFrame Take(int end)
    {
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(_frameStart, end - _frameStart);
        int skip = _streamBegins && bytes.Span.StartsWith("\uFEFF"u8) ? 3 : 0;
        _streamBegins = false;
        _frameStart = _countedFrom = end;
        return _fields.Read(bytes, skip);
    }
}
