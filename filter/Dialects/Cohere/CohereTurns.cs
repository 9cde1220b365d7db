using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Turns of version 2's chat, which are like OpenAI's: with a plan before calls, documents and citations.</summary>
internal static class CohereTurns
{
    /// <summary>Reads a request's.</summary>
    public static ReadFault ReadChat(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int messages = tape.Find(0, "messages"u8);
        if (!tape.Is(messages, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int turn = JsonTape.FirstChild(messages); turn < tape[messages].End && fault == ReadFault.None; turn = tape[turn].End)
        {
            int roleNode = JsonShape.Present(tape, turn, "role"u8);
            if (!tape.Is(turn, JsonKind.Object) || (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String)))
                return ReadFault.WrongShape;
            TextRole role = RoleOf(tape, roleNode);
            if (role != TextRole.Unknown)
                sweep.TakeLabel(roleNode);
            fault = Read(message, ref sweep, turn, role, replayed: true, limits);
        }
        return fault;
    }

    /// <summary>Reads one turn, all but its role.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="turn">The turn's object.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="replayed">Its calls stand in a history.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int turn, TextRole role, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, turn, CohereKeys.Turn))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(turn, "tool_plan"u8), TextRole.Reasoning);
        CohereDocuments.TakeCitations(message, ref sweep, tape.Find(turn, "citations"u8), limits);
        int content = tape.Find(turn, "content"u8);
        if (tape.Is(content, JsonKind.Array))
        {
            for (int part = JsonTape.FirstChild(content); part < tape[content].End; part = tape[part].End)
            {
                if (KnownKeys.HasVariant(tape, part, CohereKeys.Turn))
                    return ReadFault.Ambiguous;
                TextRole documents = role == TextRole.ToolResult ? TextRole.ToolResult : TextRole.Document;
                CohereDocuments.Take(message, ref sweep, tape.Find(part, "document"u8), documents, limits);
            }
        }
        ReadFault fault = ChatTurn.Read(message, ref sweep, turn, role, TurnChannels.None, limits);
        return fault != ReadFault.None ? fault : ChatCalls.Read(message, ref sweep, turn, replayed, limits);
    }

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (node < 0)
            return TextRole.Unknown;
        if (tape.KeyEquals(node, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(node, "assistant"u8))
            return TextRole.Assistant;
        if (tape.KeyEquals(node, "tool"u8))
            return TextRole.ToolResult;
        if (tape.KeyEquals(node, "system"u8))
            return TextRole.System;
        return tape.KeyEquals(node, "developer"u8) ? TextRole.Developer : TextRole.Unknown;
    }
}
