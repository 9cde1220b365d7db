using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Calls of tools: in <c>tool_calls</c>, and in the deprecated <c>function_call</c>.</summary>
internal static class ChatCalls
{
    /// <summary>Reads the calls of one message, whole as in a response or in history.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int holder, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int calls = tape.Find(holder, "tool_calls"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, calls))
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

    private static ReadFault ReadCall(Message message, ref SegmentSweep sweep, int call, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(call, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, call, ChatKeys.Call))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(tape.Find(call, "id"u8));
        sweep.TakeLabel(tape.Find(call, "type"u8));
        if (!TryTarget(tape, call, out int target))
            return ReadFault.Ambiguous;
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
        int arguments = ArgumentsOf(tape, function);
        ReadOnlyMemory<byte> text = TextOf(message, sweep.Document, arguments);
        // Some servers write an empty call where there is none.
        if (tape[name].Length == 0 && text.IsEmpty)
            return ReadFault.None;
        message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, name), text, sweep.Document, call, replayed));
        sweep.TakeLabel(name);
        if (arguments >= 0)
            NestedJson.Take(message, ref sweep, arguments, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }

    /// <summary>The object that names what is called: the call's function, its custom tool, or the call itself.</summary>
    /// <returns>False if function and custom tool are both named.</returns>
    public static bool TryTarget(JsonTape tape, int call, out int target)
    {
        int function = JsonShape.Present(tape, call, "function"u8);
        int custom = JsonShape.Present(tape, call, "custom"u8);
        // Snowflake writes both, the one that is not meant with an empty name.
        if (function >= 0 && custom >= 0 && IsUnnamed(tape, custom))
            custom = -1;
        else if (function >= 0 && custom >= 0 && IsUnnamed(tape, function))
            function = -1;
        target = function >= 0 ? function : custom >= 0 ? custom : call;
        return function < 0 || custom < 0;
    }

    private static bool IsUnnamed(JsonTape tape, int function)
    {
        int name = tape.Find(function, "name"u8);
        return tape.Is(name, JsonKind.String) && tape[name].Length == 0;
    }

    /// <summary>A call's arguments, of a custom tool its input; -1 without any.</summary>
    public static int ArgumentsOf(JsonTape tape, int function)
    {
        int arguments = JsonShape.Present(tape, function, "arguments"u8);
        return arguments >= 0 ? arguments : JsonShape.Present(tape, function, "input"u8);
    }

    /// <summary>Arguments as text: of a string what it holds, of anything else its JSON (Mistral and Ollama send objects).</summary>
    public static ReadOnlyMemory<byte> TextOf(Message message, int document, int arguments)
    {
        if (arguments < 0)
            return default;
        SourceDocument source = message.Documents[document];
        JsonNode node = source.Tape[arguments];
        return node.Kind == JsonKind.String ? message.Decode(document, arguments) : source.Bytes.Slice(node.Start, node.Length);
    }
}
