using System.Buffers.Text;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>
/// Reads a streamed answer of either version: version 2's deltas (<see cref="CohereDelta"/>), version 1's flat events. What an
/// event says is read by its members; its type only tells what it ends.
/// </summary>
/// <param name="operation">What was asked for; null if the request was not read.</param>
/// <param name="asLines">It comes as lines of JSON, not as events.</param>
internal sealed class CohereStream(CohereOperation? operation, bool asLines) : EventStream
{
    private readonly CohereCalls _calls = new(CohereChannels.Calls);
    private readonly UnknownTexts _unknown = new(CohereChannels.Unknown);
    private int _lastIndex = -1;
    private bool _isFirstVersion = operation?.IsFirstVersion ?? asLines;
    private bool _released;
    private bool _ended;

    /// <inheritdoc/>
    public override bool HasOpenCall => _calls.Any;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => asLines ? new LineFramer(maxFrameBytes) : base.CreateFramer(maxFrameBytes);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        if (!asLines && HidesData(frame))
            return ReadFault.BrokenStream;
        ReadOnlySpan<byte> data = frame.Data.Span.Trim(" \t\r\n"u8);
        if (data.IsEmpty)
            return ReadFault.None;
        if (!asLines && data.SequenceEqual("[DONE]"u8))
        {
            End(message);
            return Finish(message);
        }
        if (_ended)
            return ReadFault.BrokenStream;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadEvent(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override void OnReleased(bool edited) => _released = true;

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        _calls.CompleteAll(message);
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        if (!_isFirstVersion)
            return CohereRefusal.Events(reason, _lastIndex + 1, hasBegun: _released);
        bool isChat = operation is null || operation.Is("chat"u8);
        return CohereRefusal.FirstVersion(reason, isChat, asLines);
    }

    /// <summary>
    /// Whether a client that looks for <c>data:</c> anywhere in any line, and reads each line that has it as one event (the
    /// official library for JavaScript), would read other data here than the standard says.
    /// </summary>
    private static bool HidesData(in EventFrame frame)
    {
        ReadOnlySpan<byte> bytes = frame.Bytes.Span;
        if (!frame.HasData)
            return bytes.IndexOf("data:"u8) >= 0;
        if (frame.DataOffset < 0)
            return true;
        ReadOnlySpan<byte> before = bytes[..frame.DataOffset];
        return before.Count("data:"u8) > 1 || bytes[(frame.DataOffset + frame.Data.Length)..].IndexOf("data:"u8) >= 0;
    }

    private ReadFault ReadEvent(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object) || CohereAnswer.IsWriters(tape, 0))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, CohereKeys.Answer))
            return ReadFault.Ambiguous;
        if (!TryIndex(tape, tape.Find(0, "index"u8), out int index))
            return ReadFault.BrokenStream;
        _lastIndex = Math.Max(_lastIndex, index);
        TakeLabels(ref sweep);
        ReadFault fault = CohereDelta.Read(message, ref sweep, index, _calls, limits);
        if (fault == ReadFault.None)
            fault = ReadFlat(message, ref sweep, index, limits);
        _unknown.Take(ref sweep, 0, 0);
        return fault != ReadFault.None ? fault : ReadEnd(message, tape, index);
    }

    private static void TakeLabels(ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(0, "type"u8));
        sweep.TakeLabel(tape.Find(0, "event_type"u8));
        sweep.TakeLabel(tape.Find(0, "finish_reason"u8));
        int id = Math.Max(tape.Find(0, "id"u8), tape.Find(0, "generation_id"u8));
        sweep.TakeLabel(id);
    }

    /// <summary>Version 1's events: their members stand side by side.</summary>
    private ReadFault ReadFlat(Message message, ref SegmentSweep sweep, int index, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int calls = JsonShape.Present(tape, 0, "tool_calls"u8);
        int delta = JsonShape.Present(tape, 0, "tool_call_delta"u8);
        int response = JsonShape.Present(tape, 0, "response"u8);
        if ((delta >= 0 && !tape.Is(delta, JsonKind.Object)) || (response >= 0 && !tape.Is(response, JsonKind.Object)))
            return ReadFault.WrongShape;
        // Before calls it is the plan in pieces; with them, the plan again.
        sweep.Take(tape.Find(0, "text"u8), TextRole.Assistant, calls >= 0 ? -1 : delta >= 0 ? CohereChannels.Plan : CohereChannels.Text(index));
        sweep.Take(tape.Find(0, "err"u8), TextRole.Unknown);
        ChatLogprobs.ReadPieces(message, ref sweep, tape.Find(0, "logprobs"u8));
        CohereAnswer.TakeSources(message, ref sweep, 0, limits);
        ReadFault fault = CohereHistory.ReadCalls(message, ref sweep, calls, replayed: false, limits);
        if (fault == ReadFault.None && delta >= 0)
            fault = ReadCallDelta(message, ref sweep, delta);
        if (fault == ReadFault.None && response >= 0)
            fault = CohereAnswer.ReadObject(message, ref sweep, response, limits);
        return fault;
    }

    private ReadFault ReadCallDelta(Message message, ref SegmentSweep sweep, int delta)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, delta, CohereKeys.CallDelta))
            return ReadFault.Ambiguous;
        if (!TryIndex(tape, tape.Find(delta, "index"u8), out int index))
            return ReadFault.BrokenStream;
        sweep.Take(tape.Find(delta, "text"u8), TextRole.Assistant, CohereChannels.Plan);
        return CohereDelta.AddFragment(message, ref sweep, _calls, index, JsonShape.Present(tape, delta, "name"u8), JsonShape.Present(tape, delta, "parameters"u8));
    }

    private ReadFault ReadEnd(Message message, JsonTape tape, int index)
    {
        int type = JsonShape.Present(tape, 0, "type"u8);
        int eventType = JsonShape.Present(tape, 0, "event_type"u8);
        if (type >= 0 && eventType >= 0)
            return ReadFault.Ambiguous;
        type = Math.Max(type, eventType);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.None;
        if (tape.KeyEquals(type, "tool-call-end"u8))
            return _calls.Complete(index, message) ? ReadFault.None : ReadFault.BrokenStream;
        bool ends = tape.KeyEquals(type, "message-end"u8) || tape.KeyEquals(type, "stream-end"u8) || tape.KeyEquals(type, "stream-error"u8);
        if (ends || tape.KeyEquals(type, "tool-calls-generation"u8))
            _calls.CompleteAll(message);
        if (ends)
            End(message);
        if (operation is null)
            _isFirstVersion = eventType >= 0;
        return ReadFault.None;
    }

    /// <summary>Nothing may follow: what was said is complete.</summary>
    private void End(Message message)
    {
        _ended = true;
        for (int index = 0; index <= Math.Max(0, _lastIndex); index++)
        {
            message.EndedChannels.Add(CohereChannels.Text(index));
            message.EndedChannels.Add(CohereChannels.Thinking(index));
        }
        message.EndedChannels.Add(CohereChannels.Plan);
    }

    /// <summary>An index: absent or null gives -1; anything but a small whole number is no index.</summary>
    private static bool TryIndex(JsonTape tape, int node, out int index)
    {
        index = -1;
        if (node < 0 || tape.Is(node, JsonKind.Null))
            return true;
        return tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length
            && index is >= 0 and < CohereChannels.MaxIndex;
    }
}
