using System.Buffers;
using System.Buffers.Binary;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Cuts a gRPC body into its messages (gRPC over HTTP/2, "Length-Prefixed-Message"): a flag, four bytes of length, the message.
/// A frame's data is the message, decompressed where the flag says so; an edited one is written without compression, which
/// every receiver takes. Memory is one frame and one push.
/// </summary>
/// <param name="maxFrameBytes">Longest message in bytes, as it came and as it is decompressed.</param>
/// <param name="coding">What the head names as <c>grpc-encoding</c>; null where compressed messages cannot come.</param>
public sealed class GrpcFramer(int maxFrameBytes, ContentCoding? coding) : EventFramer
{
    /// <summary>Bytes before a message.</summary>
    public const int PrefixBytes = 5;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private byte[] _inner = [];
    private int _start;
    private int _length;
    private FrameStep _end;

    /// <inheritdoc/>
    public override void Push(ReadOnlySpan<byte> bytes)
    {
        if (_end != FrameStep.NeedMore)
            return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _length - _start).CopyTo(_buffer);
            _length -= _start;
            _start = 0;
        }
        Reserve(ref _buffer, _length, _length + bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <inheritdoc/>
    public override FrameStep Next(out EventFrame frame)
    {
        frame = default;
        int there = _length - _start;
        if (_end != FrameStep.NeedMore || there < PrefixBytes)
            return _end;
        ReadOnlySpan<byte> prefix = _buffer.AsSpan(_start, PrefixBytes);
        if (prefix[0] > 1)
            return _end = FrameStep.Broken;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (length > (uint)Math.Max(0, maxFrameBytes - PrefixBytes))
            return _end = FrameStep.TooLarge;
        if (there - PrefixBytes < length)
            return FrameStep.NeedMore;
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(_start, PrefixBytes + (int)length);
        _end = prefix[0] == 0 ? FrameStep.NeedMore : Decompress(bytes[PrefixBytes..], out there);
        if (_end != FrameStep.NeedMore)
            return _end;
        frame = prefix[0] == 0
            ? new EventFrame(bytes, bytes[PrefixBytes..], PrefixBytes, default, true, default, false)
            : new EventFrame(bytes, _inner.AsMemory(0, there), -1, default, true, default, false);
        _start += bytes.Length;
        return FrameStep.Frame;
    }

    /// <summary>The input is over: a message that is not whole is none.</summary>
    /// <inheritdoc/>
    public override FrameStep Flush(out EventFrame frame)
    {
        frame = default;
        return _end == FrameStep.NeedMore && _start < _length ? FrameStep.Broken : FrameStep.NeedMore;
    }

    /// <inheritdoc/>
    public override byte[] Rewrite(in EventFrame frame, ReadOnlySpan<byte> data) => Write(data);

    /// <summary>A message with its prefix, not compressed.</summary>
    public static byte[] Write(ReadOnlySpan<byte> message)
    {
        var written = new byte[PrefixBytes + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(written.AsSpan(1), (uint)message.Length);
        message.CopyTo(written.AsSpan(PrefixBytes));
        return written;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<byte>.Shared.Return(_inner);
        _buffer = _inner = [];
        _start = _length = 0;
    }

    private FrameStep Decompress(ReadOnlyMemory<byte> message, out int length)
    {
        length = 0;
        if (coding is not { } known)
            return FrameStep.Broken;
        using var decoder = ContentDecoder.Create([known]);
        decoder.Push(message);
        while (true)
        {
            Reserve(ref _inner, length, Math.Max(length + 1, 4096));
            DecodeStep step = decoder.Read(_inner.AsSpan(length), out int written);
            if (step == DecodeStep.Broken)
                return FrameStep.Broken;
            if (step == DecodeStep.NeedMore)
                break;
            length += written;
            if (length > maxFrameBytes)
                return FrameStep.TooLarge;
        }
        return decoder.Finish() == DecodeEnd.Complete ? FrameStep.NeedMore : FrameStep.Broken;
    }

    private static void Reserve(ref byte[] buffer, int used, int needed)
    {
        if (needed <= buffer.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, buffer.Length * 2));
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
