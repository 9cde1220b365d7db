using System.Buffers;
using System.Buffers.Binary;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// One message of an AWS event stream (<c>application/vnd.amazon.eventstream</c>), big-endian: total length, length of the
/// headers, checksum of these two, headers, payload, checksum of all before. A header is a name's length and name, a type,
/// a value.
/// </summary>
/// <param name="Name">
/// What it is: of an event its <c>:event-type</c>; of an exception or error its type or code after <c>exception:</c> or
/// <c>error:</c>.
/// </param>
/// <param name="PayloadStart">First byte of the payload.</param>
/// <param name="PayloadLength">Bytes of payload.</param>
/// <param name="Texts">Header texts that only people or nobody reads, joined by line feeds.</param>
internal readonly record struct AwsEventMessage(ReadOnlyMemory<byte> Name, int PayloadStart, int PayloadLength, ReadOnlyMemory<byte> Texts)
{
    /// <summary>Bytes of the two lengths and their checksum.</summary>
    public const int PreludeBytes = 12;

    /// <summary>Bytes of a message without headers and payload.</summary>
    public const int MinBytes = PreludeBytes + 4;

    private const int MaxHeaderBytes = 128 << 10;

    /// <summary>The length of the message that begins with a prelude, or -1 if the prelude contradicts itself.</summary>
    /// <param name="prelude">Its 12 bytes.</param>
    public static long LengthOf(ReadOnlySpan<byte> prelude)
    {
        uint total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        uint headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]) != Crc32.Of(prelude[..8]))
            return -1;
        return total < MinBytes || headers > MaxHeaderBytes || headers > total - MinBytes ? -1 : total;
    }

    /// <summary>Reads a whole message.</summary>
    /// <param name="bytes">As many as <see cref="LengthOf"/> says.</param>
    /// <param name="message">Slices of the bytes, but for texts and names that are joined.</param>
    /// <returns>False if a checksum is wrong or the headers are not those of a message that all clients read alike.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out AwsEventMessage message)
    {
        message = default;
        if (LengthOf(bytes.Span) != bytes.Length || BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[^4..]) != Crc32.Of(bytes.Span[..^4]))
            return false;
        int headersEnd = PreludeBytes + (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[4..]);
        if (!AwsEventHeaders.TryRead(bytes[PreludeBytes..headersEnd], out AwsEventHeaders headers) || !TryName(headers, out ReadOnlyMemory<byte> name))
            return false;
        message = new AwsEventMessage(name, headersEnd, bytes.Length - 4 - headersEnd, headers.Texts);
        return true;
    }

    /// <summary>The same message with another payload.</summary>
    /// <param name="bytes">A whole message.</param>
    /// <param name="payloadStart">Where its payload begins.</param>
    /// <param name="payload">The payload to write.</param>
    public static byte[] Rewrite(ReadOnlySpan<byte> bytes, int payloadStart, ReadOnlySpan<byte> payload)
    {
        var written = new byte[payloadStart + payload.Length + 4];
        bytes[..payloadStart].CopyTo(written);
        payload.CopyTo(written.AsSpan(payloadStart));
        return Seal(written);
    }

    /// <summary>Writes an event or exception with a JSON payload.</summary>
    /// <param name="isException">Which of the two.</param>
    /// <param name="name">Its type.</param>
    /// <param name="payload">The payload.</param>
    public static byte[] Write(bool isException, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        var written = new ArrayBufferWriter<byte>(payload.Length + 160);
        written.Write(stackalloc byte[PreludeBytes]);
        WriteHeader(written, isException ? ":exception-type"u8 : ":event-type"u8, name);
        WriteHeader(written, ":content-type"u8, "application/json"u8);
        WriteHeader(written, ":message-type"u8, isException ? "exception"u8 : "event"u8);
        int headers = written.WrittenCount - PreludeBytes;
        written.Write(payload);
        written.Write(stackalloc byte[4]);
        byte[] message = written.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), (uint)headers);
        return Seal(message);
    }

    private static bool TryName(in AwsEventHeaders headers, out ReadOnlyMemory<byte> name)
    {
        name = headers.EventType;
        ReadOnlySpan<byte> kind = headers.MessageType.Span;
        // A colon would let an event's name look like an exception's.
        if (kind.SequenceEqual("event"u8))
            return !name.IsEmpty && !name.Span.Contains((byte)':');
        bool isException = kind.SequenceEqual("exception"u8);
        ReadOnlyMemory<byte> code = isException ? headers.ExceptionType : headers.ErrorCode;
        if (!isException && !kind.SequenceEqual("error"u8))
            return false;
        name = (byte[])[.. isException ? "exception:"u8 : "error:"u8, .. code.Span];
        return !code.IsEmpty;
    }

    private static byte[] Seal(byte[] message)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.Of(message.AsSpan(0, 8)));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc32.Of(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    private static void WriteHeader(ArrayBufferWriter<byte> written, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[2];
        written.Write([(byte)name.Length]);
        written.Write(name);
        written.Write([AwsEventHeaders.StringType]);
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        written.Write(length);
        written.Write(value);
    }
}
