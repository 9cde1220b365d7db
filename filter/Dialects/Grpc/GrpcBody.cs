using System.Buffers.Binary;
using EnvoyExtAuthz.Text;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>What of a gRPC message is needed again: its method, and the lengths that an edit has to mend.</summary>
/// <param name="Method">The method.</param>
/// <param name="Scopes">The lengths.</param>
internal sealed record GrpcBody(ProtoMethod Method, LengthScopes Scopes)
{
    /// <summary>Largest body, decompressed. Bodies are bounded as they come; this bounds what little bytes may stand for.</summary>
    private const int MaxPlainBytes = 32 << 20;

    /// <summary>Reads a head's <c>grpc-encoding</c>.</summary>
    /// <param name="head">The head.</param>
    /// <param name="coding">What compressed messages are compressed with; null where none may be.</param>
    public static ReadFault ReadCoding(HttpHead head, out ContentCoding? coding)
    {
        coding = null;
        if (head.CountOf("grpc-encoding") > 1)
            return ReadFault.HeaderMismatch;
        var codings = new List<ContentCoding>(1);
        if (!ContentCodings.TryParse(head.First("grpc-encoding").Span, codings) || codings.Count > 1)
            return ReadFault.UnknownEncoding;
        coding = codings.Count == 0 ? null : codings[0];
        return ReadFault.None;
    }

    /// <summary>Reads a whole body: frames of messages of one type.</summary>
    /// <param name="message">Gets the body, decompressed, and what is read; this becomes its state.</param>
    /// <param name="body">The body as it came.</param>
    /// <param name="coding">What compressed messages are compressed with.</param>
    /// <param name="type">The messages' type.</param>
    /// <param name="streams">Any number of messages may come, not exactly one.</param>
    /// <param name="types">All types.</param>
    /// <param name="role">Role of the texts.</param>
    /// <param name="limits">Bounds.</param>
    public ReadFault Read(Message message, ReadOnlyMemory<byte> body, ContentCoding? coding, ProtoMessage type, bool streams, IReadOnlyDictionary<string, ProtoMessage> types, TextRole role, in JsonLimits limits)
    {
        message.DialectState = this;
        ReadFault fault = TryDecompress(body, coding, out ReadOnlyMemory<byte> plain, out int count);
        message.Take(plain);
        if (fault != ReadFault.None)
            return fault;
        if (count != 1 && !streams)
            return ReadFault.WrongShape;
        var reader = new ProtoReader(message, types, Scopes, role, limits);
        for (int at = 0; at < plain.Length && fault == ReadFault.None;)
        {
            int start = at + GrpcFramer.PrefixBytes;
            int end = start + (int)BinaryPrimitives.ReadUInt32BigEndian(plain.Span[(at + 1)..]);
            Scopes.Add(new LengthScope(at + 1, start, end, IsFrame: true));
            fault = reader.Read(type, start, end);
            at = end;
        }
        return fault;
    }

    /// <summary>The body with its messages decompressed; the body itself where none is compressed.</summary>
    private static ReadFault TryDecompress(ReadOnlyMemory<byte> body, ContentCoding? coding, out ReadOnlyMemory<byte> plain, out int count)
    {
        plain = body;
        count = 0;
        bool compressed = false;
        for (int at = 0; at < body.Length; count++)
        {
            ReadOnlySpan<byte> rest = body.Span[at..];
            if (rest.Length < GrpcFramer.PrefixBytes || rest[0] > 1)
                return ReadFault.WrongShape;
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            if (length > rest.Length - GrpcFramer.PrefixBytes)
                return ReadFault.WrongShape;
            compressed |= rest[0] == 1;
            at += GrpcFramer.PrefixBytes + (int)length;
        }
        return compressed ? Decompress(body, coding, out plain) : ReadFault.None;
    }

    private static ReadFault Decompress(ReadOnlyMemory<byte> body, ContentCoding? coding, out ReadOnlyMemory<byte> plain)
    {
        plain = default;
        using var framer = new GrpcFramer(MaxPlainBytes, coding);
        using var joined = new MemoryStream(body.Length * 2);
        framer.Push(body.Span);
        while (true)
        {
            FrameStep step = framer.Next(out EventFrame frame);
            if (step == FrameStep.NeedMore)
                break;
            if (step != FrameStep.Frame)
                return step == FrameStep.TooLarge ? ReadFault.TooLarge : ReadFault.UnknownEncoding;
            if (joined.Length + frame.Data.Length > MaxPlainBytes)
                return ReadFault.TooLarge;
            Span<byte> prefix = [0, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], (uint)frame.Data.Length);
            joined.Write(prefix);
            joined.Write(frame.Data.Span);
        }
        plain = joined.GetBuffer().AsMemory(0, (int)joined.Length);
        return ReadFault.None;
    }
}
