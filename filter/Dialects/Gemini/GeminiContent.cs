using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Content: one turn's parts, of a request or of an answer.</summary>
internal static class GeminiContent
{
    /// <summary>Reads the turns of a request.</summary>
    public static ReadFault ReadTurns(Message message, ref SegmentSweep sweep, int contents, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int firstCall = message.ToolCalls.Count;
        ReadFault fault = ReadFault.None;
        ProtoList turns = ProtoList.Of(tape, contents);
        for (int turn = turns.First; turn < turns.End && fault == ReadFault.None; turn = tape[turn].End)
            fault = ReadTurn(message, ref sweep, turn, limits);
        // Most histories hold none of the provider's own calls.
        if (fault == ReadFault.None && message.ToolCalls.Count > firstCall)
            PendingCalls.MarkTurns(message, tape, contents, firstCall);
        return fault;
    }

    /// <summary>Reads one turn of a request; without a role it is the user's.</summary>
    public static ReadFault ReadTurn(Message message, ref SegmentSweep sweep, int turn, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int roleNode = GeminiFields.Role.In(tape, turn);
        if (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String))
            return ReadFault.WrongShape;
        var scope = new PartScope(roleNode < 0 ? TextRole.User : RoleOf(tape, roleNode), Replayed: true);
        return Read(message, ref sweep, turn, scope, null, limits);
    }

    /// <summary>Reads content whose speaker is known, whatever role it names.</summary>
    /// <param name="message">Gets segments, calls and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="content">The content's object; -1 for none.</param>
    /// <param name="scope">Whose parts these are.</param>
    /// <param name="calls">Calls of a stream; null outside one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int content, in PartScope scope, StreamedCalls? calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (content < 0)
            return ReadFault.None;
        if (!tape.Is(content, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.ContentShape.IsAmbiguous(tape, content))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(GeminiFields.Role.In(tape, content));
        ReadFault fault = ReadFault.None;
        ProtoList parts = ProtoList.Of(tape, GeminiFields.Parts.In(tape, content));
        for (int part = parts.First; part < parts.End && fault == ReadFault.None; part = tape[part].End)
            fault = GeminiPart.Read(message, ref sweep, part, scope, calls, limits);
        return fault;
    }

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (tape.KeyEquals(node, "user"u8) || tape[node].Length == 0)
            return TextRole.User;
        if (tape.KeyEquals(node, "model"u8))
            return TextRole.Assistant;
        if (tape.KeyEquals(node, "function"u8) || tape.KeyEquals(node, "tool"u8))
            return TextRole.ToolResult;
        return tape.KeyEquals(node, "system"u8) ? TextRole.System : TextRole.Unknown;
    }
}
