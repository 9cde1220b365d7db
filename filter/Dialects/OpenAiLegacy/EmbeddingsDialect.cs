using System.Buffers;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>
/// Embeddings (OpenAI, Azure, Mistral, Voyage, Jina, vLLM): texts in, vectors out. Vectors, as numbers or as base64 of them, are no
/// text and are not inspected.
/// </summary>
public sealed class EmbeddingsDialect : OpenAiEndpoint
{
    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"u8);

    /// <summary>The one instance.</summary>
    public static EmbeddingsDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "openai-embeddings";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        method.SequenceEqual("POST"u8)
        && (path.EndsWith("/embeddings"u8) || path.EndsWith("/multimodalembeddings"u8) || path.EndsWith("/contextualizedembeddings"u8))
        // Ollama's own.
        && !path.SequenceEqual("/api/embeddings"u8);

    private protected override ReadFault ReadQuestion(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, 0, LegacyKeys.Input))
            return ReadFault.Ambiguous;
        int kind = tape.Find(0, "input_type"u8);
        TextRole role = tape.Is(kind, JsonKind.String) && tape.KeyEquals(kind, "query"u8) ? TextRole.User : TextRole.Document;
        ReadFault fault = ChatModel.Read(message, ref sweep);
        // vLLM embeds conversations too.
        foreach (int input in (ReadOnlySpan<int>)[tape.Find(0, "input"u8), tape.Find(0, "inputs"u8), tape.Find(0, "prompt"u8), tape.Find(0, "messages"u8)])
        {
            if (fault == ReadFault.None)
                fault = TextInputs.Read(message, ref sweep, input, role, limits);
        }
        if (fault != ReadFault.None)
            return fault;
        sweep.TakeLabel(kind);
        foreach (byte[] key in Settings)
            sweep.TakeLabel(tape.Find(0, key));
        ChatOptions.Take(message, ref sweep, limits);
        return ReadFault.None;
    }

    private static readonly byte[][] Settings = KnownKeys.Of("encoding_format", "output_dtype", "task", "embedding_type", "output_encoding");

    private protected override ReadFault ReadAnswer(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = KnownKeys.HasVariant(tape, 0, LegacyKeys.Response) ? ReadFault.Ambiguous : ChatResponse.ReadHead(message, ref sweep, out _);
        int data = tape.Find(0, "data"u8);
        for (int node = data; data >= 0 && node < tape[data].End; node++)
        {
            if (tape[node].Kind != JsonKind.Key)
                continue;
            if (tape.KeyEquals(node, "embedding"u8) || tape.KeyEquals(node, "embeddings"u8))
                SkipVectors(ref sweep, node + 1);
            else if (tape.KeyEquals(node, "object"u8))
                sweep.TakeLabel(node + 1);
        }
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Takes vectors in base64 out of the sweep. What is written otherwise is a text.</summary>
    private static void SkipVectors(ref SegmentSweep sweep, int vectors)
    {
        JsonTape tape = sweep.Tape;
        for (int node = vectors; node < tape[vectors].End; node++)
        {
            if (tape[node].Kind == JsonKind.String && tape.Raw(node).IndexOfAnyExcept(Base64) < 0)
                sweep.Skip(node);
        }
    }
}
