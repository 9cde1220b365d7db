using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Reads a stream of chat completion chunks. Names of events are ignored, as clients do; every chunk's data is read. Texts
/// run in a channel for each choice and kind; calls are complete at their choice's finish reason or the stream's end, and
/// their events are held until then.
/// </summary>
/// <param name="declared">Tools the request offered; see <see cref="NamePieces"/>.</param>
/// <param name="writer">Writes chunks as the stream's own.</param>
internal sealed class ChatStream(IReadOnlyList<ToolDeclaration> declared, ChunkWriter writer) : EventStream
{
    private const int MaxCallIndex = 1024;

    /// <summary>Bytes of names and arguments of all calls that are open at once.</summary>
    private const int MaxOpenBytes = 8 << 20;

    /// <summary>The deprecated one call a choice, kept apart from the calls that have indices.</summary>
    private const int LegacyIndex = MaxCallIndex;

    private readonly SortedDictionary<int, ChoiceCalls> _choices = [];

    /// <summary>Calls in the <c>message</c> that repeats the deltas of a choice.</summary>
    private readonly SortedDictionary<int, ChoiceCalls> _repeated = [];
    private readonly StreamedTextCalls _written = new();
    private readonly CallCompletion _completion = new(declared);
    private readonly UnknownTexts _unknown = new(TurnChannels.All);
    private int _nextChannel = TurnChannels.All + UnknownTexts.MaxChannels;
    private int _openCalls;
    private long _openBytes;
    private bool _ended;

    /// <inheritdoc/>
    public override bool HasOpenCall => _openCalls > 0 || _written.IsOpen;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        ReadOnlySpan<byte> data = frame.Data.Span.Trim(" \t\r\n"u8);
        message.Take(frame.Data);
        if (data.IsEmpty)
            return ReadFault.None;
        if (data.SequenceEqual("[DONE]"u8))
        {
            _ended = true;
            return CompleteAll(message);
        }
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadChunk(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => CompleteAll(message);

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason) => writer.Refuse(reason, _choices.Keys);

    private ReadFault ReadChunk(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        ReadFault fault = ChatResponse.ReadHead(message, ref sweep, out int choices);
        writer.Remember(tape);
        int position = 0;
        for (int choice = JsonTape.FirstChild(choices); choices >= 0 && choice < tape[choices].End && fault == ReadFault.None; choice = tape[choice].End)
            fault = ReadChoice(message, ref sweep, choice, position++, limits);
        // Writer's and Aleph Alpha's completions stream their words under keys of their own, and without choices.
        sweep.TakeLabel(tape.Find(0, "type"u8));
        _unknown.Take(ref sweep, 0, TryIndex(tape, tape.Find(0, "index"u8), out int index) && index >= 0 ? (2 * TurnChannels.MaxChoices) + index : -1);
        return fault;
    }

    private ReadFault ReadChoice(Message message, ref SegmentSweep sweep, int choice, int position, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(choice, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, choice, ChatKeys.Choice))
            return ReadFault.Ambiguous;
        if (!TryIndex(tape, tape.Find(choice, "index"u8), out int index))
            return ReadFault.BrokenStream;
        if (index < 0)
            index = position;
        if (index >= TurnChannels.MaxChoices)
            return ReadFault.BrokenStream;
        ChoiceCalls calls = CallsOf(_choices, index);
        TurnChannels channels = TurnChannels.Of(index);
        TurnChannels repeatedChannels = TurnChannels.Of(index, repeated: true);
        int first = message.Segments.Count;
        sweep.Take(tape.Find(choice, "text"u8), TextRole.Assistant, channels.Text);
        ChatLogprobs.Read(message, ref sweep, tape.Find(choice, "logprobs"u8), channels.Tokens);
        ChatLogprobs.ReadPrompt(message, ref sweep, choice);
        ReadFault fault = ReadDelta(message, ref sweep, tape.Find(choice, "delta"u8), channels, calls, limits);
        int repeated = tape.Find(choice, "message"u8);
        if (fault == ReadFault.None && repeated >= 0)
            fault = ReadDelta(message, ref sweep, repeated, repeatedChannels, CallsOf(_repeated, index), limits);
        _written.Take(message, first, channels, limits);
        _written.Take(message, first, repeatedChannels, limits);
        ChatResponse.TakeEnd(ref sweep, choice);
        if (repeated >= 0)
            _unknown.Take(ref sweep, repeated, TurnChannels.MaxChoices + index);
        _unknown.Take(ref sweep, choice, index);
        // Some servers send an empty reason with every chunk; clients take it for none.
        int finish = tape.Find(choice, "finish_reason"u8);
        if (fault != ReadFault.None || !tape.Is(finish, JsonKind.String) || tape[finish].Length == 0)
            return fault;
        _written.Finish(message, channels);
        _written.Finish(message, repeatedChannels);
        return Complete(calls, message, repeated: false) && Complete(CallsOf(_repeated, index), message, repeated: true) ? ReadFault.None : ReadFault.BrokenStream;
    }

    private static ChoiceCalls CallsOf(SortedDictionary<int, ChoiceCalls> choices, int index)
    {
        if (!choices.TryGetValue(index, out ChoiceCalls? calls))
            choices[index] = calls = new ChoiceCalls();
        return calls;
    }

    private ReadFault ReadDelta(Message message, ref SegmentSweep sweep, int delta, in TurnChannels channels, ChoiceCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (delta < 0 || tape.Is(delta, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(delta, JsonKind.Object))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(delta, "role"u8));
        ReadFault fault = ChatTurn.Read(message, ref sweep, delta, TextRole.Assistant, channels, limits);
        if (fault == ReadFault.None)
            fault = ReadFragments(message, ref sweep, tape.Find(delta, "tool_calls"u8), calls);
        int legacy = tape.Find(delta, "function_call"u8);
        if (fault == ReadFault.None && legacy >= 0 && !tape.Is(legacy, JsonKind.Null))
            fault = AddFragment(message, ref sweep, calls, default, LegacyIndex, legacy, isFirst: true);
        return fault != ReadFault.None ? fault : ExecutedTools.Read(message, ref sweep, delta, limits);
    }

    private ReadFault ReadFragments(Message message, ref SegmentSweep sweep, int list, ChoiceCalls calls)
    {
        JsonTape tape = sweep.Tape;
        if (list < 0 || tape.Is(list, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(list, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        bool isFirst = true;
        for (int call = JsonTape.FirstChild(list); call < tape[list].End && fault == ReadFault.None; call = tape[call].End)
        {
            fault = ReadFragment(message, ref sweep, call, calls, isFirst);
            isFirst = false;
        }
        return fault;
    }

    private ReadFault ReadFragment(Message message, ref SegmentSweep sweep, int call, ChoiceCalls calls, bool isFirst)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(call, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, call, ChatKeys.Call))
            return ReadFault.Ambiguous;
        int id = JsonShape.Present(tape, call, "id"u8);
        if (!TryIndex(tape, tape.Find(call, "index"u8), out int index) || (id >= 0 && !tape.Is(id, JsonKind.String)))
            return ReadFault.BrokenStream;
        sweep.TakeLabel(id);
        sweep.TakeLabel(tape.Find(call, "type"u8));
        if (!ChatCalls.TryTarget(tape, call, out int target))
            return ReadFault.Ambiguous;
        ReadOnlyMemory<byte> idText = id >= 0 ? message.Decode(0, id) : default;
        return AddFragment(message, ref sweep, calls, idText.Span, index, target, isFirst);
    }

    private ReadFault AddFragment(
        Message message, ref SegmentSweep sweep, ChoiceCalls calls, ReadOnlySpan<byte> id, int index, int function, bool isFirst)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(function, JsonKind.Object))
            return ReadFault.BrokenStream;
        if (KnownKeys.HasVariant(tape, function, ChatKeys.Call))
            return ReadFault.Ambiguous;
        int nameNode = JsonShape.Present(tape, function, "name"u8);
        if (nameNode >= 0 && !tape.Is(nameNode, JsonKind.String))
            return ReadFault.BrokenStream;
        ReadOnlyMemory<byte> name = nameNode >= 0 ? message.Decode(0, nameNode) : default;
        int argumentsNode = ChatCalls.ArgumentsOf(tape, function);
        var fragment = new CallFragment(id, index, name.Span, ChatCalls.TextOf(message, 0, argumentsNode).Span, isFirst);
        if (fragment.IsEmpty)
            return ReadFault.None;
        int before = _nextChannel;
        OpenCall? call = calls.Find(fragment, ref _nextChannel);
        if (call is null)
            return ReadFault.BrokenStream;
        _openCalls += _nextChannel - before;
        sweep.TakeLabel(nameNode);
        if (tape.Is(argumentsNode, JsonKind.String))
            sweep.Take(argumentsNode, TextRole.ToolArgument, call.Channel);
        else
            sweep.TakeAll(argumentsNode, TextRole.ToolArgument);
        return Append(calls, call, fragment) ? ReadFault.None : ReadFault.BrokenStream;
    }

    private bool Append(ChoiceCalls calls, OpenCall call, in CallFragment fragment)
    {
        _openBytes += fragment.Name.Length + fragment.Arguments.Length;
        if (_openBytes > MaxOpenBytes)
            return false;
        if (!fragment.Name.IsEmpty && !calls.Pieces.Add(fragment.Name))
            return false;
        if (!call.AddName(fragment.Name))
            return false;
        call.AddArguments(fragment.Arguments);
        return true;
    }

    private ReadFault CompleteAll(Message message)
    {
        _written.Finish(message);
        ReadFault fault = ReadFault.None;
        foreach (ChoiceCalls calls in _choices.Values)
        {
            if (!Complete(calls, message, repeated: false))
                fault = ReadFault.BrokenStream;
        }
        foreach (ChoiceCalls calls in _repeated.Values)
        {
            if (!Complete(calls, message, repeated: true))
                fault = ReadFault.BrokenStream;
        }
        return fault;
    }

    private bool Complete(ChoiceCalls calls, Message message, bool repeated)
    {
        _openCalls -= calls.Open.Count;
        if (_openCalls == 0)
            _openBytes = 0;
        return repeated ? _completion.CompleteRepeated(calls, message) : _completion.Complete(calls, message);
    }

    /// <summary>An index: absent or null gives -1; anything but a small whole number is no index.</summary>
    private static bool TryIndex(JsonTape tape, int node, out int index)
    {
        index = -1;
        if (node < 0 || tape.Is(node, JsonKind.Null))
            return true;
        return tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length
            && index is >= 0 and < MaxCallIndex;
    }
}
