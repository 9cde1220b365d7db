using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Items: what a request puts in, what a response puts out, what a conversation keeps. One reader for all three, because
/// what comes out of one goes into the next. What is not known by its type is read by its members.
/// </summary>
internal static class ResponsesItems
{
    /// <summary>Reads a list of items.</summary>
    /// <param name="message">Gets what is in them.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="items">The list's node; -1 or null is none.</param>
    /// <param name="context">Where they stand.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadAll(Message message, ref SegmentSweep sweep, int items, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, items))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (tape.Is(items, JsonKind.Array))
        {
            for (int item = JsonTape.FirstChild(items); item < tape[items].End && fault == ReadFault.None; item = tape[item].End)
                fault = Read(message, ref sweep, item, context, limits);
        }
        return fault;
    }

    /// <summary>Reads one item.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int item, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, item, ResponsesKeys.Item))
            return ReadFault.Ambiguous;
        int type = JsonShape.Present(tape, item, "type"u8);
        if (type >= 0 && !tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        // To a reader that does not mind case it is another item than to one that does.
        if (type >= 0 && KnownKeys.IsVariant(message.Decode(sweep.Document, type).Span, ResponsesKeys.ItemTypes))
            return ReadFault.Ambiguous;
        TakeLabels(ref sweep, item, type);
        Media.TakePayload(message, ref sweep, tape.Find(item, "encrypted_content"u8), OpaqueKind.Encrypted);
        ReadFault fault = ReadTools(message, ref sweep, item, type);
        return fault != ReadFault.None ? fault : ReadBy(message, ref sweep, item, type, context, limits);
    }

    /// <summary>A list of tools offers them, whatever the item around it is called.</summary>
    private static ReadFault ReadTools(Message message, ref SegmentSweep sweep, int item, int type)
    {
        int tools = JsonShape.Present(sweep.Tape, item, "tools"u8);
        return Is(sweep.Tape, type, "mcp_list_tools"u8) ? ResponsesTools.ReadListed(message, ref sweep, tools) : ResponsesTools.Read(message, ref sweep, tools);
    }

    /// <summary>What kinds of items have in common: seen by software alone.</summary>
    private static void TakeLabels(ref SegmentSweep sweep, int item, int type)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(type);
        sweep.TakeLabel(tape.Find(item, "call_id"u8));
        sweep.TakeLabel(tape.Find(item, "status"u8));
        sweep.TakeLabel(tape.Find(item, "phase"u8));
        sweep.TakeLabel(tape.Find(item, "execution"u8));
        sweep.TakeLabel(tape.Find(item, "created_by"u8));
        sweep.TakeLabel(tape.Find(item, "approval_request_id"u8));
        sweep.TakeLabel(tape.Find(item, "fingerprint"u8));
        sweep.TakeLabel(tape.Find(item, "container_id"u8));
        sweep.TakeLabels(tape.Find(item, "caller"u8));
        sweep.TakeLabels(tape.Find(item, "agent"u8));
    }

    private static ReadFault ReadBy(Message message, ref SegmentSweep sweep, int item, int type, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int id = tape.Find(item, "id"u8);
        if (type >= 0 ? tape.KeyEquals(type, "item_reference"u8) : IsBareReference(tape, item, id))
        {
            Media.TakePayload(message, ref sweep, id, OpaqueKind.ServerState);
            return ReadFault.None;
        }
        sweep.TakeLabel(id);
        if (Is(tape, type, "agent_message"u8))
            return ReadAgentMessage(message, ref sweep, item, context, limits);
        if (type < 0 ? tape.Find(item, "role"u8) >= 0 : Is(tape, type, "message"u8))
            return ReadMessage(message, ref sweep, item, context, limits);
        if (Is(tape, type, "reasoning"u8))
            return ReadReasoning(message, ref sweep, item, context, limits);
        if (Is(tape, type, "mcp_list_tools"u8) || Is(tape, type, "additional_tools"u8) || Is(tape, type, "tool_search_output"u8))
        {
            sweep.TakeLabel(tape.Find(item, "server_label"u8));
            sweep.TakeLabel(tape.Find(item, "role"u8));
            int error = tape.Find(item, "error"u8);
            if (error >= 0)
                sweep.TakeAll(error, TextRole.ToolResult);
            return ReadFault.None;
        }
        if (Is(tape, type, "mcp_approval_response"u8))
        {
            sweep.Take(tape.Find(item, "reason"u8), TextRole.User);
            return ReadFault.None;
        }
        if (Is(tape, type, "configuration_update"u8))
        {
            ResponsesOptions.TakeFormat(ref sweep, item);
            return ReadFault.None;
        }
        ReadFault fault = ResponsesCalls.Read(message, ref sweep, item, type, context, limits, out bool isCall);
        return isCall || fault != ReadFault.None ? fault : ReadRest(message, ref sweep, item, type, context, limits);
    }

    /// <summary>An item that is only an id refers to another; its type may be left out.</summary>
    private static bool IsBareReference(JsonTape tape, int item, int id) =>
        tape.Is(id, JsonKind.String) && tape.Find(item, "role"u8) < 0 && tape.Find(item, "name"u8) < 0 && tape.Find(item, "output"u8) < 0;

    private static ReadFault ReadMessage(Message message, ref SegmentSweep sweep, int item, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int roleNode = tape.Find(item, "role"u8);
        if (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String))
            return ReadFault.WrongShape;
        TextRole role = RoleOf(tape, roleNode);
        sweep.TakeLabel(roleNode);
        return ResponsesContent.Read(message, ref sweep, tape.Find(item, "content"u8), role, context, limits);
    }

    /// <summary>What one of a model's agents says to another.</summary>
    private static ReadFault ReadAgentMessage(Message message, ref SegmentSweep sweep, int item, in ItemContext context, in JsonLimits limits)
    {
        sweep.TakeLabel(sweep.Tape.Find(item, "author"u8));
        sweep.TakeLabel(sweep.Tape.Find(item, "recipient"u8));
        return ResponsesContent.Read(message, ref sweep, sweep.Tape.Find(item, "content"u8), TextRole.Assistant, context, limits);
    }

    private static ReadFault ReadReasoning(Message message, ref SegmentSweep sweep, int item, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ResponsesContent.Read(message, ref sweep, tape.Find(item, "summary"u8), TextRole.Reasoning, context, limits);
        if (fault == ReadFault.None)
            fault = ResponsesContent.Read(message, ref sweep, tape.Find(item, "content"u8), TextRole.Reasoning, context, limits);
        Media.TakePayload(message, ref sweep, tape.Find(item, "signature"u8), OpaqueKind.Encrypted);
        sweep.TakeLabel(tape.Find(item, "format"u8));
        return fault;
    }

    /// <summary>What is no call: a tool's result, or something new.</summary>
    private static ReadFault ReadRest(Message message, ref SegmentSweep sweep, int item, int type, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (type < 0 || !message.Decode(sweep.Document, type).Span.EndsWith("_output"u8))
            return ReadFault.None;
        ReadFault fault = ResponsesContent.Read(message, ref sweep, tape.Find(item, "output"u8), TextRole.ToolResult, context, limits);
        sweep.TakeLabel(tape.Find(item, "name"u8));
        sweep.TakeLabel(tape.Find(item, "namespace"u8));
        sweep.TakeLabel(tape.Find(item, "action"u8));
        sweep.TakeAll(item, TextRole.ToolResult);
        return fault;
    }

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (node < 0)
            return TextRole.Unknown;
        if (tape.KeyEquals(node, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(node, "assistant"u8))
            return TextRole.Assistant;
        if (tape.KeyEquals(node, "system"u8))
            return TextRole.System;
        if (tape.KeyEquals(node, "developer"u8))
            return TextRole.Developer;
        return tape.KeyEquals(node, "tool"u8) ? TextRole.ToolResult : TextRole.Unknown;
    }

    private static bool Is(JsonTape tape, int type, ReadOnlySpan<byte> name) => type >= 0 && tape.KeyEquals(type, name);
}
