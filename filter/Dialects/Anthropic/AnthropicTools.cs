using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Tools a request offers in <c>tools</c>: a client's own, the provider's by type, and MCP servers' by toolset.</summary>
internal static class AnthropicTools
{
    /// <summary>Reads the declarations of a request, MCP servers included.</summary>
    /// <param name="message">Gets declarations and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="root">The object that holds them.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        int tools = tape.Find(root, "tools"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, tools))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (tape.Is(tools, JsonKind.Array))
        {
            for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End && fault == ReadFault.None; tool = tape[tool].End)
                fault = ReadTool(message, ref sweep, tool, tool, declares: true);
        }
        return fault != ReadFault.None ? fault : McpServers.Read(message, ref sweep, root, tools);
    }

    /// <summary>Reads one tool.</summary>
    /// <param name="message">Gets declarations and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="tool">Its object.</param>
    /// <param name="element">What is to be removed if it may not be offered.</param>
    /// <param name="declares">It is offered here; otherwise only told of.</param>
    public static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool, int element, bool declares)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        // OpenAI's form in this one's place: a gateway that takes both would find another tool here.
        if (KnownKeys.HasVariant(tape, tool, AnthropicKeys.Tool) || JsonShape.Present(tape, tool, "function"u8) >= 0)
            return ReadFault.Ambiguous;
        int type = JsonShape.Present(tape, tool, "type"u8);
        int name = JsonShape.Present(tape, tool, "name"u8);
        if ((type >= 0 && !tape.Is(type, JsonKind.String)) || (name >= 0 && !tape.Is(name, JsonKind.String)))
            return ReadFault.WrongShape;
        sweep.TakeLabels(tape.Find(tool, "cache_control"u8));
        sweep.TakeLabels(tape.Find(tool, "allowed_callers"u8));
        if (type >= 0 && tape.KeyEquals(type, "mcp_toolset"u8))
            return McpTools.ReadToolset(message, ref sweep, tool, element, declares);
        if (type < 0 || tape.KeyEquals(type, "custom"u8))
            return ReadCustom(message, ref sweep, tool, name, element, declares);
        return ReadTyped(message, ref sweep, tool, type, name, element, declares);
    }

    private static ReadFault ReadCustom(Message message, ref SegmentSweep sweep, int tool, int name, int element, bool declares)
    {
        JsonTape tape = sweep.Tape;
        if (name < 0)
            return ReadFault.WrongShape;
        if (declares)
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, element));
        sweep.TakeLabel(tape.Find(tool, "type"u8));
        sweep.Take(name, TextRole.ToolDescription);
        sweep.Take(tape.Find(tool, "description"u8), TextRole.ToolDescription);
        sweep.TakeAll(tool, TextRole.Schema);
        return ReadFault.None;
    }

    /// <summary>
    /// A tool of the provider's is named by its type, which has a version in it, and by a name that goes with the type. It is
    /// judged under both: whoever reads the request goes by one or the other.
    /// </summary>
    private static ReadFault ReadTyped(Message message, ref SegmentSweep sweep, int tool, int type, int name, int element, bool declares)
    {
        JsonTape tape = sweep.Tape;
        if (declares)
        {
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, type), sweep.Document, element));
            if (name >= 0)
                message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, element));
        }
        int model = tape.Find(tool, "model"u8);
        if (tape.Is(model, JsonKind.String))
        {
            // The advisor is another model, asked by the first.
            message.FurtherModels.Add(message.Decode(sweep.Document, model));
            sweep.TakeLabel(model);
        }
        sweep.TakeAll(tape.Find(tool, "allowed_domains"u8), TextRole.Url);
        sweep.TakeAll(tape.Find(tool, "blocked_domains"u8), TextRole.Url);
        sweep.TakeAll(tape.Find(tool, "user_location"u8), TextRole.Metadata);
        sweep.TakeAll(tool, TextRole.ToolDescription);
        return ReadFault.None;
    }
}
