using EnvoyExtAuthz.Text;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>A stream of answers: every message is whole in itself, but for the fields whose texts run on.</summary>
internal sealed class GrpcEventStream(ProtoMethod method, IReadOnlyDictionary<string, ProtoMessage> types, ContentCoding? coding) : EventStream
{
    /// <summary>Answers call nothing.</summary>
    public override bool HasOpenCall => false;

    /// <summary>The end is in the trailers.</summary>
    public override bool Ended => false;

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => new GrpcFramer(maxFrameBytes, coding);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        var state = new GrpcBody(method, new LengthScopes());
        message.DialectState = state;
        message.Take(frame.Data);
        return new ProtoReader(message, types, state.Scopes, TextRole.ToolResult, limits, streams: true).Read(method.Output, 0, frame.Data.Length);
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <summary>Nothing: a status stands in trailers, which a body cannot bring.</summary>
    public override byte[] Refuse(in RefusalReason reason) => [];

    /// <summary>
    /// The status. Where the trailers do not come, the stream ends without one, which every client takes for an error and none for
    /// the end.
    /// </summary>
    public override IReadOnlyList<(string Name, string Value)> RefusalTrailers(in RefusalReason reason) => GrpcDialect.Status(reason);
}
