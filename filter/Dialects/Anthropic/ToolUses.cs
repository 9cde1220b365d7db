using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Calls of tools: blocks with a name and an input.</summary>
internal static class ToolUses
{
    /// <summary>Reads a call that stands whole in a block.</summary>
    /// <returns>A fault if it has no name.</returns>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int block, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!TryTakeNames(message, ref sweep, block, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> toolset))
            return ReadFault.WrongShape;
        int input = JsonShape.Present(tape, block, "input"u8);
        ReadOnlyMemory<byte> arguments = input < 0 ? default : TextOf(message, sweep.Document, input);
        message.ToolCalls.Add(new ToolCall(name, arguments, sweep.Document, block, context.IsRequest));
        if (!toolset.IsEmpty)
            message.ToolCalls.Add(new ToolCall(toolset, arguments, sweep.Document, block, context.IsRequest));
        NestedJson.Take(message, ref sweep, input, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }

    /// <summary>Takes what a call says beside its input.</summary>
    /// <param name="message">Decodes.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="block">The call's block.</param>
    /// <param name="name">The tool's name.</param>
    /// <param name="toolset">
    /// Of a toolset's member, the set's name, under which the call is judged too: a member's (<c>find</c>, <c>key</c>) can be
    /// another tool's. Empty without one.
    /// </param>
    /// <returns>False if it has no name.</returns>
    public static bool TryTakeNames(Message message, ref SegmentSweep sweep, int block, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> toolset)
    {
        JsonTape tape = sweep.Tape;
        name = toolset = default;
        int nameNode = tape.Find(block, "name"u8);
        if (!tape.Is(nameNode, JsonKind.String))
            return false;
        name = message.Decode(sweep.Document, nameNode);
        int set = tape.Find(block, "toolset_name"u8);
        if (tape.Is(set, JsonKind.String))
            toolset = message.Decode(sweep.Document, set);
        sweep.TakeLabel(nameNode);
        sweep.TakeLabel(set);
        sweep.TakeLabel(tape.Find(block, "id"u8));
        sweep.TakeLabel(tape.Find(block, "server_name"u8));
        sweep.TakeLabels(tape.Find(block, "caller"u8));
        return true;
    }

    /// <summary>An input as text: its JSON, or of a string what it holds.</summary>
    public static ReadOnlyMemory<byte> TextOf(Message message, int document, int input)
    {
        SourceDocument source = message.Documents[document];
        JsonNode node = source.Tape[input];
        return node.Kind == JsonKind.String ? message.Decode(document, input) : source.Bytes.Slice(node.Start, node.Length);
    }
}
