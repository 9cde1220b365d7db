using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>
/// Triton's generate extension: inputs and outputs by whatever names a model gives them, as members of one object. Also what
/// servers say of themselves and of errors.
/// </summary>
internal static class Generated
{
    private static readonly byte[][] Labels = KnownKeys.Of("model_name", "model_version", "id", "name", "version", "platform", "triton_final_response");

    /// <summary>Reads document 0 of a request.</summary>
    public static ReadFault ReadRequest(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
        {
            sweep.Finish(TextRole.Unknown);
            return ReadFault.WrongShape;
        }
        sweep.TakeLabel(tape.Find(0, "id"u8));
        TakeNumbers(message, tape);
        foreach (int picture in (ReadOnlySpan<int>)[tape.Find(0, "image"u8), tape.Find(0, "images"u8)])
        {
            for (int node = picture; picture >= 0 && node < tape[picture].End; node++)
                Media.TakePayload(message, ref sweep, node, OpaqueKind.Image);
        }
        sweep.TakeLabels(tape.Find(0, "parameters"u8));
        NestedJson.Take(message, ref sweep, 0, TextRole.User, limits);
        sweep.Finish(TextRole.User);
        return ReadFault.None;
    }

    /// <summary>Reads document 0 of a response that is whole.</summary>
    public static ReadFault ReadResponse(Message message, bool isError)
    {
        var sweep = new SegmentSweep(message, 0);
        TakeLabels(ref sweep);
        sweep.Finish(isError ? TextRole.Unknown : TextRole.Assistant);
        return ReadFault.None;
    }

    /// <summary>Takes what is no output of a model.</summary>
    public static void TakeLabels(ref SegmentSweep sweep)
    {
        foreach (byte[] key in Labels)
            sweep.TakeLabel(sweep.Tape.Find(0, key));
    }

    /// <summary>Lists of numbers among the inputs: tokens, or a picture.</summary>
    private static void TakeNumbers(Message message, JsonTape tape)
    {
        for (int key = JsonTape.FirstChild(0); key < tape[0].End; key = tape.Next(key))
        {
            int value = key + 1;
            int numbers = 0;
            bool isArray = tape[value].Kind == JsonKind.Array;
            for (int node = value; isArray && node < tape[value].End; node++)
                numbers += tape[node].Kind == JsonKind.Number ? 1 : 0;
            if (numbers > 1)
                message.Opaque.Add(new OpaquePart(OpaqueKind.TokenIds, 0, tape[value].Start, tape[value].Length));
        }
    }
}
