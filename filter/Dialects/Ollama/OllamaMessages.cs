using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>Messages of a chat: in a request, in a model that is made or shown, and the one of an answer.</summary>
internal static class OllamaMessages
{
    /// <summary>Reads a list of messages, or nothing in its place.</summary>
    public static ReadFault ReadAll(Message message, ref SegmentSweep sweep, int messages, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, messages))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        if (!tape.Is(messages, JsonKind.Array))
            return fault;
        for (int item = JsonTape.FirstChild(messages); item < tape[messages].End && fault == ReadFault.None; item = tape[item].End)
        {
            if (!tape.Is(item, JsonKind.Object))
                return ReadFault.WrongShape;
            int roleNode = JsonShape.Present(tape, item, "role"u8);
            if (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String))
                return ReadFault.WrongShape;
            TextRole role = RoleOf(tape, roleNode);
            if (role != TextRole.Unknown)
                sweep.TakeLabel(roleNode);
            fault = Read(message, ref sweep, item, role, OllamaChannels.None, replayed: true, limits);
        }
        return fault;
    }

    /// <summary>Reads all of one message but its role.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="item">The message's object.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="channels">Which running texts they go on with; none outside streams.</param>
    /// <param name="replayed">Its calls stand in a history.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(
        Message message, ref SegmentSweep sweep, int item, TextRole role, in OllamaChannels channels, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, item, OllamaKeys.Message))
            return ReadFault.Ambiguous;
        int content = JsonShape.Present(tape, item, "content"u8);
        int thinking = JsonShape.Present(tape, item, "thinking"u8);
        // Parts are no content here: a server that takes them takes pictures in them too.
        if ((content >= 0 && !tape.Is(content, JsonKind.String)) || (thinking >= 0 && !tape.Is(thinking, JsonKind.String)))
            return ReadFault.WrongShape;
        if (role == TextRole.ToolResult)
            NestedJson.Take(message, ref sweep, content, role, limits);
        else
            sweep.Take(content, role, channels.Content);
        sweep.Take(thinking, TextRole.Reasoning, channels.Thinking);
        sweep.TakeLabel(tape.Find(item, "tool_name"u8));
        sweep.TakeLabel(tape.Find(item, "tool_call_id"u8));
        if (!TakeImages(message, ref sweep, tape.Find(item, "images"u8)))
            return ReadFault.WrongShape;
        return ChatCalls.Read(message, ref sweep, item, replayed, limits);
    }

    /// <summary>Takes a list of pictures, or nothing in its place. Each is base64, or (Go reads that too) a list of bytes.</summary>
    /// <returns>False if it is anything else.</returns>
    public static bool TakeImages(Message message, ref SegmentSweep sweep, int images)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, images))
            return false;
        if (!tape.Is(images, JsonKind.Array))
            return true;
        for (int image = JsonTape.FirstChild(images); image < tape[images].End; image = tape[image].End)
        {
            if (tape.Is(image, JsonKind.String))
                Media.TakePayload(message, ref sweep, image, OpaqueKind.Image);
            else
                message.Opaque.Add(new OpaquePart(OpaqueKind.Image, sweep.Document, tape[image].Start, tape[image].Length));
        }
        return true;
    }

    /// <summary>A role in another case is system to some versions and unknown to others: it is judged as the latter.</summary>
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
        return tape.KeyEquals(node, "system"u8) ? TextRole.System : TextRole.Unknown;
    }
}
