using System.Buffers;
using System.Buffers.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Cuts an <c>application/vnd.amazon.eventstream</c> into its messages, each checked by its lengths and both checksums. A
/// frame's data is the message's payload, its event what <see cref="AwsEventMessage.Name"/> says. Memory is one frame and
/// one push.
/// </summary>
/// <remarks>
/// In streams of model invocations the payload of a <c>chunk</c> is <c>{"bytes":"…"}</c> around the model's own event in
/// base64. Where those are unwrapped, that event is the data, and an edit of it is wrapped again.
/// </remarks>
/// <param name="maxFrameBytes">Longest message in bytes.</param>
/// <param name="unwrapsChunks">Whether the data of chunks is what their payload wraps.</param>
public sealed class AwsEventFramer(int maxFrameBytes, bool unwrapsChunks) : EventFramer
{
    private const int LongestPadding = 64;
    private static readonly SearchValues<byte> Padding = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private readonly JsonTape _tape = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private byte[] _inner = [];
    private int _start;
    private int _length;
    private FrameStep _end;

    /// <summary>Writes a message of its own, with a JSON payload.</summary>
    /// <param name="isException">It is an exception, and no event.</param>
    /// <param name="name">Its type; at most 65535 bytes.</param>
    /// <param name="payload">The payload.</param>
    public static byte[] Write(bool isException, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload) => AwsEventMessage.Write(isException, name, payload);

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
        int there = _length - _start;
        if (_end != FrameStep.NeedMore || there < AwsEventMessage.PreludeBytes)
            return _end;
        long length = AwsEventMessage.LengthOf(_buffer.AsSpan(_start, AwsEventMessage.PreludeBytes));
        if (length < 0)
            return _end = FrameStep.Broken;
        if (length > maxFrameBytes)
            return _end = FrameStep.TooLarge;
        if (there < length)
            return FrameStep.NeedMore;
        if (!TryTake(_buffer.AsMemory(_start, (int)length), out frame))
            return _end = FrameStep.Broken;
        _start += (int)length;
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
    public override byte[] Rewrite(in EventFrame frame, ReadOnlySpan<byte> data)
    {
        if (!AwsEventMessage.TryRead(frame.Bytes, out AwsEventMessage message))
            throw new ArgumentException("Not a frame of this framing.", nameof(frame));
        if (frame.DataOffset >= 0)
            return AwsEventMessage.Rewrite(frame.Bytes.Span, message.PayloadStart, data);
        ReadOnlyMemory<byte> payload = frame.Bytes.Slice(message.PayloadStart, message.PayloadLength);
        JsonNode wrapped = _tape[Wrapped(payload)];
        var written = new ArrayBufferWriter<byte>(payload.Length + (data.Length * 2));
        written.Write(payload.Span[..wrapped.Start]);
        Base64.EncodeToUtf8(data, written.GetSpan(Base64.GetMaxEncodedToUtf8Length(data.Length)), out _, out int encoded);
        written.Advance(encoded);
        written.Write(payload.Span[(wrapped.Start + wrapped.Length)..]);
        return AwsEventMessage.Rewrite(frame.Bytes.Span, message.PayloadStart, written.WrittenSpan);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<byte>.Shared.Return(_inner);
        _buffer = _inner = [];
        _start = _length = 0;
        _tape.Dispose();
    }

    private bool TryTake(ReadOnlyMemory<byte> bytes, out EventFrame frame)
    {
        frame = default;
        if (!AwsEventMessage.TryRead(bytes, out AwsEventMessage message))
            return false;
        ReadOnlyMemory<byte> payload = bytes.Slice(message.PayloadStart, message.PayloadLength);
        frame = new EventFrame(bytes, payload, message.PayloadStart, message.Name, !payload.IsEmpty, message.Texts, Unknown: false);
        if (!unwrapsChunks || !message.Name.Span.SequenceEqual("chunk"u8))
            return true;
        // A chunk of another form is left as it is, to be read as what it is.
        int wrapped = Wrapped(payload);
        if (wrapped < 0)
            return true;
        if (!TryUnwrap(wrapped, out int length))
            return false;
        frame = frame with { Data = _inner.AsMemory(0, length), DataOffset = -1, Comments = WithRest(message.Texts, wrapped) };
        return true;
    }

    /// <summary>The node of <c>bytes</c> in a chunk's payload, read into the tape; -1 without one.</summary>
    private int Wrapped(ReadOnlyMemory<byte> payload)
    {
        if (_tape.Parse(payload, JsonLimits.Default) != JsonFault.None)
            return -1;
        int bytes = _tape.Find(0, "bytes"u8);
        return _tape.Is(bytes, JsonKind.String) ? bytes : -1;
    }

    private bool TryUnwrap(int wrapped, out int length)
    {
        ReadOnlySpan<byte> raw = _tape.Raw(wrapped);
        if (_inner.Length < raw.Length)
        {
            ArrayPool<byte>.Shared.Return(_inner);
            _inner = ArrayPool<byte>.Shared.Rent(raw.Length);
        }
        Span<byte> inner = _inner;
        length = JsonText.Decode(raw, inner);
        // White space and what else some decoders step over would be another text to others.
        if (length % 4 != 0 || inner[..length].IndexOfAny(" \t\r\n"u8) >= 0)
            return false;
        return Base64.DecodeFromUtf8InPlace(inner[..length], out length) == OperationStatus.Done;
    }

    /// <summary>Texts of a message with what else stands in its payload beside the padding that hides lengths.</summary>
    private ReadOnlyMemory<byte> WithRest(ReadOnlyMemory<byte> texts, int wrapped)
    {
        ArrayBufferWriter<byte>? rest = null;
        for (int key = JsonTape.FirstChild(0); key < _tape[0].End; key = _tape.Next(key))
        {
            if (key + 1 == wrapped || (_tape.KeyEquals(key, "p"u8) && IsPadding(key + 1)))
                continue;
            for (int node = key; node < _tape[key + 1].End; node++)
            {
                if (_tape[node].Kind is not (JsonKind.Key or JsonKind.String))
                    continue;
                ReadOnlySpan<byte> raw = _tape.Raw(node);
                if (rest is null)
                {
                    rest = new ArrayBufferWriter<byte>(texts.Length + 64);
                    rest.Write(texts.Span);
                }
                if (rest.WrittenCount > 0)
                    rest.Write("\n"u8);
                rest.Advance(JsonText.Decode(raw, rest.GetSpan(raw.Length + 1)));
            }
        }
        return rest is null ? texts : rest.WrittenMemory;
    }

    private bool IsPadding(int node) =>
        _tape.Is(node, JsonKind.String) && _tape.Raw(node).Length <= LongestPadding && _tape.Raw(node).IndexOfAnyExcept(Padding) < 0;
}
