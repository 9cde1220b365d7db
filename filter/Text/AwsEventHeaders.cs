using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace EnvoyExtAuthz.Text;

/// <summary>The headers of one message of an AWS event stream. No name stands there twice, and texts are UTF-8.</summary>
/// <param name="MessageType"><c>:message-type</c>; empty without one.</param>
/// <param name="EventType"><c>:event-type</c>.</param>
/// <param name="ExceptionType"><c>:exception-type</c>.</param>
/// <param name="ErrorCode"><c>:error-code</c>.</param>
/// <param name="Texts">Names and texts of all headers that say nothing known, joined by line feeds.</param>
internal readonly record struct AwsEventHeaders(
    ReadOnlyMemory<byte> MessageType, ReadOnlyMemory<byte> EventType, ReadOnlyMemory<byte> ExceptionType, ReadOnlyMemory<byte> ErrorCode,
    ReadOnlyMemory<byte> Texts)
{
    /// <summary>The type of texts.</summary>
    public const byte StringType = 7;

    private const byte BytesType = 6;
    private const int MaxHeaders = 64;

    /// <summary>Bytes of a value by its type; -1 where its first two bytes say it.</summary>
    private static ReadOnlySpan<sbyte> ValueBytes => [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

    /// <summary>Reads all headers of a message.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out AwsEventHeaders headers)
    {
        headers = default;
        ArrayBufferWriter<byte>? texts = null;
        Span<Range> names = stackalloc Range[MaxHeaders];
        int count = 0;
        for (int at = 0; at < bytes.Length; count++)
        {
            if (count == MaxHeaders || !TryReadOne(bytes.Span, ref at, out names[count], out byte type, out Range value))
                return false;
            ReadOnlySpan<byte> name = bytes.Span[names[count]];
            for (int before = 0; before < count; before++)
            {
                if (name.SequenceEqual(bytes.Span[names[before]]))
                    return false;
            }
            if (!Take(ref headers, name, type, bytes[value], ref texts))
                return false;
        }
        headers = headers with { Texts = texts is null ? default : texts.WrittenMemory };
        return true;
    }

    private static bool TryReadOne(ReadOnlySpan<byte> bytes, ref int at, out Range name, out byte type, out Range value)
    {
        name = value = default;
        type = 0;
        int nameLength = bytes[at++];
        if (nameLength == 0 || nameLength >= bytes.Length - at)
            return false;
        name = at..(at + nameLength);
        at += nameLength;
        type = bytes[at++];
        if (type >= ValueBytes.Length)
            return false;
        int length = ValueBytes[type];
        if (length < 0)
        {
            if (bytes.Length - at < 2)
                return false;
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            at += 2;
        }
        if (length > bytes.Length - at)
            return false;
        value = at..(at + length);
        at += length;
        return true;
    }

    private static bool Take(ref AwsEventHeaders headers, ReadOnlySpan<byte> name, byte type, ReadOnlyMemory<byte> value, ref ArrayBufferWriter<byte>? texts)
    {
        bool isText = type is StringType or BytesType;
        if (isText && !Utf8.IsValid(value.Span))
            return false;
        if (name.SequenceEqual(":message-type"u8))
            headers = headers with { MessageType = value };
        else if (name.SequenceEqual(":event-type"u8))
            headers = headers with { EventType = value };
        else if (name.SequenceEqual(":exception-type"u8))
            headers = headers with { ExceptionType = value };
        else if (name.SequenceEqual(":error-code"u8))
            headers = headers with { ErrorCode = value };
        else if (!name.SequenceEqual(":content-type"u8) || !value.Span.SequenceEqual("application/json"u8))
            return TakeText(name, isText ? value.Span : default, ref texts);
        // What names a message is a text to all clients.
        return type == StringType;
    }

    private static bool TakeText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref ArrayBufferWriter<byte>? texts)
    {
        if (!Utf8.IsValid(name))
            return false;
        texts ??= new ArrayBufferWriter<byte>(name.Length + value.Length + 2);
        if (texts.WrittenCount > 0)
            texts.Write("\n"u8);
        texts.Write(name);
        texts.Write("\n"u8);
        texts.Write(value);
        return true;
    }
}
