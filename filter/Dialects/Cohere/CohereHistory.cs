using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Version 1's chat: one message, and the turns before it, which an answer repeats.</summary>
internal static class CohereHistory
{
    /// <summary>Reads a request's message, instructions and history.</summary>
    public static ReadFault ReadChat(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int said = tape.Find(0, "message"u8);
        int preamble = JsonShape.Present(tape, 0, "preamble"u8);
        int preambleOverride = JsonShape.Present(tape, 0, "preamble_override"u8);
        int conversation = JsonShape.Present(tape, 0, "conversation_id"u8);
        if (!tape.Is(said, JsonKind.String) || !IsTextOrAbsent(tape, preamble) || !IsTextOrAbsent(tape, preambleOverride) || !IsTextOrAbsent(tape, conversation))
            return ReadFault.WrongShape;
        // Chats of both versions in one body: which is meant is the server's to guess.
        if (JsonShape.Present(tape, 0, "messages"u8) >= 0)
            return ReadFault.Ambiguous;
        sweep.Take(said, TextRole.User);
        sweep.Take(preamble, TextRole.System);
        sweep.Take(preambleOverride, TextRole.System);
        // Turns that the server kept.
        Media.TakePayload(message, ref sweep, conversation, OpaqueKind.ServerState);
        ReadFault fault = Read(message, ref sweep, tape.Find(0, "chat_history"u8), limits);
        return fault != ReadFault.None ? fault : ReadResults(message, ref sweep, tape.Find(0, "tool_results"u8), limits);
    }

    /// <summary>Reads turns that were, or nothing in their place.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int history, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, history))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int turn = JsonTape.FirstChild(history); tape.Is(history, JsonKind.Array) && turn < tape[history].End && fault == ReadFault.None; turn = tape[turn].End)
            fault = ReadTurn(message, ref sweep, turn, limits);
        return fault;
    }

    /// <summary>Reads calls as version 1 writes them, or nothing in their place.</summary>
    public static ReadFault ReadCalls(Message message, ref SegmentSweep sweep, int calls, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, calls))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int call = JsonTape.FirstChild(calls); tape.Is(calls, JsonKind.Array) && call < tape[calls].End && fault == ReadFault.None; call = tape[call].End)
            fault = ReadCall(message, ref sweep, call, replayed, limits);
        return fault;
    }

    private static ReadFault ReadTurn(Message message, ref SegmentSweep sweep, int turn, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(turn, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, turn, CohereKeys.History))
            return ReadFault.Ambiguous;
        int roleNode = JsonShape.Present(tape, turn, "role"u8);
        int said = JsonShape.Present(tape, turn, "message"u8);
        if (!IsTextOrAbsent(tape, roleNode) || !IsTextOrAbsent(tape, said))
            return ReadFault.WrongShape;
        TextRole role = RoleOf(tape, roleNode);
        if (role != TextRole.Unknown)
            sweep.TakeLabel(roleNode);
        if (role == TextRole.ToolResult)
            NestedJson.Take(message, ref sweep, said, role, limits);
        else
            sweep.Take(said, role);
        ReadFault fault = ReadCalls(message, ref sweep, tape.Find(turn, "tool_calls"u8), replayed: true, limits);
        return fault != ReadFault.None ? fault : ReadResults(message, ref sweep, tape.Find(turn, "tool_results"u8), limits);
    }

    /// <summary>What tools returned, each with the call it answers.</summary>
    private static ReadFault ReadResults(Message message, ref SegmentSweep sweep, int results, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, results))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int result = JsonTape.FirstChild(results); tape.Is(results, JsonKind.Array) && result < tape[results].End && fault == ReadFault.None; result = tape[result].End)
        {
            if (KnownKeys.HasVariant(tape, result, CohereKeys.Result))
                return ReadFault.Ambiguous;
            int call = JsonShape.Present(tape, result, "call"u8);
            if (call >= 0)
                fault = ReadCall(message, ref sweep, call, replayed: true, limits);
            NestedJson.Take(message, ref sweep, tape.Find(result, "outputs"u8), TextRole.ToolResult, limits);
        }
        return fault;
    }

    private static ReadFault ReadCall(Message message, ref SegmentSweep sweep, int call, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(call, JsonKind.Object))
            return ReadFault.WrongShape;
        // Version 2's calls are named inside a function: one that is both has two names.
        if (KnownKeys.HasVariant(tape, call, CohereKeys.Call) || JsonShape.Present(tape, call, "function"u8) >= 0)
            return ReadFault.Ambiguous;
        int name = tape.Find(call, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        int parameters = JsonShape.Present(tape, call, "parameters"u8);
        message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, name), OpenAi.ChatCalls.TextOf(message, sweep.Document, parameters), sweep.Document, call, replayed));
        sweep.TakeLabel(name);
        sweep.TakeLabel(tape.Find(call, "generation_id"u8));
        NestedJson.Take(message, ref sweep, parameters, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }

    private static bool IsTextOrAbsent(JsonTape tape, int node) => node < 0 || tape.Is(node, JsonKind.String);

    /// <summary>Roles are told apart without regard to case, as the server does.</summary>
    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (node < 0)
            return TextRole.Unknown;
        ReadOnlySpan<byte> role = tape.Raw(node);
        if (Ascii.EqualsIgnoreCase(role, "USER"u8))
            return TextRole.User;
        if (Ascii.EqualsIgnoreCase(role, "CHATBOT"u8))
            return TextRole.Assistant;
        if (Ascii.EqualsIgnoreCase(role, "TOOL"u8))
            return TextRole.ToolResult;
        return Ascii.EqualsIgnoreCase(role, "SYSTEM"u8) ? TextRole.System : TextRole.Unknown;
    }
}
