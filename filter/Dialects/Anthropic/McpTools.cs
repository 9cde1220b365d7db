using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Tools of MCP servers that the provider talks to: a toolset among the tools, and servers' own lists.</summary>
internal static class McpTools
{
    /// <summary>The name under which a set of tools is judged whose members the request does not say.</summary>
    public static ReadOnlyMemory<byte> AnyTool { get; } = "mcp_toolset"u8.ToArray();

    /// <summary>
    /// Reads a toolset. With its tools listed it offers those; where all are off by default it offers those switched on;
    /// otherwise it offers whatever the server has.
    /// </summary>
    /// <param name="message">Gets declarations and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="toolset">Its object.</param>
    /// <param name="element">What is to be removed if it may not be offered.</param>
    /// <param name="declares">It is offered here; otherwise only told of.</param>
    public static ReadFault ReadToolset(Message message, ref SegmentSweep sweep, int toolset, int element, bool declares)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(toolset, "type"u8));
        sweep.TakeLabel(tape.Find(toolset, "mcp_server_name"u8));
        int defaults = JsonShape.Present(tape, toolset, "default_config"u8);
        int configs = JsonShape.Present(tape, toolset, "configs"u8);
        int listed = JsonShape.Present(tape, toolset, "tools"u8);
        if ((defaults >= 0 && !tape.Is(defaults, JsonKind.Object)) || (configs >= 0 && !tape.Is(configs, JsonKind.Object)))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, defaults, AnthropicKeys.Tool))
            return ReadFault.Ambiguous;
        if (listed >= 0)
            return ReadListing(message, ref sweep, listed, declares);
        if (tape.Is(tape.Find(defaults, "enabled"u8), JsonKind.False))
            return ReadSwitchedOn(message, ref sweep, configs, declares);
        if (declares)
            message.ToolDeclarations.Add(new ToolDeclaration(AnyTool, sweep.Document, element));
        return ReadFault.None;
    }

    /// <summary>Reads a list of tools as a server gives it.</summary>
    /// <param name="message">Gets declarations and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="tools">The array.</param>
    /// <param name="declares">They are offered here; otherwise only told of.</param>
    public static ReadFault ReadListing(Message message, ref SegmentSweep sweep, int tools, bool declares)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tools, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End && fault == ReadFault.None; tool = tape[tool].End)
            fault = ReadListed(message, ref sweep, tool, declares);
        return fault;
    }

    private static ReadFault ReadListed(Message message, ref SegmentSweep sweep, int tool, bool declares)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, tool, AnthropicKeys.Tool))
            return ReadFault.Ambiguous;
        int name = tape.Find(tool, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        if (declares)
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, tool));
        sweep.Take(name, TextRole.ToolDescription);
        sweep.Take(tape.Find(tool, "description"u8), TextRole.ToolDescription);
        sweep.TakeAll(tool, TextRole.Schema);
        return ReadFault.None;
    }

    private static ReadFault ReadSwitchedOn(Message message, ref SegmentSweep sweep, int configs, bool declares)
    {
        JsonTape tape = sweep.Tape;
        if (configs < 0)
            return ReadFault.None;
        for (int key = JsonTape.FirstChild(configs); key < tape[configs].End; key = tape.Next(key))
        {
            if (KnownKeys.HasVariant(tape, key + 1, AnthropicKeys.Tool))
                return ReadFault.Ambiguous;
            int enabled = JsonShape.Present(tape, key + 1, "enabled"u8);
            sweep.TakeKey(key, TextRole.ToolDescription);
            if (declares && enabled >= 0 && !tape.Is(enabled, JsonKind.False))
                message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, key), sweep.Document, key));
        }
        return ReadFault.None;
    }
}
