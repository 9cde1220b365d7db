using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Replicate;

/// <summary>A run's output as it comes: events whose data is plain text, the next piece of what the model says.</summary>
internal sealed class ReplicateStream : EventStream
{
    private const int Output = 0;
    private const int Logs = 1;
    private bool _ended;

    /// <inheritdoc/>
    public override bool HasOpenCall => false;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        if (frame.Data.IsEmpty)
            return ReadFault.None;
        if (_ended || !Utf8.IsValid(frame.Data.Span))
            return ReadFault.BrokenStream;
        ReadOnlySpan<byte> name = frame.Event.Span;
        _ended = name.SequenceEqual("done"u8);
        // An error or an end is whole; whatever else an event is called, a client may take it for output.
        int channel = _ended || name.SequenceEqual("error"u8) ? -1 : name.SequenceEqual("logs"u8) ? Logs : Output;
        TextRole role = channel == Output ? TextRole.Assistant : channel == Logs ? TextRole.Document : TextRole.Unknown;
        if (_ended)
            message.EndedChannels.AddRange([Output, Logs]);
        message.Segments.Add(new Segment(role, -1, 0, frame.Data.Length, false, channel));
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        string why = $"{reason.Message} (event {reason.EventId})";
        byte[] detail = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("detail", why);
            json.WriteEndObject();
        });
        return [.. "event: error\ndata: "u8, .. detail, .. "\n\nevent: done\ndata: {\"reason\":\"error\"}\n\n"u8];
    }
}
