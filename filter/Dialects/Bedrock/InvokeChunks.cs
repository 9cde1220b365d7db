using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Dialects.Cohere;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// A model's own events, unwrapped from the chunks of a stream. Their form is that of the first that shows one; another in
/// the same stream breaks it.
/// </summary>
/// <param name="declared">Tools the request offered.</param>
internal sealed class InvokeChunks(IReadOnlyList<ToolDeclaration> declared) : IDisposable
{
    private static readonly byte[][] NativeNames = KnownKeys.Of("outputText", "generation", "outputs", "completion", "completions");
    private static readonly byte[][] CohereNames = KnownKeys.Of("event_type", "text", "generations", "is_finished", "tool_calls");
    private readonly UnknownTexts _native = new(0);
    private readonly NativeTextCalls _written = new();
    private readonly ConverseReleased _released = new();
    private ConverseEvents? _events;
    private MessagesStream? _messages;
    private ChatStream? _chat;
    private CohereStream? _cohere;
    private InvokeShape? _shape;

    /// <summary>What the event read last does.</summary>
    public ConverseStep Step { get; private set; }

    /// <summary>The block it does it to.</summary>
    public int Index => _events?.Index ?? 0;

    /// <summary>A tool call has begun and is not complete.</summary>
    public bool HasOpenCall => _events is { HasOpenCall: true } || _chat is { HasOpenCall: true } || _messages is { HasOpenCall: true }
        || _cohere is { HasOpenCall: true } || _written.IsOpen;

    /// <summary>The model's own end was seen.</summary>
    public bool Ended => _events is { Ended: true } || _chat is { Ended: true } || _messages is { Ended: true } || _cohere is { Ended: true };

    /// <summary>Reads one event: document 0 of the message, what stands beside it taken before.</summary>
    public ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        Step = ConverseStep.Nothing;
        JsonTape tape = message.Documents[0].Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (!TryShape(tape, out InvokeShape shape, out int key))
            return ReadFault.Ambiguous;
        // One that shows no form only says what the answer took, in a stream of any.
        if (key >= 0 && (_shape ??= shape) != shape)
            return ReadFault.BrokenStream;
        switch (shape)
        {
            case InvokeShape.Chat:
                return ReadAgain(_chat ??= new ChatStream(declared, new ChunkWriter()), frame, limits, message);
            case InvokeShape.Cohere:
                return ReadAgain(_cohere ??= new CohereStream(null, asLines: true), frame, limits, message);
            case InvokeShape.Anthropic:
                _messages ??= new MessagesStream();
                Step = ConverseStep.Block;
                return _messages.ReadEvent(message, 0, limits);
            default:
                return ReadOwn(message, shape, key, limits);
        }
    }

    /// <summary>A chunk goes to the client.</summary>
    public void OnReleased(ConverseStep step, int index)
    {
        if (_messages is null)
            _released.Add(step, index);
        else if (step != ConverseStep.Nothing)
            _messages.OnReleased(edited: false);
    }

    /// <summary>The stream is over: what is open is complete.</summary>
    public ReadFault Finish(Message message)
    {
        _events?.Finish(message);
        _written.Finish(message);
        ReadFault fault = _messages?.Finish(message) ?? ReadFault.None;
        if (fault == ReadFault.None)
            fault = _chat?.Finish(message) ?? ReadFault.None;
        return fault != ReadFault.None ? fault : _cohere?.Finish(message) ?? ReadFault.None;
    }

    /// <summary>Ends the stream in the model's own way where that is known, else with an exception.</summary>
    public byte[] Refuse(in RefusalReason reason)
    {
        if (_messages is not null)
            return [.. _messages.RefusalEvents(reason).SelectMany(e => BedrockRefusals.Chunk(e.Data))];
        if (_events is null || BedrockRefusals.Conversation(reason, _released) is not { } events)
            return BedrockRefusals.Failure(reason);
        return [.. events.SelectMany(e => BedrockRefusals.Chunk([.. "{\""u8, .. System.Text.Encoding.UTF8.GetBytes(e.Name), .. "\":"u8, .. e.Data, .. "}"u8]))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _messages?.Dispose();
        _chat?.Dispose();
        _cohere?.Dispose();
    }

    /// <summary>Has another protocol's reader take the event from its bytes on.</summary>
    private static ReadFault ReadAgain(EventStream stream, in EventFrame frame, in JsonLimits limits, Message message)
    {
        ReadOnlyMemory<byte>[] margins = [.. message.ExtraTexts];
        Dialect? dialect = message.Dialect;
        message.Clear();
        message.Dialect = dialect;
        message.ExtraTexts.AddRange(margins);
        return stream.Read(frame with { Comments = default, Event = default }, limits, message);
    }

    private ReadFault ReadOwn(Message message, InvokeShape shape, int key, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ConverseResponse.TakeRest(message, ref sweep, 0, limits);
        ReadFault fault;
        if (shape == InvokeShape.Converse)
        {
            _events ??= new ConverseEvents();
            fault = _events.Read(message, ref sweep, ConverseEvents.NameOf(tape, key), key + 1, limits);
            Step = _events.Step;
        }
        else
        {
            NativeTexts.TakeAnswered(message, ref sweep, 0, _native);
            _written.Take(message, limits);
            fault = InvokeBody.FindCalls(tape, 0);
        }
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Whose event it is.</summary>
    /// <param name="tape">The event.</param>
    /// <param name="shape">The form.</param>
    /// <param name="key">The key that says it; -1 if none does, as in one that only says what the answer took.</param>
    /// <returns>False if it says two forms, or two events at once.</returns>
    private static bool TryShape(JsonTape tape, out InvokeShape shape, out int key)
    {
        key = -1;
        shape = InvokeShape.Native;
        for (int member = JsonTape.FirstChild(0); member < tape[0].End; member = tape.Next(member))
        {
            if (FormOf(tape, member) is not { } says)
                continue;
            if (key >= 0 && (says != shape || says == InvokeShape.Converse))
                return false;
            key = member;
            shape = says;
        }
        return true;
    }

    private static InvokeShape? FormOf(JsonTape tape, int member)
    {
        if (!ConverseEvents.NameOf(tape, member).IsEmpty)
            return InvokeShape.Converse;
        if (tape.KeyEquals(member, "choices"u8))
            return InvokeShape.Chat;
        // Claude's older completions have a type too.
        if (tape.KeyEquals(member, "type"u8))
            return tape.Is(member + 1, JsonKind.String) && tape.KeyEquals(member + 1, "completion"u8) ? InvokeShape.Native : InvokeShape.Anthropic;
        foreach (byte[] name in NativeNames)
        {
            if (tape.KeyEquals(member, name))
                return InvokeShape.Native;
        }
        foreach (byte[] name in CohereNames)
        {
            if (tape.KeyEquals(member, name))
                return InvokeShape.Cohere;
        }
        return null;
    }
}
