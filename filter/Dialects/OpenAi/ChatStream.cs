using System.Buffers.Text;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Reads a stream of chat completion chunks. Names of events are ignored, as clients do; every chunk's data is read. Content
/// runs in a channel for each choice and kind; calls are complete at their choice's finish reason or the stream's end, and
/// their events are held until then.
/// </summary>
/// <param name="declared">
/// Tools the request offered. Some clients take the last piece of a name that comes in pieces for the whole: where that
/// piece is an offered tool's name, it is judged as a call too.
/// </param>
internal sealed class ChatStream(IReadOnlyList<ToolDeclaration> declared) : EventStream
{
    private const int MaxChoices = 128;
    private const int ChannelsPerChoice = 4;
    private const int FirstCallChannel = MaxChoices * ChannelsPerChoice;
    private readonly Dictionary<int, ChoiceCalls> _choices = [];
    private int _calls;
    private int _openCalls;
    private bool _ended;
    private string _id = "extauthz";
    private string _model = "";
    private long _created;

    /// <inheritdoc/>
    public override bool HasOpenCall => _openCalls > 0;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override ReadFault Read(in SseFrame frame, in JsonLimits limits, Message message)
    {
        StreamFrames.TakeMargins(frame, message);
        ReadOnlySpan<byte> data = frame.Data.Span.Trim(" \t\r\n"u8);
        message.Take(frame.Data);
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
        fault = ReadChunk(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        CompleteAll(message);
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        string sentence = $"{reason.Message} (event {reason.EventId})";
        var stream = new StringBuilder();
        stream.Append("data: ").Append(Chunk(sentence, null)).Append("\n\n");
        stream.Append("data: ").Append(Chunk(null, "content_filter")).Append("\n\n");
        stream.Append("data: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(stream.ToString());
    }

    private ReadFault ReadChunk(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ChatKeys.Response))
            return ReadFault.Ambiguous;
        ChatResponse.TakeHead(message, ref sweep, tape);
        Remember(message, tape);
        int choices = tape.Find(0, "choices"u8);
        if (choices < 0 || tape.Is(choices, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(choices, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int choice = JsonTape.FirstChild(choices); choice < tape[choices].End && fault == ReadFault.None; choice = tape[choice].End)
            fault = ReadChoice(message, ref sweep, choice, limits);
        return fault;
    }

    private ReadFault ReadChoice(Message message, ref SegmentSweep sweep, int choice, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(choice, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, choice, ChatKeys.Choice))
            return ReadFault.Ambiguous;
        if (!TryIndex(tape, tape.Find(choice, "index"u8), MaxChoices, out int index))
            return ReadFault.BrokenStream;
        index = Math.Max(index, 0);
        if (!_choices.TryGetValue(index, out ChoiceCalls? calls))
            _choices[index] = calls = new ChoiceCalls();
        int whole = tape.Find(choice, "message"u8);
        if (tape.Is(whole, JsonKind.Object))
        {
            ReadFault wholeFault = ChatTools.ReadCalls(message, ref sweep, whole, replayed: false, limits);
            if (wholeFault != ReadFault.None)
                return wholeFault;
            ChatRequest.ReadContent(message, ref sweep, tape.Find(whole, "content"u8), TextRole.Assistant, limits);
        }
        sweep.Take(tape.Find(choice, "text"u8), TextRole.Assistant, (index * ChannelsPerChoice) + 3);
        int delta = tape.Find(choice, "delta"u8);
        if (delta >= 0 && !tape.Is(delta, JsonKind.Object) && !tape.Is(delta, JsonKind.Null))
            return ReadFault.WrongShape;
        ReadFault fault = tape.Is(delta, JsonKind.Object) ? ReadDelta(message, ref sweep, delta, index, calls, limits) : ReadFault.None;
        int finish = tape.Find(choice, "finish_reason"u8);
        if (tape.Is(finish, JsonKind.String))
        {
            sweep.Take(finish, TextRole.Metadata);
            Complete(calls, message);
        }
        return fault;
    }

    private ReadFault ReadDelta(Message message, ref SegmentSweep sweep, int delta, int index, ChoiceCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, delta, ChatKeys.Message))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(delta, "role"u8), TextRole.Metadata);
        int content = tape.Find(delta, "content"u8);
        if (tape.Is(content, JsonKind.String))
            sweep.Take(content, TextRole.Assistant, index * ChannelsPerChoice);
        else
            ChatRequest.ReadContent(message, ref sweep, content, TextRole.Assistant, limits);
        sweep.Take(tape.Find(delta, "refusal"u8), TextRole.Assistant, (index * ChannelsPerChoice) + 1);
        int reasoning = tape.Find(delta, "reasoning_content"u8);
        sweep.Take(reasoning >= 0 ? reasoning : tape.Find(delta, "reasoning"u8), TextRole.Reasoning, (index * ChannelsPerChoice) + 2);
        int list = tape.Find(delta, "tool_calls"u8);
        if (list >= 0 && !tape.Is(list, JsonKind.Array) && !tape.Is(list, JsonKind.Null))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (tape.Is(list, JsonKind.Array))
        {
            for (int call = JsonTape.FirstChild(list); call < tape[list].End && fault == ReadFault.None; call = tape[call].End)
                fault = ReadFragment(message, ref sweep, call, calls);
        }
        int legacy = tape.Find(delta, "function_call"u8);
        if (fault == ReadFault.None && tape.Is(legacy, JsonKind.Object))
            fault = AddFragment(message, ref sweep, calls, default, MaxChoices, legacy);
        return fault;
    }

    private ReadFault ReadFragment(Message message, ref SegmentSweep sweep, int call, ChoiceCalls calls)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(call, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, call, ChatKeys.Call) || !TryIndex(tape, tape.Find(call, "index"u8), MaxChoices, out int index))
            return ReadFault.BrokenStream;
        int id = tape.Find(call, "id"u8);
        sweep.Take(id, TextRole.Metadata);
        sweep.Take(tape.Find(call, "type"u8), TextRole.Metadata);
        int function = tape.Find(call, "function"u8);
        int custom = tape.Find(call, "custom"u8);
        if (function >= 0 && custom >= 0)
            return ReadFault.BrokenStream;
        int target = function >= 0 ? function : custom >= 0 ? custom : call;
        ReadOnlyMemory<byte> idText = tape.Is(id, JsonKind.String) ? message.Decode(0, id) : default;
        return tape.Is(target, JsonKind.Object) ? AddFragment(message, ref sweep, calls, idText.Span, index, target) : ReadFault.None;
    }

    private ReadFault AddFragment(Message message, ref SegmentSweep sweep, ChoiceCalls calls, ReadOnlySpan<byte> id, int index, int function)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, function, ChatKeys.Call))
            return ReadFault.BrokenStream;
        int nameNode = tape.Find(function, "name"u8);
        int argumentsNode = tape.Find(function, "arguments"u8);
        if (argumentsNode < 0)
            argumentsNode = tape.Find(function, "input"u8);
        if (nameNode >= 0 && !tape.Is(nameNode, JsonKind.String) && !tape.Is(nameNode, JsonKind.Null))
            return ReadFault.BrokenStream;
        ReadOnlyMemory<byte> name = tape.Is(nameNode, JsonKind.String) ? message.Decode(0, nameNode) : default;
        ReadOnlyMemory<byte> arguments = tape.Is(argumentsNode, JsonKind.String) ? message.Decode(0, argumentsNode)
            : tape.Is(argumentsNode, JsonKind.Object) ? message.Documents[0].Bytes.Slice(tape[argumentsNode].Start, tape[argumentsNode].Length) : default;
        if (id.IsEmpty && name.IsEmpty && arguments.IsEmpty)
            return ReadFault.None;
        int before = _calls;
        OpenCall? call = calls.Find(id, index, !name.IsEmpty, !arguments.IsEmpty, ref _calls);
        if (call is null)
            return ReadFault.BrokenStream;
        _openCalls += _calls - before;
        sweep.Take(nameNode, TextRole.Metadata);
        if (tape.Is(argumentsNode, JsonKind.String))
            sweep.Take(argumentsNode, TextRole.ToolArgument, FirstCallChannel + call.Number);
        else if (argumentsNode >= 0)
            sweep.TakeAll(argumentsNode, TextRole.ToolArgument);
        return ChoiceCalls.Add(call, name.Span, arguments.Span) ? ReadFault.None : ReadFault.BrokenStream;
    }

    private void CompleteAll(Message message)
    {
        foreach (ChoiceCalls calls in _choices.Values)
            Complete(calls, message);
    }

    private void Complete(ChoiceCalls calls, Message message)
    {
        foreach (OpenCall call in calls.Open)
        {
            message.ToolCalls.Add(new ToolCall(call.Name, call.Arguments, -1, -1));
            if (call.LastNamePiece.Length < call.Name.Length && IsDeclared(call.LastNamePiece.Span))
                message.ToolCalls.Add(new ToolCall(call.LastNamePiece, call.Arguments, -1, -1));
        }
        _openCalls -= calls.Open.Count;
        calls.Clear();
    }

    private bool IsDeclared(ReadOnlySpan<byte> name)
    {
        foreach (ToolDeclaration tool in declared)
        {
            if (tool.Name.Span.SequenceEqual(name))
                return true;
        }
        return false;
    }

    private void Remember(Message message, JsonTape tape)
    {
        int id = tape.Find(0, "id"u8);
        if (_created != 0 || !tape.Is(id, JsonKind.String))
            return;
        _id = Encoding.UTF8.GetString(message.Decode(0, id).Span);
        _model = Encoding.UTF8.GetString(message.Model.Span);
        int created = tape.Find(0, "created"u8);
        _created = tape.Is(created, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(created), out long seconds, out int used) && used == tape[created].Length ? seconds : 1;
    }

    /// <summary>An index: absent or null gives -1; anything but a small whole number is no index.</summary>
    private static bool TryIndex(JsonTape tape, int node, int limit, out int index)
    {
        index = -1;
        if (node < 0 || tape.Is(node, JsonKind.Null))
            return true;
        return tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length && index >= 0 && index < limit;
    }

    private string Chunk(string? refusal, string? finish) => Encoding.UTF8.GetString(JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", _id);
        json.WriteString("object", "chat.completion.chunk");
        json.WriteNumber("created", _created);
        json.WriteString("model", _model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        if (refusal is not null)
            json.WriteString("refusal", refusal);
        json.WriteEndObject();
        if (finish is null)
            json.WriteNull("finish_reason");
        else
            json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }));
}
