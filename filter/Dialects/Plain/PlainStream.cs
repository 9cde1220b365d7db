using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Plain;

/// <summary>
/// A stream of events of no known protocol: the strings under each key run on from event to event, and so does data that is
/// no JSON.
/// </summary>
internal sealed class PlainStream : EventStream
{
    private const int DataChannel = UnknownTexts.MaxChannels;
    private readonly UnknownTexts _texts = new(0, TextRole.Unknown);

    /// <inheritdoc/>
    public override bool HasOpenCall => false;

    /// <inheritdoc/>
    public override bool Ended => false;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        ReadOnlySpan<byte> data = frame.Data.Span.TrimStart(" \t\r\n"u8);
        if (data.IsEmpty)
            return ReadFault.None;
        if (data[0] is (byte)'{' or (byte)'[' && message.ReadJson(frame.Data, limits) == ReadFault.None)
        {
            var sweep = new SegmentSweep(message, 0);
            _texts.Take(ref sweep, 0, 0);
            sweep.Finish(TextRole.Unknown);
            return ReadFault.None;
        }
        message.Take(frame.Data);
        if (!Utf8.IsValid(frame.Data.Span))
            return ReadFault.BrokenStream;
        message.Segments.Add(new Segment(TextRole.Unknown, -1, 0, frame.Data.Length, false, DataChannel));
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason) => [.. "event: error\ndata: "u8, .. JsonErrors.Problem(reason).Body, .. "\n\n"u8];
}
