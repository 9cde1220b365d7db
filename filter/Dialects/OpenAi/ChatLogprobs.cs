using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// The text of an answer again, token by token with probabilities. Tokens mean nothing one by one, so they are judged
/// joined: what was found and masked in the text must not stand here unmasked.
/// </summary>
internal static class ChatLogprobs
{
    /// <summary>Reads a whole answer's.</summary>
    public static void Read(Message message, ref SegmentSweep sweep, int logprobs)
    {
        JsonTape tape = sweep.Tape;
        if (logprobs < 0)
            return;
        Join(message, sweep, tape.Find(logprobs, "content"u8));
        Join(message, sweep, tape.Find(logprobs, "refusal"u8));
        Join(message, sweep, tape.Find(logprobs, "tokens"u8));
        Join(message, sweep, logprobs);
    }

    /// <summary>Takes a chunk's as the next pieces of a running text.</summary>
    public static void Read(ref SegmentSweep sweep, int logprobs, int channel)
    {
        JsonTape tape = sweep.Tape;
        foreach (int list in (ReadOnlySpan<int>)[tape.Find(logprobs, "content"u8), tape.Find(logprobs, "refusal"u8), tape.Find(logprobs, "tokens"u8)])
        {
            if (!tape.Is(list, JsonKind.Array))
                continue;
            for (int entry = JsonTape.FirstChild(list); entry < tape[list].End; entry = tape[entry].End)
                sweep.Take(TokenOf(tape, entry), TextRole.Assistant, channel);
        }
    }

    /// <summary>Joins the tokens of a list; of an object, all strings that are left in it (the likely alternatives).</summary>
    private static void Join(Message message, in SegmentSweep sweep, int list)
    {
        JsonTape tape = sweep.Tape;
        bool all = tape.Is(list, JsonKind.Object);
        if (!all && !tape.Is(list, JsonKind.Array))
            return;
        Memory<byte> room = message.Reserve(tape[list].Length);
        int length = 0;
        for (int node = JsonTape.FirstChild(list); node < tape[list].End; node = all ? node + 1 : tape[node].End)
        {
            int token = all ? node : TokenOf(tape, node);
            if (!tape.Is(token, JsonKind.String) || sweep.IsTaken(token))
                continue;
            length += JsonText.Decode(tape.Raw(token), room.Span[length..]);
            sweep.Skip(token);
        }
        if (length > 0)
            message.ExtraTexts.Add(room[..length]);
    }

    private static int TokenOf(JsonTape tape, int entry) => tape.Is(entry, JsonKind.Object) ? tape.Find(entry, "token"u8) : entry;
}
