using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Lists of tools, wherever one stands: in a request's <c>tools</c>, in items that add tools or say what a search of tools
/// found, in what a remote server says it has.
/// </summary>
internal static class ResponsesTools
{
    /// <summary>Reads a list that offers tools to a model.</summary>
    /// <param name="message">Gets the declarations, texts and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="tools">The list's node; -1 or null is none.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int tools)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, tools))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (tape.Is(tools, JsonKind.Array))
        {
            for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End && fault == ReadFault.None; tool = tape[tool].End)
                fault = ReadTool(message, ref sweep, tool);
        }
        return fault;
    }

    /// <summary>
    /// Takes the texts of a list that a response repeats from its request: it offers nothing, and what is opaque in it was
    /// judged there.
    /// </summary>
    public static void TakeEcho(ref SegmentSweep sweep, int tools)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tools, JsonKind.Array))
            return;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End; tool = tape[tool].End)
        {
            int type = tape.Find(tool, "type"u8);
            if (tape.Is(type, JsonKind.String) && IsNamed(tape, type))
                TakeTexts(ref sweep, tool);
            else if (tape.Is(type, JsonKind.String) && tape.KeyEquals(type, "namespace"u8))
                TakeNamespaceTexts(ref sweep, tool);
            else
                sweep.TakeLabels(tool);
            sweep.TakeAll(tool, TextRole.ToolDescription);
        }
    }

    /// <summary>Reads what a remote MCP server says it offers: the same as a list of tools, in MCP's words.</summary>
    public static ReadFault ReadListed(Message message, ref SegmentSweep sweep, int tools)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, tools))
            return ReadFault.WrongShape;
        if (!tape.Is(tools, JsonKind.Array))
            return ReadFault.None;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End; tool = tape[tool].End)
        {
            if (!tape.Is(tool, JsonKind.Object))
                return ReadFault.WrongShape;
            if (KnownKeys.HasVariant(tape, tool, ResponsesKeys.Tool))
                return ReadFault.Ambiguous;
            if (!tape.Is(tape.Find(tool, "name"u8), JsonKind.String))
                return ReadFault.WrongShape;
            Declare(message, ref sweep, tool, tool);
        }
        return ReadFault.None;
    }

    /// <summary>Whether a tool's type says that its name is its own, not the provider's.</summary>
    public static bool IsNamed(JsonTape tape, int type) => tape.KeyEquals(type, "function"u8) || tape.KeyEquals(type, "custom"u8);

    private static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, tool, ResponsesKeys.Tool))
            return ReadFault.Ambiguous;
        int type = tape.Find(tool, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        if (IsNamed(tape, type))
            return ReadNamed(message, ref sweep, tool, type);
        // A server that goes by a member would find a function here.
        if (JsonShape.Present(tape, tool, "function"u8) >= 0 || JsonShape.Present(tape, tool, "custom"u8) >= 0)
            return ReadFault.Ambiguous;
        if (tape.KeyEquals(type, "namespace"u8))
            return ReadNamespace(message, ref sweep, tool);
        ReadFault fault = tape.KeyEquals(type, "mcp"u8) ? DeclareServer(message, ref sweep, tool, type) : DeclareHosted(message, ref sweep, tool, type);
        if (fault == ReadFault.None)
            HostedToolOptions.Take(message, ref sweep, tool);
        return fault;
    }

    private static ReadFault ReadNamed(Message message, ref SegmentSweep sweep, int tool, int type)
    {
        JsonTape tape = sweep.Tape;
        bool isFunction = tape.KeyEquals(type, "function"u8);
        int inner = JsonShape.Present(tape, tool, isFunction ? "function"u8 : "custom"u8);
        int name = JsonShape.Present(tape, tool, "name"u8);
        // The chat API's form, which some servers take here too; in both forms at once a tool has two names.
        if ((inner >= 0 && name >= 0) || JsonShape.Present(tape, tool, isFunction ? "custom"u8 : "function"u8) >= 0)
            return ReadFault.Ambiguous;
        if (inner >= 0 && KnownKeys.HasVariant(tape, inner, ResponsesKeys.Tool))
            return ReadFault.Ambiguous;
        int function = inner >= 0 ? inner : tool;
        if (!tape.Is(tape.Find(function, "name"u8), JsonKind.String))
            return ReadFault.WrongShape;
        Declare(message, ref sweep, tool, function);
        return ReadFault.None;
    }

    private static void Declare(Message message, ref SegmentSweep sweep, int element, int function)
    {
        int name = sweep.Tape.Find(function, "name"u8);
        message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, element));
        TakeTexts(ref sweep, function);
        sweep.TakeLabel(sweep.Tape.Find(element, "type"u8));
        sweep.TakeAll(element, TextRole.Schema);
    }

    private static void TakeTexts(ref SegmentSweep sweep, int function)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(function, "type"u8));
        sweep.Take(tape.Find(function, "name"u8), TextRole.ToolDescription);
        sweep.Take(tape.Find(function, "title"u8), TextRole.ToolDescription);
        sweep.Take(tape.Find(function, "description"u8), TextRole.ToolDescription);
        sweep.TakeAll(function, TextRole.Schema);
    }

    /// <summary>A namespace is no tool itself: its tools are, each under its own name.</summary>
    private static ReadFault ReadNamespace(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        int inner = tape.Find(tool, "tools"u8);
        if (!tape.Is(inner, JsonKind.Array))
            return ReadFault.WrongShape;
        for (int element = JsonTape.FirstChild(inner); element < tape[inner].End; element = tape[element].End)
        {
            if (!tape.Is(element, JsonKind.Object))
                return ReadFault.WrongShape;
            if (KnownKeys.HasVariant(tape, element, ResponsesKeys.Tool))
                return ReadFault.Ambiguous;
            int type = tape.Find(element, "type"u8);
            // A namespace in a namespace has no meaning that two servers need agree on.
            if (!tape.Is(type, JsonKind.String) || !IsNamed(tape, type))
                return ReadFault.WrongShape;
            ReadFault fault = ReadNamed(message, ref sweep, element, type);
            if (fault != ReadFault.None)
                return fault;
        }
        sweep.TakeLabel(tape.Find(tool, "type"u8));
        sweep.TakeAll(tool, TextRole.ToolDescription);
        return ReadFault.None;
    }

    private static void TakeNamespaceTexts(ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        int inner = tape.Find(tool, "tools"u8);
        sweep.TakeLabel(tape.Find(tool, "type"u8));
        if (!tape.Is(inner, JsonKind.Array))
            return;
        for (int element = JsonTape.FirstChild(inner); element < tape[inner].End; element = tape[element].End)
            TakeTexts(ref sweep, element);
    }

    /// <summary>
    /// A remote MCP server is judged by its label, and each of its tools that may be called by its own name. Where none is named
    /// it may be any the server has, which the provider calls without asking: that is judged by the type besides.
    /// </summary>
    private static ReadFault DeclareServer(Message message, ref SegmentSweep sweep, int tool, int type)
    {
        JsonTape tape = sweep.Tape;
        int label = JsonShape.Present(tape, tool, "server_label"u8);
        if (label >= 0 && !tape.Is(label, JsonKind.String))
            return ReadFault.WrongShape;
        if (label >= 0)
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, label), sweep.Document, tool));
        int allowed = JsonShape.Present(tape, tool, "allowed_tools"u8);
        if (KnownKeys.HasVariant(tape, allowed, ResponsesKeys.Tool))
            return ReadFault.Ambiguous;
        int names = tape.Is(allowed, JsonKind.Object) ? JsonShape.Present(tape, allowed, "tool_names"u8) : allowed;
        if (!JsonShape.IsArrayOrAbsent(tape, names))
            return ReadFault.WrongShape;
        if (!tape.Is(names, JsonKind.Array) || tape[names].End == JsonTape.FirstChild(names))
        {
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, type), sweep.Document, tool));
            return ReadFault.None;
        }
        for (int name = JsonTape.FirstChild(names); name < tape[names].End; name = tape[name].End)
        {
            if (!tape.Is(name, JsonKind.String))
                return ReadFault.WrongShape;
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, name));
        }
        return ReadFault.None;
    }

    /// <summary>
    /// A tool of the provider's own is named by its type. Where it has a name too, it is judged under both: servers differ in
    /// which they go by.
    /// </summary>
    private static ReadFault DeclareHosted(Message message, ref SegmentSweep sweep, int tool, int type)
    {
        JsonTape tape = sweep.Tape;
        // A list of tools in a tool that is no namespace offers them to whoever reads it so.
        if (JsonShape.Present(tape, tool, "tools"u8) >= 0)
            return ReadFault.Ambiguous;
        message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, type), sweep.Document, tool));
        int name = JsonShape.Present(tape, tool, "name"u8);
        if (tape.Is(name, JsonKind.String))
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, tool));
        return ReadFault.None;
    }
}
