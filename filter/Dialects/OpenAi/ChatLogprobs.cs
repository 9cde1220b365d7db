using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// The text of an answer again, token by token with probabilities, likely alternatives and the bytes of each as numbers. Tokens
/// mean nothing one by one, so they are judged joined. What was masked in the text must not stand here unmasked: all of it
/// goes with the first edit (<see cref="Message.AddEcho"/>).
/// </summary>
internal static class ChatLogprobs
{
    /// <summary>Reads a choice's.</summary>
    /// <param name="message">Gets the joined tokens.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="logprobs">Their node; -1 for none.</param>
    /// <param name="channel">In a stream: the running text that the tokens are.</param>
    public static void Read(Message message, ref SegmentSweep sweep, int logprobs, int channel)
    {
        JsonTape tape = sweep.Tape;
        if (logprobs < 0 || tape.Is(logprobs, JsonKind.Null))
            return;
        message.AddEcho(sweep.Document, logprobs);
        JoinTokens(message, sweep, logprobs, tape.Find(logprobs, "content"u8), channel);
        JoinTokens(message, sweep, logprobs, tape.Find(logprobs, "refusal"u8), channel);
        JoinTokens(message, sweep, logprobs, tape.Find(logprobs, "tokens"u8), channel);
        // Ollama's are the list itself.
        JoinTokens(message, sweep, logprobs, logprobs, channel);
        JoinRest(message, sweep, logprobs, TextRole.Assistant);
    }

    /// <summary>Reads those of one text that are a list alone, as the Responses API has them.</summary>
    /// <inheritdoc cref="Read"/>
    public static void ReadList(Message message, ref SegmentSweep sweep, int logprobs, int channel)
    {
        if (!sweep.Tape.Is(logprobs, JsonKind.Array) || sweep.Tape[logprobs].End == JsonTape.FirstChild(logprobs))
            return;
        JoinTokens(message, sweep, logprobs, logprobs, channel);
        JoinRest(message, sweep, logprobs, TextRole.Assistant);
    }

    /// <summary>Reads what repeats a request's prompt in its answer (vLLM): its tokens with probabilities, and as numbers.</summary>
    public static void ReadPrompt(Message message, ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(holder, "prompt_text"u8), TextRole.User);
        int logprobs = tape.Find(holder, "prompt_logprobs"u8);
        if (logprobs >= 0)
            JoinRest(message, sweep, logprobs, TextRole.User);
        AddEcho(message, sweep, tape.Find(holder, "prompt_token_ids"u8));
        AddEcho(message, sweep, tape.Find(holder, "token_ids"u8));
    }

    /// <summary>Takes any value that says an answer's text again in pieces.</summary>
    public static void ReadPieces(Message message, ref SegmentSweep sweep, int pieces)
    {
        if (pieces >= 0)
            JoinRest(message, sweep, pieces, TextRole.Assistant);
    }

    private static void AddEcho(Message message, in SegmentSweep sweep, int node)
    {
        if (node >= 0)
            message.AddEcho(sweep.Document, node);
    }

    private static void JoinTokens(Message message, in SegmentSweep sweep, int echo, int list, int channel)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(list, JsonKind.Array))
            return;
        Memory<byte> room = message.Reserve(tape[list].Length);
        int length = 0;
        for (int entry = JsonTape.FirstChild(list); entry < tape[list].End; entry = tape[entry].End)
        {
            int token = tape.Is(entry, JsonKind.Object) ? tape.Find(entry, "token"u8) : entry;
            if (!tape.Is(token, JsonKind.String))
                continue;
            length += JsonText.Decode(tape.Raw(token), room.Span[length..]);
            sweep.Skip(token);
        }
        message.AddJoined(TextRole.Assistant, room[..length], sweep.Document, echo, channel);
    }

    /// <summary>Joins what nobody took: likely alternatives, in the older form as keys with their probability.</summary>
    private static void JoinRest(Message message, in SegmentSweep sweep, int echo, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        Memory<byte> room = message.Reserve(tape[echo].Length);
        int length = 0;
        for (int node = echo; node < tape[echo].End; node++)
        {
            bool isToken = tape[node].Kind == JsonKind.String || (tape[node].Kind == JsonKind.Key && IsAlternative(tape, node));
            if (!isToken || sweep.IsTaken(node))
                continue;
            length += JsonText.Decode(tape.Raw(node), room.Span[length..]);
            sweep.Skip(node);
        }
        message.AddJoined(role, room[..length], sweep.Document, echo);
    }

    private static bool IsAlternative(JsonTape tape, int key) =>
        tape[key + 1].Kind == JsonKind.Number && !tape.KeyEquals(key, "logprob"u8) && !tape.KeyEquals(key, "likelihood"u8) && !tape.KeyEquals(key, "rank"u8);
}
