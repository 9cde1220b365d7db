using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>
/// Completions of a prompt: OpenAI's older API and the servers that still speak it (vLLM, Azure, OpenRouter, Writer), Mistral's
/// fill-in-the-middle, Aleph Alpha's <c>/complete</c>. Answers are chat's but for where their words stand.
/// </summary>
public sealed class CompletionsDialect : OpenAiEndpoint
{
    /// <summary>The one instance.</summary>
    public static CompletionsDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "openai-completions";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        method.SequenceEqual("POST"u8)
        && ((path.EndsWith("/completions"u8) && !OpenAiChatDialect.Instance.Recognises(method, path)) || path.SequenceEqual("/complete"u8));

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new ChatStream(request.ToolDeclarations, new ChunkWriter(isText: true)) : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => ChatToolRemoval.Remove(message, removed);

    private protected override ReadFault ReadQuestion(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private protected override ReadFault ReadAnswer(Message message, in JsonLimits limits) => ChatResponse.Read(message, isError: false, limits);

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        // Gateways (OpenRouter) take either on either path: with both, who answers what?
        if (KnownKeys.HasVariant(tape, 0, LegacyKeys.Completion) || JsonShape.Present(tape, 0, "messages"u8) >= 0)
            return ReadFault.Ambiguous;
        ReadFault fault = ChatModel.Read(message, ref sweep);
        if (fault == ReadFault.None)
            fault = TextInputs.Read(message, ref sweep, tape.Find(0, "prompt"u8), TextRole.User, limits);
        if (fault == ReadFault.None)
            fault = ChatTools.Read(message, ref sweep);
        if (fault == ReadFault.None)
            fault = HiddenTools.Read(message, ref sweep);
        if (fault != ReadFault.None)
            return fault;
        sweep.Take(tape.Find(0, "suffix"u8), TextRole.User);
        TakeEmbeds(message, ref sweep, tape.Find(0, "prompt_embeds"u8));
        // Aleph Alpha's names for stop and the like.
        sweep.TakeLabels(tape.Find(0, "stop_sequences"u8));
        ChatOptions.Take(message, ref sweep, limits);
        return ReadFault.None;
    }

    /// <summary>vLLM: tensors in place of a prompt, one or several.</summary>
    private static void TakeEmbeds(Message message, ref SegmentSweep sweep, int embeds)
    {
        for (int node = embeds; embeds >= 0 && node < sweep.Tape[embeds].End; node++)
            Media.TakePayload(message, ref sweep, node, OpaqueKind.TokenIds);
    }
}
