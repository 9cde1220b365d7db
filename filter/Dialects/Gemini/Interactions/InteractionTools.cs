using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>
/// Tools an interaction offers, one an element, told apart by <c>type</c>. The provider's own are judged under the names they
/// have in the rest of the Gemini API: <c>google_search</c> as <c>googleSearch</c>, <c>mcp_server</c> as <c>mcpServers</c>. An
/// agent brings tools that nobody here sees, and is judged as a tool under its own name.
/// </summary>
internal static class InteractionTools
{
    /// <summary>Reads the tools of an interaction, and the agent that has it.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int agent = InteractionFields.Agent.In(tape, 0);
        if (agent >= 0 && !tape.Is(agent, JsonKind.String))
            return ReadFault.WrongShape;
        if (agent >= 0)
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(0, agent), 0, agent));
        ReadFault fault = ReadFault.None;
        ProtoList tools = ProtoList.Of(tape, InteractionFields.Tools.In(tape, 0));
        for (int tool = tools.First; tool < tools.End && fault == ReadFault.None; tool = tape[tool].End)
            fault = ReadTool(message, ref sweep, tool);
        return fault;
    }

    /// <summary>A tool's name in camelCase; one of the provider's as the rest of the Gemini API has it.</summary>
    /// <param name="type">In snake_case.</param>
    public static ReadOnlyMemory<byte> NameOf(ReadOnlyMemory<byte> type)
    {
        if (type.Span.SequenceEqual("mcp_server"u8))
            return GeminiFields.McpServers.Name;
        foreach (ProtoField kind in GeminiFields.ToolKinds)
        {
            if (kind.IsNamed(type.Span))
                return kind.Name;
        }
        if (!type.Span.Contains((byte)'_'))
            return type;
        var camel = new StringBuilder();
        foreach (string word in Encoding.UTF8.GetString(type.Span).Split('_', StringSplitOptions.RemoveEmptyEntries))
            camel.Append(camel.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]);
        return Encoding.UTF8.GetBytes(camel.ToString());
    }

    private static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        if (InteractionFields.ToolShape.IsAmbiguous(tape, tool))
            return ReadFault.Ambiguous;
        int type = InteractionFields.Type.In(tape, tool);
        int name = InteractionFields.Name.In(tape, tool);
        if (!tape.Is(type, JsonKind.String) || (name >= 0 && !tape.Is(name, JsonKind.String)))
            return ReadFault.WrongShape;
        bool isFunction = tape.KeyEquals(type, "function"u8);
        if (isFunction && name < 0)
            return ReadFault.WrongShape;
        if (!isFunction)
            message.ToolDeclarations.Add(new ToolDeclaration(NameOf(message.Decode(0, type)), 0, tool));
        if (name >= 0)
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(0, name), 0, tool));
        sweep.TakeLabel(type);
        sweep.Take(name, TextRole.ToolDescription);
        sweep.Take(InteractionFields.Description.In(tape, tool), TextRole.ToolDescription);
        Media.TakeAddress(message, ref sweep, InteractionFields.Url.In(tape, tool), OpaqueKind.File);
        TakeSources(message, tape, tool, type);
        sweep.TakeAll(tool, isFunction ? TextRole.Schema : TextRole.ToolDescription);
        return ReadFault.None;
    }

    /// <summary>What a tool brings before the model that is not in the message.</summary>
    private static void TakeSources(Message message, JsonTape tape, int tool, int type)
    {
        bool files = tape.KeyEquals(type, "file_search"u8);
        if (files || tape.KeyEquals(type, "retrieval"u8))
            message.Opaque.Add(new OpaquePart(files ? OpaqueKind.ServerState : OpaqueKind.RemoteReference, 0, tape[tool].Start, tape[tool].Length));
    }
}
