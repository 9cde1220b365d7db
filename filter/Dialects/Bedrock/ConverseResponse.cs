using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Reads a whole answer of the Converse API.</summary>
internal static class ConverseResponse
{
    private const int ShortestLongName = 29;

    private static readonly byte[][] LongNames = KnownKeys.Of(
        "additionalModelResponseFieldPaths", "additionalModelResponseFields", "amazon-bedrock-guardrailAction", "amazon-bedrock-invocationMetrics",
        "amazon-bedrock-completionReason", "contextualGroundingPolicyUnits", "sensitiveInformationPolicyUnits", "sensitiveInformationPolicyFreeUnits",
        "automatedReasoningPolicyUnits", "guardrailProcessingLatency", "sensitiveInformationPolicy", "contextualGroundingPolicy", "appliedGuardrailDetails");

    /// <summary>Reads an answer.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep; finished by the caller.</param>
    /// <param name="root">The answer's object.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int output = tape.Find(root, "output"u8);
        if (KnownKeys.HasVariant(tape, root, BedrockKeys.Response) || KnownKeys.HasVariant(tape, output, BedrockKeys.Response))
            return ReadFault.Ambiguous;
        TakeRest(message, ref sweep, root, limits);
        int said = JsonShape.Present(tape, output, "message"u8);
        return said < 0 ? ReadFault.None : ConverseRequest.ReadTurn(message, ref sweep, said, replayed: false, limits);
    }

    /// <summary>Takes what stands beside the words of an answer or of a stream's last events.</summary>
    public static void TakeRest(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        for (int key = JsonTape.FirstChild(root); key < tape[root].End; key = tape.Next(key))
            TakeLongName(ref sweep, key);
        sweep.TakeLabel(tape.Find(root, "stopReason"u8));
        // Random characters that hide how long a token was.
        sweep.TakeLabel(tape.Find(root, "p"u8));
        sweep.TakeLabels(tape.Find(root, "usage"u8));
        sweep.TakeLabels(tape.Find(root, "metrics"u8));
        sweep.TakeLabels(tape.Find(root, "performanceConfig"u8));
        sweep.TakeLabels(tape.Find(root, "serviceTier"u8));
        TakeTrace(message, ref sweep, tape.Find(root, "trace"u8), limits);
        TakeTrace(message, ref sweep, tape.Find(root, "amazon-bedrock-trace"u8), limits);
        sweep.TakeLabel(tape.Find(root, "amazon-bedrock-guardrailAction"u8));
        sweep.TakeLabels(tape.Find(root, "amazon-bedrock-invocationMetrics"u8));
        NestedJson.Take(message, ref sweep, tape.Find(root, "additionalModelResponseFields"u8), TextRole.Assistant, limits);
    }

    /// <summary>Takes keys of the service's own that are as long as a sentence, wherever they stand in an object.</summary>
    public static void TakeLongNames(ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        for (int key = holder; holder >= 0 && key < tape[holder].End; key++)
            TakeLongName(ref sweep, key);
    }

    /// <summary>Takes a key that is as long as a sentence, if it is the service's own.</summary>
    public static void TakeLongName(ref SegmentSweep sweep, int key)
    {
        JsonTape tape = sweep.Tape;
        if (tape[key].Kind != JsonKind.Key || tape[key].Length < ShortestLongName)
            return;
        foreach (byte[] name in LongNames)
        {
            if (tape.Raw(key).SequenceEqual(name))
                sweep.Skip(key);
        }
    }

    /// <summary>What a guardrail saw: the model's words again, unguarded, and findings with the words found.</summary>
    private static void TakeTrace(Message message, ref SegmentSweep sweep, int trace, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (trace < 0)
            return;
        TakeLongNames(ref sweep, trace);
        NestedJson.Take(message, ref sweep, tape.Find(tape.Find(trace, "guardrail"u8), "modelOutput"u8), TextRole.Assistant, limits);
        for (int key = trace; key < tape[trace].End; key++)
        {
            if (tape[key].Kind == JsonKind.Key && (tape.KeyEquals(key, "match"u8) || tape.KeyEquals(key, "naturalLanguage"u8) || tape.KeyEquals(key, "text"u8)))
                sweep.Take(key + 1, TextRole.Assistant);
        }
        sweep.TakeLabels(trace);
    }
}
