using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Reads a chat completion request.</summary>
internal static class ChatRequest
{
    public static ReadFault Read(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadRoot(message, ref sweep, tape, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, JsonTape tape, in JsonLimits limits)
    {
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ChatKeys.Request))
            return ReadFault.Ambiguous;
        int messages = tape.Find(0, "messages"u8);
        if (!tape.Is(messages, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadModel(message, ref sweep, tape);
        for (int item = JsonTape.FirstChild(messages); item < tape[messages].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadMessage(message, ref sweep, item, limits);
        if (fault == ReadFault.None)
            fault = ChatTools.Read(message, ref sweep, tape.Find(0, "tools"u8), tape.Find(0, "functions"u8));
        if (fault == ReadFault.None)
            TakeOptions(ref sweep, tape);
        return fault;
    }

    private static ReadFault ReadModel(Message message, ref SegmentSweep sweep, JsonTape tape)
    {
        int model = tape.Find(0, "model"u8);
        if (model >= 0 && !tape.Is(model, JsonKind.String))
            return ReadFault.WrongShape;
        if (model >= 0)
        {
            message.Model = message.Decode(0, model);
            sweep.Take(model, TextRole.Metadata);
        }
        int stream = tape.Find(0, "stream"u8);
        message.WantsStream = tape.Is(stream, JsonKind.True);
        return ReadFault.None;
    }

    private static ReadFault ReadMessage(Message message, ref SegmentSweep sweep, int item, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, item, ChatKeys.Message))
            return ReadFault.Ambiguous;
        int roleNode = tape.Find(item, "role"u8);
        if (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String))
            return ReadFault.WrongShape;
        TextRole role = roleNode < 0 ? TextRole.Unknown : RoleOf(tape, roleNode);
        sweep.Take(roleNode, role == TextRole.Unknown ? TextRole.Unknown : TextRole.Metadata);
        sweep.Take(tape.Find(item, "tool_call_id"u8), TextRole.Metadata);
        ReadContent(message, ref sweep, tape.Find(item, "content"u8), role, limits);
        sweep.Take(tape.Find(item, "refusal"u8), TextRole.Assistant);
        int reasoning = tape.Find(item, "reasoning_content"u8);
        sweep.Take(reasoning >= 0 ? reasoning : tape.Find(item, "reasoning"u8), TextRole.Reasoning);
        return ChatTools.ReadCalls(message, ref sweep, item, replayed: true, limits);
    }

    /// <summary>Reads a message's content: a string, or parts.</summary>
    public static void ReadContent(Message message, ref SegmentSweep sweep, int content, TextRole role, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(content, JsonKind.String))
        {
            TakeText(message, ref sweep, content, role, limits);
            return;
        }
        if (!tape.Is(content, JsonKind.Array))
            return;
        for (int part = JsonTape.FirstChild(content); part < tape[content].End; part = tape[part].End)
        {
            if (tape.Is(part, JsonKind.String))
                TakeText(message, ref sweep, part, role, limits);
            else
                ReadPart(message, ref sweep, part, role, limits);
        }
    }

    private static void ReadPart(Message message, ref SegmentSweep sweep, int part, TextRole role, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int text = tape.Find(part, "text"u8);
        if (tape.Is(text, JsonKind.String))
            TakeText(message, ref sweep, text, role, limits);
        sweep.Take(tape.Find(part, "refusal"u8), TextRole.Assistant);
        sweep.Take(tape.Find(part, "type"u8), TextRole.Metadata);
        int image = tape.Find(part, "image_url"u8);
        if (image >= 0)
            ChatMedia.TakeAddress(message, ref sweep, tape.Is(image, JsonKind.Object) ? tape.Find(image, "url"u8) : image, OpaqueKind.Image);
        int audio = tape.Find(part, "input_audio"u8);
        if (audio >= 0)
            ChatMedia.TakePayload(message, ref sweep, tape.Find(audio, "data"u8), OpaqueKind.Audio);
        int video = tape.Find(part, "video_url"u8);
        if (video >= 0)
            ChatMedia.TakeAddress(message, ref sweep, tape.Is(video, JsonKind.Object) ? tape.Find(video, "url"u8) : video, OpaqueKind.Video);
        int file = tape.Find(part, "file"u8);
        if (file < 0)
            return;
        sweep.Take(tape.Find(file, "filename"u8), TextRole.FileName);
        ChatMedia.TakePayload(message, ref sweep, tape.Find(file, "file_data"u8), OpaqueKind.File);
        ChatMedia.TakePayload(message, ref sweep, tape.Find(file, "file_id"u8), OpaqueKind.ServerState);
    }

    private static void TakeText(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits)
    {
        // Tools return JSON more often than not: what is edited in it must leave it JSON.
        if (role == TextRole.ToolResult)
            NestedJson.Take(message, ref sweep, node, role, limits);
        else
            sweep.Take(node, role);
    }

    private static void TakeOptions(ref SegmentSweep sweep, JsonTape tape)
    {
        int format = tape.Find(0, "response_format"u8);
        if (format >= 0)
            sweep.TakeAll(format, TextRole.Schema);
        int prediction = tape.Find(0, "prediction"u8);
        if (prediction >= 0)
            sweep.TakeAll(prediction, TextRole.Assistant);
        int choice = tape.Find(0, "tool_choice"u8);
        if (choice >= 0)
            sweep.TakeAll(choice, TextRole.Metadata);
        sweep.Take(tape.Find(0, "user"u8), TextRole.Metadata);
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
