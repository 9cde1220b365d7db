using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Reads a stream of the older text completions: pieces of one text, the last of them with the reason for the end.</summary>
internal sealed class CompletionStream : EventStream
{
    private const int TextChannel = 0;
    private readonly UnknownTexts _unknown = new(1);
    private readonly TextCalls _written = new();
    private JsonLimits _limits = JsonLimits.Default;
    private bool _ended;

    /// <summary>This API knows no calls but those written as text.</summary>
    /// <inheritdoc/>
    public override bool HasOpenCall => _written.IsOpen;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        if (frame.Data.IsEmpty)
            return frame.Event.IsEmpty || frame.Event.Span.SequenceEqual("ping"u8) ? ReadFault.None : ReadFault.BrokenStream;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        _limits = limits;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadRoot(message, ref sweep, frame.Event.Span);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        _written.Finish(_limits, message.ToolCalls);
        return ReadFault.None;
    }

    /// <summary>The last piece says why: this API knows no other way to end a text early.</summary>
    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        if (_ended)
            return [];
        string text = AnthropicRefusal.Text(reason);
        byte[] data = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "completion");
            json.WriteString("completion", text);
            json.WriteString("stop_reason", "refusal");
            json.WriteString("model", "");
            json.WriteEndObject();
        });
        return [.. "event: completion\ndata: "u8, .. data, .. "\n\n"u8];
    }

    private ReadFault ReadRoot(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> name)
    {
        JsonTape tape = sweep.Tape;
        int type = tape.Find(0, "type"u8);
        if (!tape.Is(type, JsonKind.String) || !tape.KeyEquals(type, name))
            return ReadFault.BrokenStream;
        if (KnownKeys.HasVariant(tape, 0, AnthropicKeys.Response) || StreamEvents.IsVariant(name))
            return ReadFault.Ambiguous;
        if (_ended && !name.SequenceEqual("ping"u8))
            return ReadFault.BrokenStream;
        MessagesResponse.TakeHead(message, ref sweep, 0);
        MessagesResponse.TakeEnd(ref sweep, 0);
        sweep.TakeLabel(tape.Find(0, "log_id"u8));
        int text = tape.Find(0, "completion"u8);
        sweep.Take(text, TextRole.Assistant, TextChannel);
        if (tape.Is(text, JsonKind.String))
            _written.Push(message.Decode(0, text).Span, _limits, message.ToolCalls);
        _unknown.Take(ref sweep, 0, 0);
        _ended |= name.SequenceEqual("error"u8) || tape.Is(tape.Find(0, "stop_reason"u8), JsonKind.String);
        if (_ended)
            _written.Finish(_limits, message.ToolCalls);
        return ReadFault.None;
    }
}
