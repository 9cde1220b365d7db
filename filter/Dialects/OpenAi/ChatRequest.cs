using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Reads a chat completion request.</summary>
internal static class ChatRequest
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="path">The request's path: Azure names the model in it.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ReadOnlyMemory<byte> path, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        if (fault == ReadFault.None && AzurePath.DeploymentOf(path) is { IsEmpty: false } deployment)
            message.Model = deployment;
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ChatKeys.Request))
            return ReadFault.Ambiguous;
        int messages = tape.Find(0, "messages"u8);
        if (!tape.Is(messages, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ChatModel.Read(message, ref sweep);
        for (int item = JsonTape.FirstChild(messages); item < tape[messages].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadMessage(message, ref sweep, item, limits);
        if (fault == ReadFault.None)
            fault = ChatTools.Read(message, ref sweep);
        if (fault == ReadFault.None)
            fault = HiddenTools.Read(message, ref sweep);
        if (fault == ReadFault.None)
            ChatOptions.Take(message, ref sweep, limits);
        return fault;
    }

    /// <summary>Reads one message of a conversation.</summary>
    public static ReadFault ReadMessage(Message message, ref SegmentSweep sweep, int item, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        int roleNode = tape.Find(item, "role"u8);
        if (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String))
            return ReadFault.WrongShape;
        TextRole role = roleNode < 0 ? TextRole.Unknown : RoleOf(tape, roleNode);
        if (role != TextRole.Unknown)
            sweep.TakeLabel(roleNode);
        ReadFault fault = ChatTurn.Read(message, ref sweep, item, role, TurnChannels.None, limits);
        return fault != ReadFault.None ? fault : ChatCalls.Read(message, ref sweep, item, replayed: true, limits);
    }

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (tape.KeyEquals(node, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(node, "assistant"u8))
            return TextRole.Assistant;
        if (tape.KeyEquals(node, "tool"u8) || tape.KeyEquals(node, "function"u8))
            return TextRole.ToolResult;
        if (tape.KeyEquals(node, "system"u8))
            return TextRole.System;
        return tape.KeyEquals(node, "developer"u8) ? TextRole.Developer : TextRole.Unknown;
    }
}
