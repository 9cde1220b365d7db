using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Tools in chat completions: declared in <c>tools</c> and <c>functions</c>, called in <c>tool_calls</c>.</summary>
internal static class ChatTools
{
    /// <summary>Reads the declarations.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int tools, int functions)
    {
        JsonTape tape = sweep.Tape;
        if (tools >= 0 && !tape.Is(tools, JsonKind.Array) && !tape.Is(tools, JsonKind.Null))
            return ReadFault.WrongShape;
        if (functions >= 0 && !tape.Is(functions, JsonKind.Array) && !tape.Is(functions, JsonKind.Null))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (tape.Is(tools, JsonKind.Array))
        {
            for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End && fault == ReadFault.None; tool = tape[tool].End)
                fault = ReadTool(message, ref sweep, tool);
        }
        if (tape.Is(functions, JsonKind.Array))
        {
            for (int function = JsonTape.FirstChild(functions); function < tape[functions].End && fault == ReadFault.None; function = tape[function].End)
                fault = Declare(message, ref sweep, function, function);
        }
        return fault;
    }

    /// <summary>Reads the calls of one message, whole as in a response or in history.</summary>
    public static ReadFault ReadCalls(Message message, ref SegmentSweep sweep, int holder, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int calls = tape.Find(holder, "tool_calls"u8);
        if (calls >= 0 && !tape.Is(calls, JsonKind.Array) && !tape.Is(calls, JsonKind.Null))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (tape.Is(calls, JsonKind.Array))
        {
            for (int call = JsonTape.FirstChild(calls); call < tape[calls].End && fault == ReadFault.None; call = tape[call].End)
                fault = ReadCall(message, ref sweep, call, replayed, limits);
        }
        int legacy = tape.Find(holder, "function_call"u8);
        if (fault == ReadFault.None && legacy >= 0 && !tape.Is(legacy, JsonKind.Null))
            fault = ReadFunction(message, ref sweep, legacy, legacy, replayed, limits);
        return fault;
    }

    private static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, tool, ChatKeys.Tool))
            return ReadFault.Ambiguous;
        int function = tape.Find(tool, "function"u8);
        int custom = tape.Find(tool, "custom"u8);
        if (function >= 0 && custom >= 0)
            return ReadFault.Ambiguous;
        if (function >= 0 || custom >= 0)
        {
            sweep.Take(tape.Find(tool, "type"u8), TextRole.Metadata);
            return Declare(message, ref sweep, tool, Math.Max(function, custom));
        }
        // A tool of the provider's own (web_search and the like) is named by its type.
        int type = tape.Find(tool, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        int name = tape.Find(tool, "name"u8);
        int named = tape.Is(name, JsonKind.String) ? name : type;
        message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, named), sweep.Document, tool));
        sweep.TakeAll(tool, TextRole.ToolDescription);
        return ReadFault.None;
    }

    private static ReadFault Declare(Message message, ref SegmentSweep sweep, int element, int function)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, function, ChatKeys.Tool))
            return ReadFault.Ambiguous;
        int name = tape.Find(function, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, element));
        sweep.Take(name, TextRole.ToolDescription);
        sweep.Take(tape.Find(function, "description"u8), TextRole.ToolDescription);
        sweep.TakeAll(element, TextRole.Schema);
        return ReadFault.None;
    }

    private static ReadFault ReadCall(Message message, ref SegmentSweep sweep, int call, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(call, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, call, ChatKeys.Call))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(call, "id"u8), TextRole.Metadata);
        sweep.Take(tape.Find(call, "type"u8), TextRole.Metadata);
        int function = tape.Find(call, "function"u8);
        int custom = tape.Find(call, "custom"u8);
        if (function >= 0 && custom >= 0)
            return ReadFault.Ambiguous;
        int target = function >= 0 ? function : custom >= 0 ? custom : call;
        return ReadFunction(message, ref sweep, call, target, replayed, limits);
    }

    private static ReadFault ReadFunction(Message message, ref SegmentSweep sweep, int call, int function, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(function, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, function, ChatKeys.Call))
            return ReadFault.Ambiguous;
        int name = tape.Find(function, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        int arguments = tape.Find(function, "arguments"u8);
        if (arguments < 0)
            arguments = tape.Find(function, "input"u8);
        ReadOnlyMemory<byte> text = default;
        if (tape.Is(arguments, JsonKind.String))
            text = message.Decode(sweep.Document, arguments);
        else if (arguments >= 0)
            text = message.Documents[sweep.Document].Bytes.Slice(tape[arguments].Start, tape[arguments].Length);
        message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, name), text, sweep.Document, call, replayed));
        sweep.Take(name, TextRole.Metadata);
        if (arguments >= 0)
            NestedJson.Take(message, ref sweep, arguments, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }
}
