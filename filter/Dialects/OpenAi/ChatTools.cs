using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Tools a request offers in <c>tools</c> and in the deprecated <c>functions</c>.</summary>
internal static class ChatTools
{
    /// <summary>Reads the declarations of a request.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int tools = tape.Find(0, "tools"u8);
        int functions = tape.Find(0, "functions"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, tools) || !JsonShape.IsArrayOrAbsent(tape, functions))
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

    private static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, tool, ChatKeys.Tool))
            return ReadFault.Ambiguous;
        int function = JsonShape.Present(tape, tool, "function"u8);
        int custom = JsonShape.Present(tape, tool, "custom"u8);
        if (function >= 0 && custom >= 0)
            return ReadFault.Ambiguous;
        int type = tape.Find(tool, "type"u8);
        if (function >= 0 || custom >= 0)
        {
            // A server that goes by the type would find another tool here than one that goes by the member.
            if (tape.Is(type, JsonKind.String) && !tape.KeyEquals(type, function >= 0 ? "function"u8 : "custom"u8) && !(function >= 0 && IsMoonshots(tape, type)))
                return custom < 0 && IsWriters(tape, function) ? DeclareBuiltIn(message, ref sweep, tool, type) : ReadFault.Ambiguous;
            sweep.TakeLabel(type);
            sweep.TakeLabels(tape.Find(tool, "cache_control"u8));
            return Declare(message, ref sweep, tool, Math.Max(function, custom));
        }
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        if (tape.KeyEquals(type, "function"u8) || tape.KeyEquals(type, "custom"u8))
            return Declare(message, ref sweep, tool, tool);
        return DeclareBuiltIn(message, ref sweep, tool, type);
    }

    /// <summary>Moonshot's own tools are named like functions, <c>$web_search</c>, and marked by this type.</summary>
    private static bool IsMoonshots(JsonTape tape, int type) => tape.KeyEquals(type, "builtin_function"u8);

    /// <summary>Writer's own tools go by their type, with their options where a function would be; a function is named.</summary>
    private static bool IsWriters(JsonTape tape, int function) => tape.Is(function, JsonKind.Object) && tape.Find(function, "name"u8) < 0;

    /// <summary>
    /// A tool of the provider's own (<c>web_search</c> and the like) is named by its type. Where it has a name too, it is
    /// judged under both: servers differ in which they go by.
    /// </summary>
    private static ReadFault DeclareBuiltIn(Message message, ref SegmentSweep sweep, int tool, int type)
    {
        JsonTape tape = sweep.Tape;
        message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, type), sweep.Document, tool));
        int name = tape.Find(tool, "name"u8);
        if (tape.Is(name, JsonKind.String))
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, tool));
        Media.TakeAddress(message, ref sweep, tape.Find(tool, "server_url"u8), OpaqueKind.File);
        foreach (byte[] key in ChatKeys.HeldByProvider)
            TakeHeld(message, ref sweep, tool, key);
        // Writer: a model that the model may ask.
        if (ChatModel.ReadFurther(message, ref sweep, JsonShape.Present(tape, tape.Find(tool, "function"u8), "model"u8)) is var fault and not ReadFault.None)
            return fault;
        sweep.TakeAll(tool, TextRole.ToolDescription);
        return ReadFault.None;
    }

    /// <summary>Takes ids, under a key anywhere in a tool, of what the provider holds and puts before the model.</summary>
    private static void TakeHeld(Message message, ref SegmentSweep sweep, int tool, ReadOnlySpan<byte> key)
    {
        JsonTape tape = sweep.Tape;
        for (int node = tool; node < tape[tool].End; node++)
        {
            if (tape[node].Kind != JsonKind.Key || !tape.KeyEquals(node, key))
                continue;
            for (int id = node + 1; id < tape[node + 1].End; id++)
                Media.TakePayload(message, ref sweep, id, OpaqueKind.ServerState);
        }
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
}
