using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Tools that a block in the conversation adds: by name, by an MCP server's name, or defined on the spot.</summary>
internal static class ToolChanges
{
    /// <summary>Reads a <c>tool_addition</c>. In a request it is an offer.</summary>
    /// <returns>A fault where it is not clear which tool is meant.</returns>
    public static ReadFault ReadAddition(Message message, ref SegmentSweep sweep, int block, in BlockContext context)
    {
        JsonTape tape = sweep.Tape;
        int tool = tape.Find(block, "tool"u8);
        int type = tape.Find(tool, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, tool, AnthropicKeys.Block))
            return ReadFault.Ambiguous;
        int definition = tape.Find(tool, "definition"u8);
        if (definition >= 0)
        {
            sweep.TakeLabel(type);
            return AnthropicTools.ReadTool(message, ref sweep, definition, block, context.IsRequest);
        }
        int name = tape.Find(tool, "name"u8);
        bool wholeServer = tape.KeyEquals(type, "mcp_toolset_reference"u8);
        if (!wholeServer && !tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        if (context.IsRequest)
        {
            if (wholeServer)
                message.ToolDeclarations.Add(new ToolDeclaration(McpTools.AnyTool, sweep.Document, block));
            if (tape.Is(name, JsonKind.String))
                message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, block));
        }
        sweep.TakeLabels(tool);
        return ReadFault.None;
    }
}
