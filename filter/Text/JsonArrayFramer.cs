using System.Buffers;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Cuts a stream that is one JSON array of objects (RFC 8259) into its elements, each as soon as its last byte came. A frame
/// is an element with what stands before it (the opening bracket, a comma, white space); the closing bracket is a frame
/// without data, and so is white space behind it. What is no array of objects is broken; whether an element is well-formed
/// is its reader's to say. Not thread-safe.
/// </summary>
/// <remarks>
/// Each byte is looked at once. Memory is one frame and one push, where <see cref="Next"/> is called until it needs more
/// before the next <see cref="Push"/>.
/// </remarks>
/// <param name="maxFrameBytes">Longest frame in bytes.</param>
public sealed class JsonArrayFramer(int maxFrameBytes) : EventFramer
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;
    private int _frameStart;
    private int _scanned;
    private int _elementStart;
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private Place _place = Place.Start;
    private FrameStep _failed = FrameStep.NeedMore;

    private enum Place : byte
    {
        /// <summary>Before the array.</summary>
        Start,

        /// <summary>Behind its opening bracket: an element or the end may follow.</summary>
        Opened,

        /// <summary>In an element.</summary>
        Element,

        /// <summary>Behind an element: a comma or the end follows.</summary>
        Behind,

        /// <summary>Behind a comma: an element follows.</summary>
        Comma,

        /// <summary>Behind the array.</summary>
        Closed,
    }

    /// <inheritdoc/>
    public override void Push(ReadOnlySpan<byte> bytes)
    {
        if (_failed != FrameStep.NeedMore)
            return;
        if (_frameStart > 0)
            DropTakenFrames();
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

    /// <inheritdoc/>
    public override FrameStep Next(out EventFrame frame)
    {
        frame = default;
        while (_failed == FrameStep.NeedMore && _scanned < _length)
        {
            if (_place == Place.Element)
            {
                if (!FindElementEnd())
                    break;
                _place = Place.Behind;
                if (_scanned - _frameStart > maxFrameBytes)
                    return _failed = FrameStep.TooLarge;
                frame = Take(_elementStart, _scanned - _elementStart);
                return FrameStep.Frame;
            }
            byte b = _buffer[_scanned++];
            if (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                continue;
            if (!Advance(b))
                return _failed = FrameStep.Broken;
            if (_place != Place.Closed)
                continue;
            if (_scanned - _frameStart > maxFrameBytes)
                return _failed = FrameStep.TooLarge;
            frame = Take(-1, 0);
            return FrameStep.Frame;
        }
        if (_failed == FrameStep.NeedMore && _length - _frameStart > maxFrameBytes)
            _failed = FrameStep.TooLarge;
        return _failed;
    }

    /// <inheritdoc/>
    public override FrameStep Flush(out EventFrame frame)
    {
        frame = default;
        if (_failed != FrameStep.NeedMore || _frameStart == _length)
            return _failed;
        if (_place != Place.Closed)
            return _failed = FrameStep.Broken;
        frame = Take(-1, 0);
        return FrameStep.Frame;
    }

    /// <inheritdoc/>
    public override byte[] Rewrite(in EventFrame frame, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> bytes = frame.Bytes.Span;
        return frame.DataOffset < 0 ? bytes.ToArray() : [.. bytes[..frame.DataOffset], .. data, .. bytes[(frame.DataOffset + frame.Data.Length)..]];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = _frameStart = _scanned = _elementStart = 0;
    }

    /// <summary>Takes a byte between elements.</summary>
    /// <returns>False if it cannot stand there.</returns>
    private bool Advance(byte b)
    {
        switch (_place, b)
        {
            case (Place.Start, (byte)'['):
                _place = Place.Opened;
                return true;
            case (Place.Opened or Place.Comma, (byte)'{'):
                _place = Place.Element;
                _elementStart = _scanned - 1;
                _depth = 1;
                return true;
            case (Place.Behind, (byte)','):
                _place = Place.Comma;
                return true;
            case (Place.Opened or Place.Behind, (byte)']'):
                _place = Place.Closed;
                return true;
            default:
                return false;
        }
    }

    private bool FindElementEnd()
    {
        while (_scanned < _length)
        {
            byte b = _buffer[_scanned++];
            if (_inString)
            {
                _inString = _escaped || b != (byte)'"';
                _escaped = !_escaped && b == (byte)'\\';
            }
            else if (b == (byte)'"')
            {
                _inString = true;
            }
            else if (b is (byte)'{' or (byte)'[')
            {
                _depth++;
            }
            else if (b is (byte)'}' or (byte)']' && --_depth == 0)
            {
                return true;
            }
        }
        return false;
    }

    private EventFrame Take(int dataStart, int dataLength)
    {
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(_frameStart, _scanned - _frameStart);
        int offset = dataStart < 0 ? -1 : dataStart - _frameStart;
        _frameStart = _scanned;
        ReadOnlyMemory<byte> data = offset < 0 ? default : bytes.Slice(offset, dataLength);
        return new EventFrame(bytes, data, offset, default, offset >= 0, default, false);
    }

    private void DropTakenFrames()
    {
        _buffer.AsSpan(_frameStart, _length - _frameStart).CopyTo(_buffer);
        _length -= _frameStart;
        _scanned -= _frameStart;
        _elementStart -= _frameStart;
        _frameStart = 0;
    }
}
