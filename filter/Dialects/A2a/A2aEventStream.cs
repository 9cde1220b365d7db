using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>
/// A stream of A2A: every event is one whole answer, as a JSON-RPC response or bare. What spans events is artifacts, which clients
/// put together.
/// </summary>
internal sealed class A2aEventStream(Message request) : EventStream
{
    private readonly A2aCall _call = Owned(A2aCall.Of(request));
    private readonly ArtifactChannels _channels = new();

    /// <summary>A2A has no calls of tools.</summary>
    public override bool HasOpenCall => false;

    /// <summary>1.0 has no last event; the stream's end is the end.</summary>
    public override bool Ended => false;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        // Events without data keep a stream open.
        if (frame.Data.Span.Trim(" \t\r\n"u8).IsEmpty)
            return ReadFault.None;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        return fault == ReadFault.None ? A2aDialect.ReadAnswer(message, _call, limits, _channels) : fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <summary>
    /// An error: what SDKs throw. A last status of our own making ("rejected") would be a lie about a task that goes on at
    /// its agent, and would need the task's id where none may have been seen.
    /// </summary>
    public override byte[] Refuse(in RefusalReason reason) => _call.IsRpc
        ? [.. "data: "u8, .. A2aRefusal.Rpc(reason, _call.Id), .. "\n\n"u8]
        : [.. "event: error\ndata: "u8, .. A2aRefusal.Rest(reason), .. "\n\n"u8];

    private static A2aCall Owned(in A2aCall call) => call with { Id = call.Id.ToArray() };
}
