using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>Moderations and classifications (OpenAI, Mistral): texts, pictures or conversations in, categories out.</summary>
public sealed class ModerationsDialect : OpenAiEndpoint
{
    /// <summary>The one instance.</summary>
    public static ModerationsDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "openai-moderations";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        method.SequenceEqual("POST"u8) && (path.EndsWith("/moderations"u8) || path.EndsWith("/classifications"u8));

    private protected override ReadFault ReadQuestion(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = KnownKeys.HasVariant(tape, 0, LegacyKeys.Input) ? ReadFault.Ambiguous : ChatModel.Read(message, ref sweep);
        if (fault == ReadFault.None)
            fault = TextInputs.Read(message, ref sweep, tape.Find(0, "input"u8), TextRole.User, limits);
        if (fault == ReadFault.None)
            ChatOptions.Take(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private protected override ReadFault ReadAnswer(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = KnownKeys.HasVariant(sweep.Tape, 0, LegacyKeys.Response) ? ReadFault.Ambiguous : ChatResponse.ReadHead(message, ref sweep, out _);
        sweep.TakeLabels(sweep.Tape.Find(0, "results"u8));
        sweep.Finish(TextRole.Unknown);
        return fault;
    }
}
