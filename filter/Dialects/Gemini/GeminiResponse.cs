using System.Buffers.Text;
using EnvoyExtAuthz.Dialects.Gemini.Interactions;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Reads a whole answer, or the error that came in its place.</summary>
internal static class GeminiResponse
{
    private const int MaxCandidates = 128;

    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="isError">The status says that it is no answer: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, bool isError, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = sweep.Tape.Is(0, JsonKind.Object)
            ? ReadRoot(message, ref sweep, limits)
            : isError ? ReadFault.None : ReadFault.WrongShape;
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads what stands beside the candidates of an answer or of an event, and finds them.</summary>
    /// <param name="message">Gets the model and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="root">The answer's node.</param>
    /// <param name="candidates">The candidates; none if there are none.</param>
    public static ReadFault ReadHead(Message message, ref SegmentSweep sweep, int root, out ProtoList candidates)
    {
        JsonTape tape = sweep.Tape;
        candidates = default;
        if (!tape.Is(root, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.ResponseShape.IsAmbiguous(tape, root))
            return ReadFault.Ambiguous;
        // An interaction, where the request was not read: its calls would go unseen here.
        if (root == 0 && (InteractionFields.EventType.In(tape, 0) >= 0 || InteractionFields.Steps.In(tape, 0) >= 0 || InteractionFields.Outputs.In(tape, 0) >= 0))
            return ReadFault.WrongShape;
        int model = GeminiFields.ModelVersion.In(tape, root);
        if (tape.Is(model, JsonKind.String))
            message.Model = message.Decode(0, model);
        sweep.TakeLabel(model);
        sweep.TakeLabel(GeminiFields.ResponseId.In(tape, root));
        sweep.TakeLabel(GeminiFields.CreateTime.In(tape, root));
        sweep.TakeLabels(GeminiFields.UsageMetadata.In(tape, root));
        int feedback = GeminiFields.PromptFeedback.In(tape, root);
        sweep.Take(GeminiFields.BlockReasonMessage.In(tape, feedback), TextRole.Assistant);
        sweep.TakeLabels(feedback);
        sweep.TakeLabel(tape.Find(GeminiFields.Error.In(tape, root), "status"u8));
        candidates = ProtoList.Of(tape, GeminiFields.Candidates.In(tape, root));
        return ReadFault.None;
    }

    /// <summary>Which candidate one is: by its index, which 0 has not to be written, else by its place.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="candidate">The candidate's node.</param>
    /// <param name="position">Its place among those of its event.</param>
    /// <param name="index">0 to 127, when true.</param>
    public static bool TryIndex(JsonTape tape, int candidate, int position, out int index)
    {
        index = position;
        int node = GeminiFields.Index.In(tape, candidate);
        if (node >= 0 && !(tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length))
            return false;
        return index is >= 0 and < MaxCandidates;
    }

    /// <summary>Reads a candidate.</summary>
    /// <param name="message">Gets segments, calls and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="candidate">The candidate's node.</param>
    /// <param name="scope">Whose parts these are.</param>
    /// <param name="tokensChannel">Channel of its tokens with their probabilities; -1 outside streams.</param>
    /// <param name="calls">Calls of a stream; null outside one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadCandidate(
        Message message, ref SegmentSweep sweep, int candidate, in PartScope scope, int tokensChannel, StreamedCalls? calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(candidate, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.CandidateShape.IsAmbiguous(tape, candidate))
            return ReadFault.Ambiguous;
        ReadFault fault = GeminiContent.Read(message, ref sweep, GeminiFields.Content.In(tape, candidate), scope, calls, limits);
        sweep.TakeLabel(GeminiFields.FinishReason.In(tape, candidate));
        sweep.Take(GeminiFields.FinishMessage.In(tape, candidate), TextRole.Assistant);
        sweep.TakeLabels(GeminiFields.SafetyRatings.In(tape, candidate));
        GeminiSources.Take(ref sweep, candidate);
        GeminiLogprobs.Take(message, ref sweep, GeminiFields.LogprobsResult.In(tape, candidate), tokensChannel);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadAnswer(message, ref sweep, 0, limits, out bool isAnswer);
        // Answers to a batch stand further in, at more than one place.
        for (int node = 1; node < tape.Count && fault == ReadFault.None && !isAnswer; node++)
        {
            if (tape[node].Kind != JsonKind.Object)
                continue;
            fault = ReadAnswer(message, ref sweep, node, limits, out bool isInner);
            node = isInner ? tape[node].End - 1 : node;
        }
        if (fault == ReadFault.None)
            fault = GeminiPredict.ReadPredictions(message, ref sweep, tape.Find(0, "predictions"u8));
        TakeResource(ref sweep);
        return fault;
    }

    private static ReadFault ReadAnswer(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits, out bool isAnswer)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadHead(message, ref sweep, root, out ProtoList candidates);
        isAnswer = candidates.First < candidates.End;
        int position = 0;
        for (int candidate = candidates.First; candidate < candidates.End && fault == ReadFault.None; candidate = tape[candidate].End)
        {
            if (!TryIndex(tape, candidate, position++, out _))
                return ReadFault.WrongShape;
            fault = ReadCandidate(message, ref sweep, candidate, PartScope.Answer, -1, null, limits);
        }
        return fault;
    }

    /// <summary>What the provider says of things it keeps, and counts of tokens.</summary>
    private static void TakeResource(ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(GeminiFields.Name.In(tape, 0));
        sweep.TakeLabel(GeminiFields.Model.In(tape, 0));
        sweep.TakeLabel(GeminiFields.UpdateTime.In(tape, 0));
        sweep.Take(GeminiFields.DisplayName.In(tape, 0), TextRole.FileName);
        sweep.TakeLabels(tape.Find(0, "promptTokensDetails"u8));
    }
}
