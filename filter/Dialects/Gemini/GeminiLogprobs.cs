using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// The text of an answer again, token by token with probabilities. Tokens mean nothing one by one, so they are judged
/// joined: what was found and masked in the text must not stand here unmasked.
/// </summary>
internal static class GeminiLogprobs
{
    /// <summary>Takes the tokens chosen, in a stream as the next pieces of a running text, and those that might have been.</summary>
    public static void Take(Message message, ref SegmentSweep sweep, int result, int channel)
    {
        JsonTape tape = sweep.Tape;
        if (result < 0)
            return;
        int chosen = GeminiFields.ChosenCandidates.In(tape, result);
        ProtoList tokens = ProtoList.Of(tape, chosen);
        for (int entry = tokens.First; channel >= 0 && entry < tokens.End; entry = tape[entry].End)
            sweep.Take(GeminiFields.Token.In(tape, entry), TextRole.Assistant, channel);
        Join(message, sweep, chosen);
        Join(message, sweep, GeminiFields.TopCandidates.In(tape, result));
    }

    /// <summary>All strings of a subtree that nobody took, as one text.</summary>
    private static void Join(Message message, in SegmentSweep sweep, int tree)
    {
        JsonTape tape = sweep.Tape;
        if (tree < 0)
            return;
        Memory<byte> room = message.Reserve(tape[tree].Length);
        int length = 0;
        for (int node = tree; node < tape[tree].End; node++)
        {
            if (!tape.Is(node, JsonKind.String) || sweep.IsTaken(node))
                continue;
            length += JsonText.Decode(tape.Raw(node), room.Span[length..]);
            sweep.Skip(node);
        }
        if (length > 0)
            message.ExtraTexts.Add(room[..length]);
    }
}
