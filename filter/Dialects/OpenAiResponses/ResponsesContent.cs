using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>What a message, a reasoning item or a tool's result says: a string, or parts of text, pictures, sound and files.</summary>
internal static class ResponsesContent
{
    /// <summary>Reads content in any of its forms.</summary>
    /// <param name="message">Gets segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="content">Its node; -1 for none.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="context">Where the item stands.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int content, TextRole role, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(content, JsonKind.Array))
            return ReadOne(message, ref sweep, content, role, context, 0, limits);
        ReadFault fault = ReadFault.None;
        int index = 0;
        for (int part = JsonTape.FirstChild(content); part < tape[content].End && fault == ReadFault.None; part = tape[part].End)
            fault = ReadOne(message, ref sweep, part, role, context, index++, limits);
        return fault;
    }

    /// <summary>Reads one part, the index-th of its item, or a string in its place.</summary>
    public static ReadFault ReadOne(Message message, ref SegmentSweep sweep, int part, TextRole role, in ItemContext context, int index, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(part, JsonKind.String))
        {
            // Tools return JSON more often than not: what is edited in it must leave it JSON.
            if (role == TextRole.ToolResult)
                NestedJson.Take(message, ref sweep, part, role, limits);
            else
                sweep.Take(part, role, context.Channel(RunningKind.Text, index));
            return ReadFault.None;
        }
        if (!tape.Is(part, JsonKind.Object))
            return ReadFault.None;
        int type = tape.Find(part, "type"u8);
        RunningKind kind = RunningKind.Text;
        if (tape.Is(type, JsonKind.String) && (tape.KeyEquals(type, "reasoning_text"u8) || tape.KeyEquals(type, "summary_text"u8)))
        {
            role = TextRole.Reasoning;
            kind = tape.KeyEquals(type, "summary_text"u8) ? RunningKind.Summary : RunningKind.Reasoning;
        }
        sweep.TakeLabel(tape.Find(part, "detail"u8));
        TakeAnnotations(ref sweep, tape.Find(part, "annotations"u8));
        ChatLogprobs.ReadList(message, ref sweep, tape.Find(part, "logprobs"u8), -1);
        Media.TakePayload(message, ref sweep, tape.Find(part, "encrypted_content"u8), OpaqueKind.Encrypted);
        TurnChannels channels = TurnChannels.None with
        {
            Content = tape.Find(part, "text"u8) >= 0 ? context.Channel(kind, index) : -1,
            Refusal = tape.Find(part, "refusal"u8) >= 0 ? context.Channel(RunningKind.Refusal, index) : -1,
        };
        return ChatContent.ReadPart(message, ref sweep, part, role, channels, limits);
    }

    /// <summary>Takes the sources an answer cites: addresses, and titles and file names that strangers wrote.</summary>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="annotations">One or a list of them; -1 for none.</param>
    public static void TakeAnnotations(ref SegmentSweep sweep, int annotations)
    {
        JsonTape tape = sweep.Tape;
        if (annotations < 0)
            return;
        for (int node = annotations; node < tape[annotations].End; node++)
        {
            if (tape[node].Kind != JsonKind.Key)
                continue;
            if (tape.KeyEquals(node, "url"u8))
                sweep.Take(node + 1, TextRole.Url);
            else if (tape.KeyEquals(node, "filename"u8))
                sweep.Take(node + 1, TextRole.FileName);
            else if (tape.KeyEquals(node, "type"u8) || tape.KeyEquals(node, "file_id"u8) || tape.KeyEquals(node, "container_id"u8))
                sweep.TakeLabel(node + 1);
        }
        sweep.TakeAll(annotations, TextRole.Document);
    }
}
