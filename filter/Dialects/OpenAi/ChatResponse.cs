using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Reads a whole chat completion, or the error that came in its place.</summary>
internal static class ChatResponse
{
    public static ReadFault Read(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return tape.Is(0, JsonKind.Array) ? ReadFault.None : ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ChatKeys.Response))
            return ReadFault.Ambiguous;
        TakeHead(message, ref sweep, tape);
        int choices = tape.Find(0, "choices"u8);
        if (choices < 0 || tape.Is(choices, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(choices, JsonKind.Array))
            return ReadFault.WrongShape;
        for (int choice = JsonTape.FirstChild(choices); choice < tape[choices].End; choice = tape[choice].End)
        {
            ReadFault fault = ReadChoice(message, ref sweep, choice, limits);
            if (fault != ReadFault.None)
                return fault;
        }
        return ReadFault.None;
    }

    /// <summary>Takes what stands beside the choices.</summary>
    public static void TakeHead(Message message, ref SegmentSweep sweep, JsonTape tape)
    {
        int model = tape.Find(0, "model"u8);
        if (tape.Is(model, JsonKind.String))
            message.Model = message.Decode(0, model);
        sweep.Take(model, TextRole.Metadata);
        sweep.Take(tape.Find(0, "id"u8), TextRole.Metadata);
        sweep.Take(tape.Find(0, "object"u8), TextRole.Metadata);
        sweep.Take(tape.Find(0, "system_fingerprint"u8), TextRole.Metadata);
    }

    private static ReadFault ReadChoice(Message message, ref SegmentSweep sweep, int choice, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(choice, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, choice, ChatKeys.Choice))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(choice, "finish_reason"u8), TextRole.Metadata);
        sweep.Take(tape.Find(choice, "text"u8), TextRole.Assistant);
        int said = tape.Find(choice, "message"u8);
        if (said < 0)
            return ReadFault.None;
        if (!tape.Is(said, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, said, ChatKeys.Message))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(said, "role"u8), TextRole.Metadata);
        ChatRequest.ReadContent(message, ref sweep, tape.Find(said, "content"u8), TextRole.Assistant, limits);
        sweep.Take(tape.Find(said, "refusal"u8), TextRole.Assistant);
        int reasoning = tape.Find(said, "reasoning_content"u8);
        sweep.Take(reasoning >= 0 ? reasoning : tape.Find(said, "reasoning"u8), TextRole.Reasoning);
        int audio = tape.Find(said, "audio"u8);
        if (audio >= 0)
            ChatMedia.TakePayload(message, ref sweep, tape.Find(audio, "data"u8), OpaqueKind.Audio);
        return ChatTools.ReadCalls(message, ref sweep, said, replayed: false, limits);
    }
}
