using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// One part of a turn. A part holds one of text, media, a call, a result and so on; what holds several is read as all of
/// them, for what a server makes of it is not known.
/// </summary>
internal static class GeminiPart
{
    private static readonly ulong TextBits = GeminiFields.PartShape.BitsOf(GeminiFields.Text, GeminiFields.Thought, GeminiFields.AudioTranscription);

    /// <summary>What stands in a signature's place where a client has none; servers let it pass by this name.</summary>
    private static readonly byte[][] NoSignature =
    [
        "skip_thought_signature_validator"u8.ToArray(), "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="u8.ToArray(),
        "context_engineering_is_the_way_to_go"u8.ToArray(), "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv"u8.ToArray(),
    ];

    /// <summary>Reads one part.</summary>
    /// <param name="message">Gets segments, calls and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="part">The part's node.</param>
    /// <param name="scope">Whose it is.</param>
    /// <param name="calls">Calls of a stream; null outside one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int part, in PartScope scope, StreamedCalls? calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(part, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.PartShape.IsAmbiguous(tape, part, out ulong seen))
            return ReadFault.Ambiguous;
        ReadFault fault = TakeText(message, ref sweep, part, scope, limits);
        // Most parts are text alone.
        if ((seen & ~TextBits) == 0 || fault != ReadFault.None)
            return fault;
        fault = GeminiMedia.Read(message, ref sweep, part);
        if (fault == ReadFault.None)
            fault = GeminiCalls.Read(message, ref sweep, part, scope, calls, limits);
        TakeSignature(message, ref sweep, GeminiFields.ThoughtSignature.In(tape, part));
        sweep.TakeLabels(GeminiFields.VideoMetadata.In(tape, part));
        sweep.TakeLabels(GeminiFields.MediaResolution.In(tape, part));
        sweep.TakeLabels(GeminiFields.SpeechMetadata.In(tape, part));
        return fault;
    }

    private static ReadFault TakeText(Message message, ref SegmentSweep sweep, int part, in PartScope scope, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int text = GeminiFields.Text.In(tape, part);
        if (text >= 0 && !tape.Is(text, JsonKind.String))
            return ReadFault.WrongShape;
        // A user's words are a user's, whether or not they call themselves a thought.
        bool thought = scope.Role == TextRole.Assistant && tape.Is(GeminiFields.Thought.In(tape, part), JsonKind.True);
        if (thought)
            sweep.Take(text, TextRole.Reasoning, scope.Thought);
        else if (scope.Role == TextRole.ToolResult)
            NestedJson.Take(message, ref sweep, text, TextRole.ToolResult, limits);
        else
            sweep.Take(text, scope.Role, scope.Text);
        int transcription = GeminiFields.AudioTranscription.In(tape, part);
        sweep.Take(GeminiFields.Text.In(tape, transcription), scope.Role, scope.Transcript);
        return ReadFault.None;
    }

    /// <summary>What a model thought, sealed: only its provider can read it.</summary>
    private static void TakeSignature(Message message, ref SegmentSweep sweep, int signature)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(signature, JsonKind.String))
            return;
        foreach (byte[] none in NoSignature)
        {
            if (tape.KeyEquals(signature, none))
            {
                sweep.Take(signature, TextRole.Metadata);
                return;
            }
        }
        Media.TakePayload(message, ref sweep, signature, OpaqueKind.Encrypted);
    }
}
