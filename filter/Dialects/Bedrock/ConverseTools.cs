using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Tools a conversation offers: in <c>toolConfig</c>, and in blocks of its messages that add one.</summary>
internal static class ConverseTools
{
    /// <summary>Reads <c>toolConfig</c>.</summary>
    /// <param name="message">Gets the declarations, each with its array element's node.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="config">Its node; -1 or null for none.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int config)
    {
        JsonTape tape = sweep.Tape;
        if (config < 0 || tape.Is(config, JsonKind.Null))
            return ReadFault.None;
        int tools = tape.Find(config, "tools"u8);
        if (!tape.Is(config, JsonKind.Object) || !JsonShape.IsArrayOrAbsent(tape, tools))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, config, BedrockKeys.ToolConfig))
            return ReadFault.Ambiguous;
        int choice = tape.Find(config, "toolChoice"u8);
        if (choice >= 0)
            sweep.TakeAll(choice, TextRole.Metadata);
        if (!tape.Is(tools, JsonKind.Array))
            return ReadFault.None;
        ReadFault fault = ReadFault.None;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End && fault == ReadFault.None; tool = tape[tool].End)
            fault = ReadTool(message, ref sweep, tool);
        return fault;
    }

    /// <summary>Reads one element of <c>tools</c>: a tool of the caller's, one of the service's, or where a cache ends.</summary>
    public static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, tool, BedrockKeys.Tool))
            return ReadFault.Ambiguous;
        int specified = JsonShape.Present(tape, tool, "toolSpec"u8);
        int system = JsonShape.Present(tape, tool, "systemTool"u8);
        int cache = JsonShape.Present(tape, tool, "cachePoint"u8);
        if (specified >= 0 && system >= 0)
            return ReadFault.Ambiguous;
        if (cache >= 0)
            sweep.TakeLabels(cache);
        // A member that is none of these is a kind of tool that is newer than this reader.
        int known = (specified >= 0 ? 1 : 0) + (system >= 0 ? 1 : 0) + (cache >= 0 ? 1 : 0);
        if (known == 0 || ContainersIn(tape, tool) > known)
            return ReadFault.WrongShape;
        return specified < 0 && system < 0 ? ReadFault.None : Declare(message, ref sweep, tool, Math.Max(specified, system));
    }

    /// <summary>
    /// Reads a block that adds a tool in mid-conversation (<c>toolAddition</c>) or takes one away. A tool of a server's is
    /// judged under its own name and under the server's: the addition may be of all that the server has.
    /// </summary>
    /// <param name="message">Gets the declarations, with the block's node.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="block">A content block.</param>
    public static ReadFault ReadAddition(Message message, ref SegmentSweep sweep, int block)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Find(block, "toolRemoval"u8) is >= 0 and var removal)
            sweep.TakeLabels(removal);
        int addition = JsonShape.Present(tape, block, "toolAddition"u8);
        if (addition < 0)
            return ReadFault.None;
        int tool = tape.Find(addition, "tool"u8);
        if (KnownKeys.HasVariant(tape, addition, BedrockKeys.Tool) || KnownKeys.HasVariant(tape, tool, BedrockKeys.Tool))
            return ReadFault.Ambiguous;
        int name = tape.Find(tool, "name"u8);
        int server = tape.Find(tool, "serverName"u8);
        if (!tape.Is(name, JsonKind.String) && !tape.Is(server, JsonKind.String))
            return ReadFault.WrongShape;
        AddName(message, sweep, name, block);
        AddName(message, sweep, server, block);
        sweep.TakeAll(addition, TextRole.ToolDescription);
        return ReadFault.None;
    }

    /// <summary>Adds a declaration under a name, if that is one.</summary>
    public static void AddName(Message message, in SegmentSweep sweep, int name, int element)
    {
        if (sweep.Tape.Is(name, JsonKind.String))
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, element));
    }

    private static int ContainersIn(JsonTape tape, int tool)
    {
        int count = 0;
        for (int key = JsonTape.FirstChild(tool); key < tape[tool].End; key = tape.Next(key))
            count += tape[key + 1].Kind is JsonKind.Object or JsonKind.Array ? 1 : 0;
        return count;
    }

    private static ReadFault Declare(Message message, ref SegmentSweep sweep, int element, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, tool, BedrockKeys.Tool))
            return ReadFault.Ambiguous;
        int name = tape.Find(tool, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        AddName(message, sweep, name, element);
        sweep.Take(name, TextRole.ToolDescription);
        sweep.Take(tape.Find(tool, "description"u8), TextRole.ToolDescription);
        sweep.TakeAll(element, TextRole.Schema);
        return ReadFault.None;
    }
}
