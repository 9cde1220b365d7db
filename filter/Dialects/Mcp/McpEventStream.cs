using System.Text.Unicode;
using EnvoyExtAuthz.Dialects.JsonRpc;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// A stream of MCP: every event is one whole message (or a batch), under whatever name it comes. The one exception is
/// <c>endpoint</c> (2024-11-05), whose data is an address.
/// </summary>
internal sealed class McpEventStream(Message request) : EventStream
{
    private const int LongestEchoedId = 64;
    private readonly List<PendingRequest> _pending = McpRequests.Of(request).Pending();
    private readonly List<ReadOnlyMemory<byte>> _answeredLast = [];
    private readonly bool _answersElsewhere = request.Documents.Count == 0;
    private readonly byte[] _authority = request.DialectState as byte[] ?? [];

    /// <summary>No call spans events.</summary>
    public override bool HasOpenCall => false;

    /// <inheritdoc/>
    public override bool Ended => false;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        ForgetAnswered();
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        ReadOnlySpan<byte> data = frame.Data.Span.Trim(" \t\r\n"u8);
        // Events without data open a stream or keep it open.
        if (data.IsEmpty)
            return ReadFault.None;
        if (frame.Event.Span.SequenceEqual("endpoint"u8) && data[0] is not ((byte)'{' or (byte)'['))
            return ReadEndpoint(frame, message);
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault == ReadFault.None)
            fault = McpReader.Read(message, McpSide.Server, McpRequests.Of(request), limits);
        if (message.Documents.Count > 0)
            NoteAnswered(message.Documents[0].Tape);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <summary>
    /// Answers what is not answered yet: a client waits for each id it sent. On a stream that answers other requests
    /// (2024-11-05, and streams taken up again) that is what the refused event would have answered.
    /// </summary>
    public override byte[] Refuse(in RefusalReason reason)
    {
        using var stream = new MemoryStream();
        foreach (PendingRequest pending in _pending)
            WriteEvent(stream, McpAnswer.WriteOne(reason, pending));
        foreach (ReadOnlyMemory<byte> id in _answeredLast)
        {
            if (_answersElsewhere && IsIdentifier(id.Span))
                WriteEvent(stream, McpAnswer.WriteOne(reason, new PendingRequest(id, IsCall: false, IsStateless: false)));
        }
        if (stream.Length == 0)
            WriteEvent(stream, McpAnswer.WriteUnaddressed(reason));
        return stream.ToArray();
    }

    private ReadFault ReadEndpoint(in EventFrame frame, Message message)
    {
        if (!Utf8.IsValid(frame.Data.Span))
            return ReadFault.BrokenStream;
        bool isHere = McpEndpoint.IsOf(_authority, frame.Data.Span);
        message.Segments.Add(new Segment(isHere ? TextRole.Url : TextRole.Unknown, -1, 0, frame.Data.Length, false));
        // Clients send all they have to say there.
        if (!isHere)
            message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, -1, 0, frame.Data.Length));
        return ReadFault.None;
    }

    private static void WriteEvent(MemoryStream stream, byte[] message)
    {
        stream.Write("event: message\ndata: "u8);
        stream.Write(message);
        stream.Write("\n\n"u8);
    }

    /// <summary>Whether an id a server wrote may be repeated: nothing that reads like a sentence is.</summary>
    private static bool IsIdentifier(ReadOnlySpan<byte> id)
    {
        foreach (byte b in id)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'"' or (byte)'-' or (byte)'_'))
                return false;
        }
        return id.Length <= LongestEchoedId;
    }

    private void NoteAnswered(JsonTape tape)
    {
        foreach (int node in new JsonRpcBatch(tape))
        {
            if (_answeredLast.Count < JsonRpcBatch.MaxMessages && JsonRpcMessage.TryRead(tape, node, out JsonRpcMessage rpc) == ReadFault.None
                && rpc.Method < 0 && rpc.Id >= 0 && !tape.Is(rpc.Id, JsonKind.Null))
                _answeredLast.Add(JsonRpcMessage.IdText(tape, rpc.Id).ToArray());
        }
    }

    /// <summary>The event before went on: what it answered is answered.</summary>
    private void ForgetAnswered()
    {
        foreach (ReadOnlyMemory<byte> id in _answeredLast)
            _pending.RemoveAll(p => p.Id.Span.SequenceEqual(id.Span));
        _answeredLast.Clear();
    }
}
