using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Reads a stream of response events. What an event is, its data's type says, as clients have it; its members say what is in
/// it, so that an event new to us is read all the same. Texts run in a channel for each kind, item and part; their
/// repetitions in events that close a part, an item or the response are whole texts, judged like the pieces before. Calls that
/// the client makes are held until they are done.
/// </summary>
/// <param name="hosted">The provider's tools that the request offers.</param>
internal sealed class ResponsesStream(HostedTools hosted) : EventStream
{
    private const int MaxIndex = 100_000;
    private readonly RunningTexts _texts = new();
    private readonly StreamedCalls _calls = new();
    private readonly ResponseEnding _ending = new();
    private long _read;
    private long _released;
    private long _created = -1;
    private bool _ended;

    /// <inheritdoc/>
    public override bool HasOpenCall => _calls.HasOpen;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        _read++;
        ReadOnlySpan<byte> data = frame.Data.Span.Trim(" \t\r\n"u8);
        message.Take(frame.Data);
        if (data.IsEmpty)
            return ReadFault.None;
        if (data.SequenceEqual("[DONE]"u8))
        {
            _ended = true;
            return Finish(message);
        }
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadEvent(message, ref sweep, frame.Event.Span, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override void OnReleased(bool edited)
    {
        if (++_released == _created)
            _ending.Begin(edited);
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        ReadFault fault = _calls.CompleteAll(message);
        return fault != ReadFault.None ? fault : _calls.PutOutOnce(message);
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason) => _ending.Refuse(reason);

    private ReadFault ReadEvent(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> name, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ResponsesKeys.Event))
            return ReadFault.Ambiguous;
        int type = JsonShape.Present(tape, 0, "type"u8);
        if (type >= 0 && !tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        ReadOnlyMemory<byte> kind = type >= 0 ? message.Decode(0, type) : name.ToArray();
        // One client goes by the event's name, another by its data's type.
        if (!name.IsEmpty && !name.SequenceEqual(kind.Span) && !name.SequenceEqual("message"u8) && !name.SequenceEqual("error"u8))
            return ReadFault.BrokenStream;
        if (!TryPlace(tape, out EventPlace place))
            return ReadFault.BrokenStream;
        TakeLabels(ref sweep, type);
        _ending.Remember(tape, place.Item);
        ReadFault fault = ReadContents(message, ref sweep, kind.Span, place, limits);
        if (fault == ReadFault.None && IsEnd(kind.Span))
        {
            _ended = true;
            _texts.EndAll(message);
            fault = _calls.CompleteAll(message);
        }
        return fault != ReadFault.None ? fault : _calls.PutOutOnce(message);
    }

    private ReadFault ReadContents(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> kind, EventPlace place, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        bool begins = kind.EndsWith(".added"u8);
        ReadFault fault = ReadFault.None;
        int response = JsonShape.Present(tape, 0, "response"u8);
        if (response >= 0)
        {
            _ending.RememberTime(tape, response);
            if (_created < 0 && kind.SequenceEqual("response.created"u8))
            {
                _created = _read;
                _ending.Note(message, tape, response);
            }
            fault = ResponsesResponse.ReadObject(message, ref sweep, response, new ItemContext(false, hosted), limits);
        }
        int item = JsonShape.Present(tape, 0, "item"u8);
        if (fault == ReadFault.None && item >= 0)
            fault = ReadItem(message, ref sweep, item, begins, place.Item, limits);
        int part = JsonShape.Present(tape, 0, "part"u8);
        if (fault == ReadFault.None && part >= 0)
        {
            var context = new ItemContext(false, hosted, begins ? _texts : null, place.Item);
            fault = ResponsesContent.ReadOne(message, ref sweep, part, TextRole.Assistant, context, place.Part, limits);
        }
        if (fault == ReadFault.None)
            fault = EventTexts.Read(message, ref sweep, kind, place, _texts, _calls, limits);
        return fault;
    }

    private ReadFault ReadItem(Message message, ref SegmentSweep sweep, int item, bool begins, int index, in JsonLimits limits)
    {
        var context = new ItemContext(false, hosted, begins ? _texts : null, index);
        ReadFault fault = ResponsesItems.Read(message, ref sweep, item, context, limits);
        if (fault != ReadFault.None)
            return fault;
        if (begins)
            return _calls.Begin(message, item, index);
        _texts.End(message, index);
        return _calls.Complete(message, item, index);
    }

    private static void TakeLabels(ref SegmentSweep sweep, int type)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(type);
        sweep.TakeLabel(tape.Find(0, "item_id"u8));
        sweep.TakeLabel(tape.Find(0, "response_id"u8));
        sweep.TakeLabel(tape.Find(0, "stream_id"u8));
        sweep.TakeLabel(tape.Find(0, "status"u8));
        sweep.TakeLabels(tape.Find(0, "agent"u8));
        // Random characters that hide how long a token was.
        sweep.TakeLabel(tape.Find(0, "obfuscation"u8));
    }

    private static bool IsEnd(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("response.completed"u8) || kind.SequenceEqual("response.incomplete"u8) || kind.SequenceEqual("response.failed"u8)
        || kind.SequenceEqual("response.cancelled"u8) || kind.SequenceEqual("error"u8);

    private static bool TryPlace(JsonTape tape, out EventPlace place)
    {
        place = default;
        if (!TryIndex(tape, "output_index"u8, out int item) || !TryIndex(tape, "content_index"u8, out int content)
            || !TryIndex(tape, "summary_index"u8, out int summary) || !TryIndex(tape, "command_index"u8, out int command))
            return false;
        place = new EventPlace(item, Math.Max(content, Math.Max(summary, command)));
        return true;
    }

    /// <summary>An index: absent or null gives 0; anything but a small whole number is no index.</summary>
    private static bool TryIndex(JsonTape tape, ReadOnlySpan<byte> key, out int index)
    {
        index = 0;
        int node = JsonShape.Present(tape, 0, key);
        return node < 0
            || (tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length
                && index is >= 0 and < MaxIndex);
    }
}
