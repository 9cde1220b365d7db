using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// The text of an answer again, token by token with probabilities, token numbers and likely alternatives. Tokens mean nothing
/// one by one, so they are judged joined. What was masked in the text must not stand here unmasked: all of it goes with the
/// first edit (<see cref="Message.AddEcho"/>).
/// </summary>
internal static class GeminiLogprobs
{
    /// <summary>Takes the tokens chosen, in a stream as the next pieces of a running text, and those that might have been.</summary>
    public static void Take(Message message, ref SegmentSweep sweep, int result, int channel)
    {
        if (result < 0)
            return;
        message.AddEcho(sweep.Document, result);
        Join(message, sweep, result, GeminiFields.ChosenCandidates.In(sweep.Tape, result), channel);
        Join(message, sweep, result, result, -1);
    }

    /// <summary>All strings of a subtree that nobody took, as one text.</summary>
    private static void Join(Message message, in SegmentSweep sweep, int echo, int tree, int channel)
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
        message.AddJoined(TextRole.Assistant, room[..length], sweep.Document, echo, channel);
    }
}
