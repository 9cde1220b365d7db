using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Items that call a tool: one the client offers, one of a remote server, one of the provider's own. The provider's bring
/// their results along in the same item.
/// </summary>
internal static class ResponsesCalls
{
    /// <summary>Reads an item if it is a call.</summary>
    /// <param name="message">Gets the call and its texts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="item">The item's object.</param>
    /// <param name="type">Its type's node; -1 without one.</param>
    /// <param name="context">Where it stands.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    /// <param name="isCall">Whether it is one.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int item, int type, in ItemContext context, in JsonLimits limits, out bool isCall)
    {
        JsonTape tape = sweep.Tape;
        isCall = true;
        ReadOnlyMemory<byte> typeName = type >= 0 ? message.Decode(sweep.Document, type) : default;
        if (typeName.Span.SequenceEqual("function_call"u8) || typeName.Span.SequenceEqual("custom_tool_call"u8))
            return ReadNamed(message, ref sweep, item, context, limits);
        if (typeName.Span.SequenceEqual("mcp_call"u8) || typeName.Span.SequenceEqual("mcp_approval_request"u8))
            return ReadRemote(message, ref sweep, item, context, limits);
        // Whatever it is called: a name and what to pass on are a call.
        if (tape.Is(tape.Find(item, "name"u8), JsonKind.String) && ChatCalls.ArgumentsOf(tape, item) >= 0)
            return ReadNamed(message, ref sweep, item, context, limits);
        if (typeName.Span.EndsWith("_call"u8) || typeName.Span.SequenceEqual("program"u8))
            return ReadHosted(message, ref sweep, item, typeName, context);
        isCall = false;
        return ReadFault.None;
    }

    /// <summary>Whether a call of a type is made by the client that reads it, so that nothing of it may go on before it is judged.</summary>
    public static bool IsMadeByClient(JsonTape tape, int item)
    {
        int type = tape.Find(item, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return true;
        return !(tape.KeyEquals(type, "mcp_call"u8) || tape.KeyEquals(type, "web_search_call"u8) || tape.KeyEquals(type, "file_search_call"u8)
            || tape.KeyEquals(type, "code_interpreter_call"u8) || tape.KeyEquals(type, "image_generation_call"u8)
            || tape.KeyEquals(type, "multi_agent_call"u8) || tape.KeyEquals(type, "program"u8));
    }

    private static ReadFault ReadNamed(Message message, ref SegmentSweep sweep, int item, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int name = tape.Find(item, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        // The chat API's form beside this one's: two names.
        if (JsonShape.Present(tape, item, "function"u8) >= 0)
            return ReadFault.Ambiguous;
        int arguments = ChatCalls.ArgumentsOf(tape, item);
        message.ToolCalls.Add(new ToolCall(
            message.Decode(sweep.Document, name), ChatCalls.TextOf(message, sweep.Document, arguments), sweep.Document, item, context.Replayed));
        sweep.TakeLabel(name);
        sweep.TakeLabel(tape.Find(item, "namespace"u8));
        TakeArguments(message, ref sweep, arguments, context, limits);
        TakeArguments(message, ref sweep, tape.Find(item, "input"u8), context, limits);
        return ReadFault.None;
    }

    /// <summary>A call on a remote server is judged under the tool's name and the server's label, as they are declared.</summary>
    private static ReadFault ReadRemote(Message message, ref SegmentSweep sweep, int item, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadNamed(message, ref sweep, item, context, limits);
        int label = tape.Find(item, "server_label"u8);
        if (fault != ReadFault.None || !tape.Is(label, JsonKind.String))
            return fault != ReadFault.None ? fault : ReadFault.WrongShape;
        message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, label), default, sweep.Document, item, context.Replayed));
        sweep.TakeLabel(label);
        NestedJson.Take(message, ref sweep, tape.Find(item, "output"u8), TextRole.ToolResult, limits);
        NestedJson.Take(message, ref sweep, tape.Find(item, "error"u8), TextRole.ToolResult, limits);
        return ReadFault.None;
    }

    private static ReadFault ReadHosted(Message message, ref SegmentSweep sweep, int item, ReadOnlyMemory<byte> type, in ItemContext context)
    {
        JsonTape tape = sweep.Tape;
        HostedTools hosted = context.Hosted ?? HostedTools.None;
        message.ToolCalls.Add(new ToolCall(
            hosted.NameOf(type), ChatCalls.TextOf(message, sweep.Document, PassedOn(tape, item)), sweep.Document, item, context.Replayed));
        sweep.Take(tape.Find(item, "code"u8), TextRole.ToolArgument, context.Channel(RunningKind.Arguments));
        if (type.Span.SequenceEqual("image_generation_call"u8))
            Media.TakePayload(message, ref sweep, tape.Find(item, "result"u8), OpaqueKind.Image);
        TakeOutputs(message, ref sweep, tape.Find(item, "outputs"u8));
        TakeMembers(ref sweep, item);
        foreach (int results in (ReadOnlySpan<int>)[tape.Find(item, "results"u8), tape.Find(item, "output"u8), tape.Find(item, "error"u8)])
        {
            if (results >= 0)
                sweep.TakeAll(results, TextRole.ToolResult);
        }
        sweep.TakeAll(item, TextRole.ToolArgument);
        return ReadFault.None;
    }

    private static int PassedOn(JsonTape tape, int item)
    {
        int found = ChatCalls.ArgumentsOf(tape, item);
        if (found < 0)
            found = JsonShape.Present(tape, item, "action"u8);
        if (found < 0)
            found = JsonShape.Present(tape, item, "actions"u8);
        if (found < 0)
            found = JsonShape.Present(tape, item, "operation"u8);
        if (found < 0)
            found = JsonShape.Present(tape, item, "code"u8);
        return found < 0 ? JsonShape.Present(tape, item, "queries"u8) : found;
    }

    /// <summary>What ran code gave back: logs, and pictures by address.</summary>
    private static void TakeOutputs(Message message, ref SegmentSweep sweep, int outputs)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(outputs, JsonKind.Array))
            return;
        for (int output = JsonTape.FirstChild(outputs); output < tape[outputs].End; output = tape[output].End)
        {
            sweep.TakeLabel(tape.Find(output, "type"u8));
            Media.TakeAddress(message, ref sweep, tape.Find(output, "url"u8), OpaqueKind.Image);
        }
        sweep.TakeAll(outputs, TextRole.ToolResult);
    }

    private static void TakeMembers(ref SegmentSweep sweep, int item)
    {
        JsonTape tape = sweep.Tape;
        for (int node = item; node < tape[item].End; node++)
        {
            if (tape[node].Kind != JsonKind.Key)
                continue;
            if (tape.KeyEquals(node, "url"u8))
                sweep.Take(node + 1, TextRole.Url);
            else if (tape.KeyEquals(node, "filename"u8))
                sweep.Take(node + 1, TextRole.FileName);
            else if (tape.KeyEquals(node, "type"u8) || tape.KeyEquals(node, "file_id"u8))
                sweep.TakeLabel(node + 1);
        }
    }

    private static void TakeArguments(Message message, ref SegmentSweep sweep, int arguments, in ItemContext context, in JsonLimits limits)
    {
        if (arguments < 0)
            return;
        if (context.Running is not null)
            sweep.Take(arguments, TextRole.ToolArgument, context.Channel(RunningKind.Arguments));
        NestedJson.Take(message, ref sweep, arguments, TextRole.ToolArgument, limits);
    }
}
