using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Reads a stream of chat completion chunks. Names of events are ignored, as clients do; every chunk's data is read. Texts
/// run in a channel for each choice and kind; calls are complete at their choice's finish reason or the stream's end, and
/// their events are held until then.
/// </summary>
/// <param name="declared">Tools the request offered; see <see cref="NamePieces"/>.</param>
internal sealed class ChatStream(IReadOnlyList<ToolDeclaration> declared) : EventStream
{
    private const int MaxChoices = 128;
    private const int MaxCallIndex = 1024;

    /// <summary>Bytes of names and arguments of all calls that are open at once.</summary>
    private const int MaxOpenBytes = 8 << 20;

    /// <summary>
    /// Bytes of offered names compared with pieces of sent ones, all in all: some hundred calls of some hundred tools take a
    /// hundredth of it.
    /// </summary>
    private const long MaxCompared = 64 << 20;

    /// <summary>The deprecated one call a choice, kept apart from the calls that have indices.</summary>
    private const int LegacyIndex = MaxCallIndex;

    private readonly SortedDictionary<int, ChoiceCalls> _choices = [];
    private readonly UnknownTexts _unknown = new(MaxChoices * TurnChannels.Count);
    private readonly ChunkWriter _writer = new();
    private int _nextChannel = (MaxChoices * TurnChannels.Count) + UnknownTexts.MaxChannels;
    private int _openCalls;
    private long _openBytes;
    private long _compared;
    private bool _ended;

    /// <inheritdoc/>
    public override bool HasOpenCall => _openCalls > 0;

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
    public override byte[] Refuse(in RefusalReason reason) => _writer.Refuse(reason, _choices.Keys);

    private ReadFault ReadChunk(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        ReadFault fault = ChatResponse.ReadHead(message, ref sweep, out int choices);
        _writer.Remember(message, tape);
        if (choices < 0)
            return fault;
        int position = 0;
        for (int choice = JsonTape.FirstChild(choices); choice < tape[choices].End && fault == ReadFault.None; choice = tape[choice].End)
            fault = ReadChoice(message, ref sweep, choice, position++, limits);
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
        if (index >= MaxChoices)
            return ReadFault.BrokenStream;
        if (!_choices.TryGetValue(index, out ChoiceCalls? calls))
            _choices[index] = calls = new ChoiceCalls();
        TurnChannels channels = TurnChannels.Of(index);
        sweep.Take(tape.Find(choice, "text"u8), TextRole.Assistant, channels.Text);
        ChatLogprobs.Read(ref sweep, tape.Find(choice, "logprobs"u8), channels.Tokens);
        ReadFault fault = ReadDelta(message, ref sweep, tape.Find(choice, "delta"u8), index, calls, limits);
        if (fault == ReadFault.None)
            fault = ChatResponse.ReadSaid(message, ref sweep, tape.Find(choice, "message"u8), limits);
        ChatResponse.TakeEnd(ref sweep, choice);
        // Some servers send an empty reason with every chunk; clients take it for none.
        int finish = tape.Find(choice, "finish_reason"u8);
        if (fault == ReadFault.None && tape.Is(finish, JsonKind.String) && tape[finish].Length > 0)
            return Complete(calls, message) ? ReadFault.None : ReadFault.BrokenStream;
        return fault;
    }

    private ReadFault ReadDelta(Message message, ref SegmentSweep sweep, int delta, int index, ChoiceCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (delta < 0 || tape.Is(delta, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(delta, JsonKind.Object))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(delta, "role"u8));
        ReadFault fault = ChatTurn.Read(message, ref sweep, delta, TextRole.Assistant, TurnChannels.Of(index), limits);
        if (fault == ReadFault.None)
            fault = ReadFragments(message, ref sweep, tape.Find(delta, "tool_calls"u8), calls);
        int legacy = tape.Find(delta, "function_call"u8);
        if (fault == ReadFault.None && legacy >= 0 && !tape.Is(legacy, JsonKind.Null))
            fault = AddFragment(message, ref sweep, calls, default, LegacyIndex, legacy, isFirst: true);
        _unknown.Take(ref sweep, delta, index);
        return fault;
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
        ReadFault fault = ReadFault.None;
        foreach (ChoiceCalls calls in _choices.Values)
        {
            if (!Complete(calls, message))
                fault = ReadFault.BrokenStream;
        }
        return fault;
    }

    /// <summary>Puts out a choice's calls, and each offered tool that some client would call instead.</summary>
    /// <returns>False if that cannot be said in bounded time.</returns>
    private bool Complete(ChoiceCalls calls, Message message)
    {
        if (calls.Open.Count == 0)
            return true;
        ReadOnlyMemory<byte> arguments = calls.Open[^1].Arguments;
        int first = message.ToolCalls.Count;
        foreach (OpenCall call in calls.Open)
            message.ToolCalls.Add(new ToolCall(call.Name, call.Arguments, -1, -1));
        _openCalls -= calls.Open.Count;
        calls.Clear();
        if (_openCalls == 0)
            _openBytes = 0;
        foreach (ToolDeclaration tool in declared)
        {
            _compared += ((long)calls.Pieces.Count * tool.Name.Length) + message.ToolCalls.Count - first;
            if (_compared > MaxCompared)
                return false;
            if (calls.Pieces.CanMake(tool.Name.Span) && !IsCalled(message, first, tool.Name.Span))
                message.ToolCalls.Add(new ToolCall(tool.Name, arguments, -1, -1));
        }
        return true;
    }

    private static bool IsCalled(Message message, int first, ReadOnlySpan<byte> name)
    {
        for (int i = first; i < message.ToolCalls.Count; i++)
        {
            if (message.ToolCalls[i].Name.Span.SequenceEqual(name))
                return true;
        }
        return false;
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
