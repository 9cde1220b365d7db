using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Reads a request of the older text completions: a prompt in which people and model take turns.</summary>
internal static class CompletionRequest
{
    /// <summary>Reads document 0.</summary>
    public static ReadFault Read(Message message)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, 0, AnthropicKeys.Request))
            return ReadFault.Ambiguous;
        int prompt = tape.Find(0, "prompt"u8);
        if (!tape.Is(prompt, JsonKind.String))
            return ReadFault.WrongShape;
        sweep.Take(prompt, TextRole.User);
        RequestOptions.Take(ref sweep, 0);
        return RequestModels.Read(message, ref sweep, 0);
    }
}
