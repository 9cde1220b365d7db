using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Reads a batch: a list of requests, each with an id and parameters.</summary>
internal static class BatchRequest
{
    /// <summary>Reads document 0. The first request's model is the message's, the others' are its further ones.</summary>
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
        if (KnownKeys.HasVariant(tape, 0, AnthropicKeys.Request))
            return ReadFault.Ambiguous;
        int requests = tape.Find(0, "requests"u8);
        if (!tape.Is(requests, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int item = JsonTape.FirstChild(requests); item < tape[requests].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadItem(message, ref sweep, item, limits);
        return fault;
    }

    private static ReadFault ReadItem(Message message, ref SegmentSweep sweep, int item, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, item, AnthropicKeys.BatchItem))
            return ReadFault.Ambiguous;
        int parameters = tape.Find(item, "params"u8);
        if (!tape.Is(tape.Find(parameters, "model"u8), JsonKind.String))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(item, "custom_id"u8));
        return MessagesRequest.Read(message, ref sweep, parameters, limits);
    }
}
