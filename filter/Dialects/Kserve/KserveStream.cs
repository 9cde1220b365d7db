using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>
/// Reads a stream of Triton's generate extension: each event an object whose outputs go on with those before. Each name of an
/// output is a running text of its own. The stream ends where its connection does.
/// </summary>
internal sealed class KserveStream : EventStream
{
    private readonly UnknownTexts _outputs = new(0);

    /// <inheritdoc/>
    public override bool HasOpenCall => false;

    /// <inheritdoc/>
    public override bool Ended => false;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        if (frame.Data.Span.Trim(" \t\r\n"u8) is [] or [(byte)'[', (byte)'D', (byte)'O', (byte)'N', (byte)'E', (byte)']'])
            return ReadFault.None;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        Generated.TakeLabels(ref sweep);
        _outputs.Take(ref sweep, 0, 0);
        sweep.Finish(TextRole.Assistant);
        return sweep.Tape.Is(0, JsonKind.Object) ? ReadFault.None : ReadFault.WrongShape;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <summary>An event with an error, the only ending the protocol has.</summary>
    public override byte[] Refuse(in RefusalReason reason) => [.. "data: "u8, .. Error(reason), .. "\n\n"u8];

    /// <summary>The protocol's error object.</summary>
    public static byte[] Error(in RefusalReason reason)
    {
        RefusalReason copy = reason;
        return JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("error", $"{copy.Message} (event {copy.EventId})");
            json.WriteEndObject();
        });
    }
}
