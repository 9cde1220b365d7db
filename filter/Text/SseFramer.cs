using System.Buffers;

namespace EnvoyExtAuthz.Text;

/// <summary>What a look for the next frame gave.</summary>
public enum SseStep : byte
{
    /// <summary>No whole frame is there yet.</summary>
    NeedMore,

    /// <summary>A frame.</summary>
    Frame,

    /// <summary>The frame that has begun is longer than allowed; nothing more can be read.</summary>
    TooLarge,
}

/// <summary>
/// Cuts a <c>text/event-stream</c> into its blocks (WHATWG HTML §9.2.5): lines end with CRLF, LF or CR, a blank line ends a
/// block. The bytes of all frames, joined, are the bytes that came in, however they were cut. Each byte is looked at once
/// for its line end and once when its frame is read. Not thread-safe.
/// </summary>
/// <param name="maxFrameBytes">Longest frame.</param>
public sealed class SseFramer(int maxFrameBytes) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private byte[] _joined = [];
    private int _length;
    private int _frameStart;
    private int _lineStart;
    private int _scanned;
    private bool _lineFeedBelongsToLast;
    private bool _atStreamStart = true;

    /// <summary>Takes bytes in. Frames handed out before are invalid afterwards.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        if (_frameStart > 0)
        {
            _buffer.AsSpan(_frameStart, _length - _frameStart).CopyTo(_buffer);
            _length -= _frameStart;
            _lineStart -= _frameStart;
            _scanned -= _frameStart;
            _frameStart = 0;
        }
        if (_length + bytes.Length > _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes.Length, _buffer.Length * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Takes the next whole frame out.</summary>
    /// <param name="frame">The frame; its memory is valid until the next call of any method.</param>
    public SseStep Next(out SseFrame frame)
    {
        frame = default;
        while (true)
        {
            if (_lineFeedBelongsToLast && _scanned < _length)
            {
                // The second half of a CRLF whose first half ended the last frame or line.
                _lineFeedBelongsToLast = false;
                if (_buffer[_scanned] == (byte)'\n')
                {
                    _scanned++;
                    _lineStart = _scanned;
                }
            }
            int at = _buffer.AsSpan(_scanned, _length - _scanned).IndexOfAny((byte)'\r', (byte)'\n');
            if (at < 0)
            {
                _scanned = _length;
                return _length - _frameStart > maxFrameBytes ? SseStep.TooLarge : SseStep.NeedMore;
            }
            int end = _scanned + at;
            bool blank = end == _lineStart;
            _scanned = end + 1;
            if (_buffer[end] == (byte)'\r')
            {
                if (_scanned == _length)
                    _lineFeedBelongsToLast = true;
                else if (_buffer[_scanned] == (byte)'\n')
                    _scanned++;
            }
            _lineStart = _scanned;
            if (_scanned - _frameStart > maxFrameBytes)
                return SseStep.TooLarge;
            if (!blank)
                continue;
            frame = Take(_scanned);
            return SseStep.Frame;
        }
    }

    /// <summary>The input is over: takes what is left as a last frame, which lacks its blank line.</summary>
    /// <returns>False if nothing is left.</returns>
    public bool Flush(out SseFrame frame)
    {
        frame = default;
        if (_frameStart == _length)
            return false;
        frame = Take(_length);
        _scanned = _lineStart = _length;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        if (_joined.Length > 0)
            ArrayPool<byte>.Shared.Return(_joined);
        _buffer = [];
        _joined = [];
        _length = _frameStart = _lineStart = _scanned = 0;
    }

    private SseFrame Take(int end)
    {
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(_frameStart, end - _frameStart);
        int skip = _atStreamStart && bytes.Span.StartsWith("\uFEFF"u8) ? 3 : 0;
        _atStreamStart = false;
        _frameStart = end;
        return Read(bytes, skip);
    }

    /// <summary>Reads the lines of a frame.</summary>
    private SseFrame Read(ReadOnlyMemory<byte> bytes, int at)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        ReadOnlyMemory<byte> name = default;
        int dataLines = 0;
        int dataStart = -1;
        int dataLength = 0;
        int joined = 0;
        int comments = 0;
        ReadOnlyMemory<byte> comment = default;
        bool unknown = false;
        while (at < span.Length)
        {
            int length = span[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (length < 0)
                length = span.Length - at;
            int lineStart = at;
            ReadOnlySpan<byte> line = span.Slice(at, length);
            at += length;
            if (at < span.Length)
                at += span[at] == (byte)'\r' && at + 1 < span.Length && span[at + 1] == (byte)'\n' ? 2 : 1;
            if (line.IsEmpty)
                continue;
            int colon = line.IndexOf((byte)':');
            ReadOnlySpan<byte> field = colon < 0 ? line : line[..colon];
            int valueStart = colon < 0 ? length : colon + 1;
            if (valueStart < length && line[valueStart] == (byte)' ')
                valueStart++;
            int valueLength = length - valueStart;
            if (colon == 0)
            {
                comment = comments++ == 0 ? bytes.Slice(lineStart + 1, length - 1) : (byte[])[.. comment.Span, (byte)'\n', .. line[1..]];
            }
            else if (field.SequenceEqual("data"u8))
            {
                if (dataLines == 1)
                    joined = Join(0, span.Slice(dataStart, dataLength), first: true);
                if (dataLines > 0)
                    joined = Join(joined, line[valueStart..], first: false);
                dataStart = lineStart + valueStart;
                dataLength = valueLength;
                dataLines++;
            }
            else if (field.SequenceEqual("event"u8))
            {
                name = bytes.Slice(lineStart + valueStart, valueLength);
            }
            else if (!field.SequenceEqual("id"u8) && !field.SequenceEqual("retry"u8))
            {
                unknown = true;
            }
        }
        return dataLines switch
        {
            0 => new SseFrame(bytes, default, 0, name, false, comment, unknown),
            1 => new SseFrame(bytes, bytes.Slice(dataStart, dataLength), dataStart, name, true, comment, unknown),
            _ => new SseFrame(bytes, _joined.AsMemory(0, joined), -1, name, true, comment, unknown),
        };
    }

    private int Join(int length, ReadOnlySpan<byte> line, bool first)
    {
        int needed = length + line.Length + 1;
        if (_joined.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(needed * 2);
            _joined.AsSpan(0, length).CopyTo(larger);
            if (_joined.Length > 0)
                ArrayPool<byte>.Shared.Return(_joined);
            _joined = larger;
        }
        if (!first)
            _joined[length++] = (byte)'\n';
        line.CopyTo(_joined.AsSpan(length));
        return length + line.Length;
    }
}
