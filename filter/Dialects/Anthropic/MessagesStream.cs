using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Reads a streamed message: its start, blocks that begin, grow and end, and its end. Blocks are numbered from 0 without
/// gaps, since clients append a block when it begins and look it up by number when it grows. Each block's text runs in a channel of its
/// own; a call is complete when its block ends. Events have names, which are their data's type: SDKs drop those without one.
/// </summary>
internal sealed class MessagesStream : EventStream
{
    private readonly StreamedBlocks _blocks = new();
    private readonly ReleasedBlocks _released = new();
    private bool _started;
    private bool _ended;
    private StreamStep _step;
    private int _index;
    private JsonLimits _limits = JsonLimits.Default;

    /// <inheritdoc/>
    public override bool HasOpenCall => _blocks.HasOpenCall;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        _step = StreamStep.Nothing;
        ReadFault fault = ReadFrame(frame, limits, message);
        _released.OnRead(_step, _index);
        return fault;
    }

    /// <summary>
    /// Reads one event that came without the framing of <c>text/event-stream</c>, as Bedrock sends them.
    /// <see cref="OnReleased(bool)"/> is to be called for it all the same.
    /// </summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="document">The event's document, opened before.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public ReadFault ReadEvent(Message message, int document, in JsonLimits limits)
    {
        _step = StreamStep.Nothing;
        ReadFault fault = ReadDocument(message, document, limits);
        _released.OnRead(_step, _index);
        return fault;
    }

    /// <inheritdoc/>
    public override void OnReleased(bool edited) => _released.OnReleased();

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        _blocks.CompleteCalls(message, _limits);
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason) => StreamRefusal.Bytes(reason, _released);

    /// <summary>The events of a refusal without a framing: each's type and JSON.</summary>
    public List<(string Name, byte[] Data)> RefusalEvents(in RefusalReason reason) => StreamRefusal.Events(reason, _released);

    private ReadFault ReadFrame(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        // An event without data is none to the standard; a comment keeps a connection alive.
        if (frame.Data.IsEmpty)
            return frame.Event.IsEmpty || frame.Event.Span.SequenceEqual("ping"u8) ? ReadFault.None : ReadFault.BrokenStream;
        // vLLM ends as OpenAI's API does, after the protocol's own end; SDKs drop it for want of a name.
        if (_ended && StreamEvents.IsDone(frame))
            return ReadFault.None;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        JsonTape tape = message.Documents[0].Tape;
        int type = tape.Find(0, "type"u8);
        fault = ReadDocument(message, 0, limits);
        if (fault == ReadFault.None && !tape.KeyEquals(type, frame.Event.Span))
            fault = ReadFault.BrokenStream;
        return fault;
    }

    private ReadFault ReadDocument(Message message, int document, in JsonLimits limits)
    {
        _limits = limits;
        var sweep = new SegmentSweep(message, document);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int type = tape.Find(0, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, AnthropicKeys.Event))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(type);
        ReadOnlySpan<byte> name = message.Decode(sweep.Document, type).Span;
        if (name.SequenceEqual("ping"u8))
        {
            _blocks.TakeUnknown(ref sweep, 0);
            return ReadFault.None;
        }
        if (_ended)
            return ReadFault.BrokenStream;
        if (name.SequenceEqual("message_start"u8))
            return ReadStart(message, ref sweep);
        if (name.SequenceEqual("error"u8))
            return End(message, ref sweep, limits);
        if (StreamEvents.IsVariant(name))
            return ReadFault.Ambiguous;
        if (!StreamEvents.IsKnown(name))
        {
            // Gateways add events of their own, also before the first.
            _blocks.TakeUnknown(ref sweep, 0);
            return ReadFault.None;
        }
        if (!_started)
            return ReadFault.BrokenStream;
        if (name.SequenceEqual("content_block_start"u8))
            return ReadBlock(_blocks.Start(message, ref sweep, limits, out _index, out bool isCall), isCall ? StreamStep.CallStart : StreamStep.BlockStart);
        if (name.SequenceEqual("content_block_delta"u8))
            return _blocks.Grow(message, ref sweep, limits);
        if (name.SequenceEqual("content_block_stop"u8))
            return ReadBlock(_blocks.Stop(message, ref sweep, out _index), StreamStep.BlockStop);
        if (name.SequenceEqual("message_delta"u8))
            return ReadDelta(ref sweep);
        // The older completions' event is none of this stream's.
        return name.SequenceEqual("message_stop"u8) ? End(message, ref sweep, limits) : ReadFault.BrokenStream;
    }

    private ReadFault ReadStart(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int started = tape.Find(0, "message"u8);
        if (_started)
            return ReadFault.BrokenStream;
        if (!tape.Is(started, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, started, AnthropicKeys.Response))
            return ReadFault.Ambiguous;
        // Blocks that stood there already would shift the numbers of those to come for some clients.
        int content = tape.Find(started, "content"u8);
        if (content >= 0 && !tape.Is(content, JsonKind.Null) && !(tape.Is(content, JsonKind.Array) && tape[content].End == JsonTape.FirstChild(content)))
            return ReadFault.BrokenStream;
        MessagesResponse.TakeHead(message, ref sweep, started);
        MessagesResponse.TakeEnd(ref sweep, started);
        _started = true;
        _step = StreamStep.MessageStart;
        return ReadFault.None;
    }

    private ReadFault ReadBlock(ReadFault fault, StreamStep step)
    {
        if (fault == ReadFault.None)
            _step = step;
        return fault;
    }

    private ReadFault ReadDelta(ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int delta = tape.Find(0, "delta"u8);
        if (!tape.Is(delta, JsonKind.Object))
            return ReadFault.BrokenStream;
        if (KnownKeys.HasVariant(tape, delta, AnthropicKeys.Delta))
            return ReadFault.Ambiguous;
        MessagesResponse.TakeEnd(ref sweep, delta);
        UsageCounts.Take(ref sweep, tape.Find(0, "usage"u8));
        sweep.TakeLabels(tape.Find(0, "context_management"u8));
        sweep.TakeLabels(tape.Find(0, "input_transformations"u8));
        _step = StreamStep.MessageDelta;
        return ReadFault.None;
    }

    private ReadFault End(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        sweep.TakeLabels(sweep.Tape.Find(0, "amazon-bedrock-invocationMetrics"u8));
        sweep.TakeLabel(sweep.Tape.Find(0, "request_id"u8));
        MessagesResponse.TakeError(ref sweep, sweep.Tape.Find(0, "error"u8));
        _blocks.CompleteCalls(message, limits);
        _ended = true;
        _step = StreamStep.End;
        return ReadFault.None;
    }
}
