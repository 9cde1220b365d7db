using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>Reranking (Voyage, Jina, Together, vLLM, TEI): a query and documents in, scores out, with the documents where asked for.</summary>
public sealed class RerankDialect : OpenAiEndpoint
{
    /// <summary>The one instance.</summary>
    public static RerankDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "rerank";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        Reads(method, path) && !path.EndsWith("/v2/rerank"u8);

    // The second version is Cohere's, and vLLM's like it.
    private protected override bool Reads(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        method.SequenceEqual("POST"u8) && path.EndsWith("/rerank"u8);

    private protected override ReadFault ReadQuestion(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = KnownKeys.HasVariant(tape, 0, LegacyKeys.Input) ? ReadFault.Ambiguous : ChatModel.Read(message, ref sweep);
        if (fault == ReadFault.None)
            fault = TextInputs.Read(message, ref sweep, tape.Find(0, "query"u8), TextRole.User, limits);
        if (fault == ReadFault.None)
            fault = TextInputs.Read(message, ref sweep, tape.Find(0, "documents"u8), TextRole.Document, limits);
        if (fault == ReadFault.None)
            fault = TextInputs.Read(message, ref sweep, tape.Find(0, "texts"u8), TextRole.Document, limits);
        sweep.Take(tape.Find(0, "instruction"u8), TextRole.System);
        sweep.TakeLabels(tape.Find(0, "rank_fields"u8));
        if (fault == ReadFault.None)
            ChatOptions.Take(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private protected override ReadFault ReadAnswer(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = KnownKeys.HasVariant(tape, 0, LegacyKeys.Response) ? ReadFault.Ambiguous : ChatResponse.ReadHead(message, ref sweep, out _);
        // TEI answers with the list itself.
        foreach (int list in (ReadOnlySpan<int>)[tape.Find(0, "results"u8), tape.Find(0, "data"u8), tape.Is(0, JsonKind.Array) ? 0 : -1])
        {
            for (int ranked = JsonTape.FirstChild(list); list >= 0 && ranked < tape[list].End; ranked = tape[ranked].End)
            {
                sweep.TakeLabel(tape.Find(ranked, "object"u8));
                sweep.TakeAll(tape.Find(ranked, "document"u8), TextRole.Document);
                sweep.Take(tape.Find(ranked, "text"u8), TextRole.Document);
            }
        }
        sweep.Finish(TextRole.Unknown);
        return fault;
    }
}
