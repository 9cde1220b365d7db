using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Reads a whole chat completion, or the error that came in its place.</summary>
internal static class ChatResponse
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="isError">The status says that it is no completion: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, bool isError, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, isError, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, bool isError, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return isError ? ReadFault.None : ReadFault.WrongShape;
        ReadFault fault = ReadHead(message, ref sweep, out int choices);
        AlephAlpha.ReadCompletions(message, ref sweep, tape.Find(0, "completions"u8), limits);
        if (choices < 0)
            return fault;
        for (int choice = JsonTape.FirstChild(choices); choice < tape[choices].End && fault == ReadFault.None; choice = tape[choice].End)
            fault = ReadChoice(message, ref sweep, choice, limits);
        return fault;
    }

    /// <summary>Reads what stands beside the choices of a completion or chunk, and finds them.</summary>
    /// <param name="message">Gets the model.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="choices">The array of choices; -1 if there are none.</param>
    public static ReadFault ReadHead(Message message, ref SegmentSweep sweep, out int choices)
    {
        JsonTape tape = sweep.Tape;
        choices = -1;
        if (KnownKeys.HasVariant(tape, 0, ChatKeys.Response))
            return ReadFault.Ambiguous;
        int model = tape.Find(0, "model"u8);
        if (tape.Is(model, JsonKind.String))
            message.Model = message.Decode(0, model);
        sweep.TakeLabel(model);
        sweep.TakeLabel(tape.Find(0, "id"u8));
        sweep.TakeLabel(tape.Find(0, "object"u8));
        sweep.TakeLabel(tape.Find(0, "system_fingerprint"u8));
        sweep.TakeLabel(tape.Find(0, "service_tier"u8));
        // Random characters that hide how long a token was.
        sweep.TakeLabel(tape.Find(0, "obfuscation"u8));
        sweep.TakeLabel(tape.Find(0, "provider"u8));
        sweep.TakeLabel(tape.Find(0, "request_id"u8));
        sweep.TakeLabels(tape.Find(0, "prompt_filter_results"u8));
        sweep.TakeLabels(tape.Find(0, "moderation"u8));
        sweep.TakeLabels(tape.Find(0, "x_groq"u8));
        sweep.TakeLabels(tape.Find(0, "usage"u8));
        sweep.TakeLabel(tape.Find(0, "user_id"u8));
        TakeError(ref sweep, tape.Find(0, "error"u8));
        ChatTurn.ReadSources(ref sweep, tape.Find(0, "citations"u8));
        ChatTurn.ReadSources(ref sweep, tape.Find(0, "search_results"u8));
        ChatLogprobs.ReadPrompt(message, ref sweep, 0);
        choices = tape.Find(0, "choices"u8);
        if (tape.Is(choices, JsonKind.Array))
            return ReadFault.None;
        ReadFault fault = choices < 0 || tape.Is(choices, JsonKind.Null) ? ReadFault.None : ReadFault.WrongShape;
        choices = -1;
        return fault;
    }

    /// <summary>
    /// Takes an error: what kind, and what the model made that could not be used (Groq). Its message may come from anyone on the way.
    /// </summary>
    private static void TakeError(ref SegmentSweep sweep, int error)
    {
        JsonTape tape = sweep.Tape;
        if (error < 0)
            return;
        sweep.TakeLabel(tape.Find(error, "type"u8));
        sweep.TakeLabel(tape.Find(error, "code"u8));
        sweep.TakeLabel(tape.Find(error, "param"u8));
        sweep.TakeLabels(tape.Find(error, "innererror"u8));
        sweep.Take(tape.Find(error, "failed_generation"u8), TextRole.Assistant);
        sweep.TakeAll(error, TextRole.Unknown);
    }

    /// <summary>Reads what an assistant said, whole, calls included.</summary>
    public static ReadFault ReadSaid(Message message, ref SegmentSweep sweep, int said, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (said < 0 || tape.Is(said, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(said, JsonKind.Object))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(said, "role"u8));
        int first = message.Segments.Count;
        ReadFault fault = ChatTurn.Read(message, ref sweep, said, TextRole.Assistant, TurnChannels.None, limits);
        if (fault == ReadFault.None)
            fault = ChatCalls.Read(message, ref sweep, said, replayed: false, limits);
        if (fault == ReadFault.None)
            fault = ExecutedTools.Read(message, ref sweep, said, limits);
        TextCalls.Find(message, first, limits);
        return fault;
    }

    /// <summary>Takes why a choice ended, and what filters said of it.</summary>
    public static void TakeEnd(ref SegmentSweep sweep, int choice)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(choice, "finish_reason"u8));
        sweep.TakeLabel(tape.Find(choice, "native_finish_reason"u8));
        sweep.TakeLabel(tape.Find(choice, "stop_reason"u8));
        sweep.TakeLabels(tape.Find(choice, "content_filter_results"u8));
    }

    private static ReadFault ReadChoice(Message message, ref SegmentSweep sweep, int choice, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(choice, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, choice, ChatKeys.Choice))
            return ReadFault.Ambiguous;
        TakeEnd(ref sweep, choice);
        int first = message.Segments.Count;
        sweep.Take(tape.Find(choice, "text"u8), TextRole.Assistant);
        TextCalls.Find(message, first, limits);
        ChatLogprobs.Read(message, ref sweep, tape.Find(choice, "logprobs"u8), -1);
        // Writer's completions spell it so.
        ChatLogprobs.Read(message, ref sweep, tape.Find(choice, "log_probs"u8), -1);
        ChatLogprobs.ReadPrompt(message, ref sweep, choice);
        ReadFault fault = ReadSaid(message, ref sweep, tape.Find(choice, "message"u8), limits);
        // A client that reads deltas takes them from here too.
        return fault != ReadFault.None ? fault : ReadSaid(message, ref sweep, tape.Find(choice, "delta"u8), limits);
    }
}
