using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Reads an AWS event stream of the Bedrock runtime: a conversation's events, or chunks that wrap a model's own.</summary>
/// <param name="asked">What the request asked for; <see cref="BedrockOperation.None"/> if it was not read.</param>
/// <param name="declared">Tools the request offered.</param>
internal sealed class BedrockStream(BedrockOperation asked, IReadOnlyList<ToolDeclaration> declared) : EventStream
{
    private readonly ConverseEvents _events = new();
    private readonly ConverseReleased _released = new();
    private readonly Queue<(ConverseStep Step, int Index, bool IsChunk)> _held = new();
    private (ConverseStep Step, int Index, bool IsChunk) _seen;
    private InvokeChunks? _chunks;
    private bool _failed;

    /// <inheritdoc/>
    public override bool HasOpenCall => _events.HasOpenCall || _chunks is { HasOpenCall: true };

    /// <inheritdoc/>
    public override bool Ended => _failed || _events.Ended || _chunks is { Ended: true };

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => new AwsEventFramer(maxFrameBytes, unwrapsChunks: true);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        _seen = default;
        ReadOnlySpan<byte> name = frame.Event.Span;
        ReadFault fault = name.StartsWith("exception:"u8) || name.StartsWith("error:"u8)
            ? ReadFailure(frame, message)
            : ReadEvent(frame, limits, message);
        _held.Enqueue(_seen);
        return fault;
    }

    /// <inheritdoc/>
    public override void OnReleased(bool edited)
    {
        if (!_held.TryDequeue(out (ConverseStep Step, int Index, bool IsChunk) seen))
            return;
        if (seen.IsChunk)
            _chunks?.OnReleased(seen.Step, seen.Index);
        else
            _released.Add(seen.Step, seen.Index);
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        _events.Finish(message);
        return _chunks?.Finish(message) ?? ReadFault.None;
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        if (asked == BedrockOperation.InvokeStream && _chunks is not null)
            return _chunks.Refuse(reason);
        // An exception is what the clients of either kind of stream see.
        if (asked != BedrockOperation.ConverseStream || BedrockRefusals.Conversation(reason, _released) is not { } events)
            return BedrockRefusals.Failure(reason);
        return [.. events.SelectMany(e => AwsEventFramer.Write(isException: false, System.Text.Encoding.UTF8.GetBytes(e.Name), e.Data))];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _chunks?.Dispose();
    }

    private ReadFault ReadEvent(in EventFrame frame, in JsonLimits limits, Message message)
    {
        bool isEvent = ConverseEvents.IsEvent(frame.Event.Span);
        message.Take(frame.Data);
        StreamFrames.TakeMargins(frame, message);
        // Clients leave off at an exception, but not all do; and no client reads two kinds of stream in one.
        if (_failed || (isEvent && (asked == BedrockOperation.InvokeStream || _chunks is not null)))
            return ReadFault.BrokenStream;
        if (frame.Data.IsEmpty)
            return isEvent ? ReadFault.BrokenStream : ReadFault.None;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        if (frame.Event.Span.SequenceEqual("chunk"u8) && frame.DataOffset < 0)
            return ReadChunk(frame, limits, message);
        var sweep = new SegmentSweep(message, 0);
        // Events of other names are ones that clients skip: their texts are inspected.
        if (isEvent)
        {
            fault = _events.Read(message, ref sweep, frame.Event.Span, 0, limits);
            _seen = (_events.Step, _events.Index, false);
        }
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private ReadFault ReadChunk(in EventFrame frame, in JsonLimits limits, Message message)
    {
        _chunks ??= new InvokeChunks(declared);
        ReadFault fault = _chunks.Read(frame, limits, message);
        _seen = (_chunks.Step, _chunks.Index, true);
        return fault;
    }

    /// <summary>An exception ends the stream; what it says is text, whatever its form.</summary>
    private ReadFault ReadFailure(in EventFrame frame, Message message)
    {
        _failed = true;
        ReadFault fault = message.ReadJson(frame.Data, JsonLimits.Default);
        if (fault == ReadFault.None)
            new SegmentSweep(message, 0).Finish(TextRole.Unknown);
        else
            fault = PlainBody.Read(message, frame.Data);
        StreamFrames.TakeMargins(frame, message);
        _events.Finish(message);
        if (fault == ReadFault.None && _chunks is not null)
            fault = _chunks.Finish(message);
        return fault;
    }
}
