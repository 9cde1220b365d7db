using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>What Aleph Alpha's completions have of their own: prompts of several kinds of items, and answers without choices.</summary>
internal static class AlephAlpha
{
    /// <summary>Whether an object is an item of a prompt: a type and its data.</summary>
    public static bool IsItem(JsonTape tape, int item)
    {
        int type = tape.Find(item, "type"u8);
        return tape.Is(type, JsonKind.String) && tape.Find(item, "data"u8) >= 0
            && (tape.KeyEquals(type, "text"u8) || tape.KeyEquals(type, "image"u8) || tape.KeyEquals(type, "token_ids"u8));
    }

    /// <summary>Reads one item of a prompt: text, an image in base64, or token numbers.</summary>
    public static ReadFault ReadItem(Message message, ref SegmentSweep sweep, int item, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, item, LegacyKeys.Item))
            return ReadFault.Ambiguous;
        int type = tape.Find(item, "type"u8);
        int data = tape.Find(item, "data"u8);
        sweep.TakeLabel(type);
        if (tape.KeyEquals(type, "text"u8) && tape.Is(data, JsonKind.String))
            sweep.Take(data, role);
        else if (tape.KeyEquals(type, "image"u8) && tape.Is(data, JsonKind.String))
            Media.TakePayload(message, ref sweep, data, OpaqueKind.Image);
        else if (tape.KeyEquals(type, "token_ids"u8) && tape.Is(data, JsonKind.Array))
            message.Opaque.Add(new OpaquePart(OpaqueKind.TokenIds, sweep.Document, tape[data].Start, tape[data].Length));
        else
            return ReadFault.WrongShape;
        sweep.TakeAll(item, role);
        return ReadFault.None;
    }

    /// <summary>Reads the completions of an answer.</summary>
    /// <param name="message">Gets what is in them.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="completions">The member; -1 without one.</param>
    /// <param name="limits">Bounds of JSON in texts.</param>
    public static void ReadCompletions(Message message, ref SegmentSweep sweep, int completions, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(0, "model_version"u8));
        if (!tape.Is(completions, JsonKind.Array))
            return;
        for (int completion = JsonTape.FirstChild(completions); completion < tape[completions].End; completion = tape[completion].End)
        {
            int first = message.Segments.Count;
            sweep.Take(tape.Find(completion, "completion"u8), TextRole.Assistant);
            TextCalls.Find(message, first, limits);
            sweep.Take(tape.Find(completion, "raw_completion"u8), TextRole.Assistant);
            sweep.TakeLabel(tape.Find(completion, "finish_reason"u8));
            ChatLogprobs.ReadPieces(message, ref sweep, tape.Find(completion, "log_probs"u8));
            ChatLogprobs.ReadPieces(message, ref sweep, tape.Find(completion, "completion_tokens"u8));
        }
    }
}
