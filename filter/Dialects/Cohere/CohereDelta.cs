using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>What an event of version 2 adds to the message: pieces of content, of the plan and of calls, citations, the end.</summary>
internal static class CohereDelta
{
    /// <summary>Reads an event's delta, if it has one.</summary>
    /// <param name="message">Gets segments, and calls that are whole.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="index">Which content or call it goes on with; -1 without one.</param>
    /// <param name="calls">The calls that are open.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int index, CohereCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int delta = JsonShape.Present(tape, 0, "delta"u8);
        int said = JsonShape.Present(tape, delta, "message"u8);
        if ((delta >= 0 && !tape.Is(delta, JsonKind.Object)) || (said >= 0 && !tape.Is(said, JsonKind.Object)))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, delta, CohereKeys.Delta) || KnownKeys.HasVariant(tape, said, ChatKeys.Message) || KnownKeys.HasVariant(tape, said, CohereKeys.Turn))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(tape.Find(delta, "finish_reason"u8));
        sweep.Take(tape.Find(delta, "error"u8), TextRole.Unknown);
        sweep.TakeLabels(tape.Find(delta, "usage"u8));
        sweep.TakeLabel(tape.Find(said, "role"u8));
        sweep.Take(tape.Find(said, "tool_plan"u8), TextRole.Reasoning, CohereChannels.Plan);
        CohereDocuments.TakeCitations(message, ref sweep, tape.Find(said, "citations"u8), limits);
        int content = tape.Find(said, "content"u8);
        ReadFault fault = tape.Is(content, JsonKind.Array) ? TakeParts(ref sweep, content, index) : TakeContent(ref sweep, content, index);
        return fault != ReadFault.None ? fault : ReadCalls(message, ref sweep, said, index, calls, limits);
    }

    /// <summary>Takes a piece of a call: one with a name begins it.</summary>
    public static ReadFault AddFragment(Message message, ref SegmentSweep sweep, CohereCalls calls, int index, int name, int arguments)
    {
        JsonTape tape = sweep.Tape;
        if ((name >= 0 && !tape.Is(name, JsonKind.String)) || (arguments >= 0 && !tape.Is(arguments, JsonKind.String)))
            return ReadFault.BrokenStream;
        bool begins = name >= 0 && tape[name].Length > 0;
        bool goesOn = arguments >= 0 && tape[arguments].Length > 0;
        if (!begins && !goesOn)
            return ReadFault.None;
        OpenCall? call = begins ? calls.Begin(index, message.Decode(0, name).Span) : calls.Find(index);
        if (call is null)
            return ReadFault.BrokenStream;
        sweep.TakeLabel(name);
        if (!goesOn)
            return ReadFault.None;
        sweep.Take(arguments, TextRole.ToolArgument, call.Channel);
        return calls.Append(call, message.Decode(0, arguments).Span) ? ReadFault.None : ReadFault.BrokenStream;
    }

    private static ReadFault TakeParts(ref SegmentSweep sweep, int parts, int index)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadFault.None;
        for (int part = JsonTape.FirstChild(parts); part < tape[parts].End && fault == ReadFault.None; part = tape[part].End)
            fault = TakeContent(ref sweep, part, index);
        return fault;
    }

    private static ReadFault TakeContent(ref SegmentSweep sweep, int content, int index)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, content, ChatKeys.Part))
            return ReadFault.Ambiguous;
        sweep.Take(content, TextRole.Assistant, CohereChannels.Text(index));
        sweep.TakeLabel(tape.Find(content, "type"u8));
        sweep.Take(tape.Find(content, "text"u8), TextRole.Assistant, CohereChannels.Text(index));
        sweep.Take(tape.Find(content, "thinking"u8), TextRole.Reasoning, CohereChannels.Thinking(index));
        return ReadFault.None;
    }

    /// <summary>A piece of a call is an object; where a message begins, calls are a list of whole ones.</summary>
    private static ReadFault ReadCalls(Message message, ref SegmentSweep sweep, int said, int index, CohereCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int call = JsonShape.Present(tape, said, "tool_calls"u8);
        if (!tape.Is(call, JsonKind.Object))
            return said < 0 ? ReadFault.None : ChatCalls.Read(message, ref sweep, said, replayed: false, limits);
        int function = JsonShape.Present(tape, call, "function"u8);
        if (KnownKeys.HasVariant(tape, call, ChatKeys.Call) || KnownKeys.HasVariant(tape, function, ChatKeys.Call))
            return ReadFault.Ambiguous;
        if (JsonShape.Present(tape, call, "name"u8) >= 0 || (function >= 0 && !tape.Is(function, JsonKind.Object)))
            return ReadFault.BrokenStream;
        sweep.TakeLabel(tape.Find(call, "id"u8));
        sweep.TakeLabel(tape.Find(call, "type"u8));
        return AddFragment(message, ref sweep, calls, index, JsonShape.Present(tape, function, "name"u8), JsonShape.Present(tape, function, "arguments"u8));
    }
}
