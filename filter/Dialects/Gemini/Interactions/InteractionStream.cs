using System.Buffers;
using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>
/// Reads an interaction's events. A step begins, grows by deltas and stops; steps have indices and can interleave. A step
/// that is a call is complete when it stops, or with the interaction; its events are held until then.
/// </summary>
internal sealed class InteractionStream : EventStream
{
    private const int MaxIndex = 1 << 16;
    private const int MaxOpenCalls = 128;
    private const int ChannelsPerStep = 4;

    /// <summary>Bytes of arguments of all calls that are open at once.</summary>
    private const long MaxOpenBytes = 8 << 20;

    private readonly SortedDictionary<int, OpenCall> _open = [];
    private readonly InteractionRefusal _refusal = new();
    private long _openBytes;
    private bool _ended;

    private sealed class OpenCall(byte[] name, ReadOnlySpan<byte> whole)
    {
        private readonly ArrayBufferWriter<byte> _pieces = new();
        private readonly byte[] _whole = whole.ToArray();

        public byte[] Name => name;

        public byte[] Arguments => _pieces.WrittenCount > 0 ? _pieces.WrittenSpan.ToArray() : _whole;

        public void Append(ReadOnlySpan<byte> piece) => _pieces.Write(piece);
    }

    /// <inheritdoc/>
    public override bool HasOpenCall => _open.Count > 0;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        ReadFault fault = ReadData(frame, limits, message);
        _refusal.Commit();
        return fault;
    }

    /// <inheritdoc/>
    public override void OnReleased(bool edited) => _refusal.OnReleased();

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        CompleteAll(message);
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason) => _refusal.Write(reason);

    private ReadFault ReadData(in EventFrame frame, in JsonLimits limits, Message message)
    {
        ReadOnlySpan<byte> data = frame.Data.Span.Trim(" \t\r\n"u8);
        if (data.IsEmpty)
            return ReadFault.None;
        if (data.SequenceEqual("[DONE]"u8))
        {
            _ended = true;
            CompleteAll(message);
            return ReadFault.None;
        }
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadEvent(message, ref sweep, frame.Event.Span, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private ReadFault ReadEvent(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> name, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (InteractionFields.EventShape.IsAmbiguous(tape, 0))
            return ReadFault.Ambiguous;
        int type = InteractionFields.EventType.In(tape, 0);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        // A client that goes by the event's name would see another event than one that goes by its data.
        if (!name.IsEmpty && !tape.KeyEquals(type, name))
            return ReadFault.BrokenStream;
        sweep.TakeLabel(type);
        sweep.TakeLabel(tape.Find(0, "event_id"u8));
        sweep.TakeLabel(tape.Find(0, "interaction_id"u8));
        sweep.TakeLabel(tape.Find(0, "status"u8));
        sweep.TakeLabels(tape.Find(0, "metadata"u8));
        int interaction = InteractionFields.Interaction.In(tape, 0);
        if (interaction >= 0)
            return ReadInteraction(message, ref sweep, interaction, tape.KeyEquals(type, "interaction.completed"u8), limits);
        int indexNode = InteractionFields.Index.In(tape, 0);
        int step = InteractionFields.Step.In(tape, 0);
        int delta = InteractionFields.Delta.In(tape, 0);
        if (indexNode < 0)
            return step >= 0 || delta >= 0 ? ReadFault.BrokenStream : ReadFault.None;
        if (!TryIndex(tape, indexNode, out int index) || (step >= 0 && delta >= 0))
            return ReadFault.BrokenStream;
        if (step >= 0)
            return Start(message, ref sweep, step, index, limits);
        if (delta >= 0)
            return Grow(message, ref sweep, delta, index, limits);
        if (tape.KeyEquals(type, "step.stop"u8))
            Stop(message, index);
        return ReadFault.None;
    }

    private ReadFault ReadInteraction(Message message, ref SegmentSweep sweep, int interaction, bool completed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (completed)
        {
            CompleteAll(message);
            _ended = true;
        }
        if (tape.Is(InteractionFields.Id.In(tape, interaction), JsonKind.String))
            _refusal.Created();
        return InteractionBody.ReadAnswered(message, ref sweep, interaction, limits);
    }

    private ReadFault Start(Message message, ref SegmentSweep sweep, int step, int index, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (InteractionFields.ItemShape.IsAmbiguous(tape, step))
            return ReadFault.Ambiguous;
        // An index that begins again: what was open there is whole, or never will be.
        Complete(message, index);
        _refusal.Started(index);
        int type = InteractionFields.Type.In(tape, step);
        if (!tape.Is(type, JsonKind.String) || !InteractionItem.IsCall(message.Decode(0, type).Span))
            return InteractionItem.Read(message, ref sweep, step, ScopeOf(index), limits);
        int arguments = InteractionFields.Arguments.In(tape, step);
        if (!InteractionItem.TryTool(message, sweep, step, out ReadOnlyMemory<byte> tool))
            return ReadFault.WrongShape;
        ReadOnlySpan<byte> whole = arguments < 0 ? default : tape.Raw(arguments);
        _openBytes += whole.Length;
        if (_open.Count == MaxOpenCalls || _openBytes > MaxOpenBytes)
            return ReadFault.BrokenStream;
        _open[index] = new OpenCall(tool.ToArray(), whole);
        int before = message.ToolCalls.Count;
        ReadFault fault = InteractionItem.Read(message, ref sweep, step, ScopeOf(index), limits);
        // The call is not made before it is whole.
        message.ToolCalls.RemoveRange(before, message.ToolCalls.Count - before);
        return fault;
    }

    private ReadFault Grow(Message message, ref SegmentSweep sweep, int delta, int index, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int type = InteractionFields.Type.In(tape, delta);
        if (!tape.Is(type, JsonKind.String) || !tape.KeyEquals(type, "arguments_delta"u8))
            return InteractionItem.Read(message, ref sweep, delta, ScopeOf(index), limits);
        if (InteractionFields.ItemShape.IsAmbiguous(tape, delta))
            return ReadFault.Ambiguous;
        int arguments = InteractionFields.Arguments.In(tape, delta);
        if (!_open.TryGetValue(index, out OpenCall? call) || (arguments >= 0 && !tape.Is(arguments, JsonKind.String)))
            return ReadFault.BrokenStream;
        sweep.TakeLabel(type);
        if (arguments < 0)
            return ReadFault.None;
        ReadOnlyMemory<byte> piece = message.Decode(0, arguments);
        _openBytes += piece.Length;
        if (_openBytes > MaxOpenBytes)
            return ReadFault.BrokenStream;
        call.Append(piece.Span);
        sweep.Take(arguments, TextRole.ToolArgument, (index * ChannelsPerStep) + 3);
        return ReadFault.None;
    }

    private void Stop(Message message, int index)
    {
        Complete(message, index);
        _refusal.Stopped(index);
        for (int channel = 0; channel < ChannelsPerStep; channel++)
            message.EndedChannels.Add((index * ChannelsPerStep) + channel);
    }

    private void Complete(Message message, int index)
    {
        if (!_open.Remove(index, out OpenCall? call))
            return;
        byte[] arguments = call.Arguments;
        StreamedArguments.TakeEscaped(message, arguments);
        message.ToolCalls.Add(new ToolCall(call.Name, arguments, -1, -1));
        if (_open.Count == 0)
            _openBytes = 0;
    }

    private void CompleteAll(Message message)
    {
        while (_open.Count > 0)
            Complete(message, _open.First().Key);
    }

    private static InteractionScope ScopeOf(int index)
    {
        int first = index * ChannelsPerStep;
        return new InteractionScope(TextRole.Assistant, false, first, first + 1, first + 2);
    }

    private static bool TryIndex(JsonTape tape, int node, out int index)
    {
        index = -1;
        return tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length && index is >= 0 and < MaxIndex;
    }
}
