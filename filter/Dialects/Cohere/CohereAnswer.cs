using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Reads a whole answer of any operation, in either version; also the one that a stream of version 1 ends with.</summary>
internal static class CohereAnswer
{
    private static readonly byte[][] Labels = KnownKeys.Of(
        "id", "generation_id", "response_id", "finish_reason", "response_type", "model", "usage", "meta", "classifications", "images", "token_usage");

    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="isError">The status says that it is an error: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, bool isError, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        // An error's message is a sentence; an answer's is a turn.
        bool isSentence = isError && (!tape.Is(0, JsonKind.Object) || tape.Is(tape.Find(0, "message"u8), JsonKind.String));
        ReadFault fault = isSentence ? ReadFault.None : ReadObject(message, ref sweep, 0, limits);
        sweep.TakeLabel(tape.Find(0, "id"u8));
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads an answer's object.</summary>
    public static ReadFault ReadObject(Message message, ref SegmentSweep sweep, int answer, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(answer, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, answer, CohereKeys.Answer))
            return ReadFault.Ambiguous;
        int said = JsonShape.Present(tape, answer, "message"u8);
        if ((said >= 0 && !tape.Is(said, JsonKind.Object)) || IsWriters(tape, answer))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(said, "role"u8));
        ReadFault fault = said < 0 ? ReadFault.None : CohereTurns.Read(message, ref sweep, said, TextRole.Assistant, replayed: false, limits);
        if (fault == ReadFault.None)
            fault = CohereHistory.ReadCalls(message, ref sweep, tape.Find(answer, "tool_calls"u8), replayed: false, limits);
        if (fault == ReadFault.None)
            fault = CohereHistory.Read(message, ref sweep, tape.Find(answer, "chat_history"u8), limits);
        TakeTexts(message, ref sweep, answer);
        TakeSources(message, ref sweep, answer, limits);
        foreach (byte[] label in Labels)
            sweep.TakeLabels(tape.Find(answer, label));
        return fault;
    }

    /// <summary>
    /// Whether an answer is Writer's, whose clients find calls where Cohere's do not look. It is where the request was, and read
    /// as such; that no request of Writer's was read does not make it Cohere's.
    /// </summary>
    public static bool IsWriters(JsonTape tape, int answer) => JsonShape.Present(tape, answer, "choices"u8) >= 0;

    /// <summary>Takes what an answer was made from: searches, what they found, what is cited of it.</summary>
    public static void TakeSources(Message message, ref SegmentSweep sweep, int answer, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        CohereDocuments.TakeCitations(message, ref sweep, tape.Find(answer, "citations"u8), limits);
        CohereDocuments.Take(message, ref sweep, tape.Find(answer, "documents"u8), TextRole.Document, limits);
        TakeSearches(ref sweep, tape.Find(answer, "search_queries"u8));
        int results = tape.Find(answer, "search_results"u8);
        for (int result = JsonTape.FirstChild(results); tape.Is(results, JsonKind.Array) && result < tape[results].End; result = tape[result].End)
        {
            TakeSearches(ref sweep, tape.Find(result, "search_query"u8));
            sweep.TakeLabels(tape.Find(result, "connector"u8));
            sweep.TakeLabels(tape.Find(result, "document_ids"u8));
        }
    }

    /// <summary>What the model asked of a connector.</summary>
    private static void TakeSearches(ref SegmentSweep sweep, int node)
    {
        JsonTape tape = sweep.Tape;
        for (int i = node; node >= 0 && i < tape[node].End; i++)
        {
            if (tape[i].Kind == JsonKind.Key && tape.KeyEquals(i, "text"u8))
                sweep.Take(i + 1, TextRole.ToolArgument);
        }
        sweep.TakeLabels(node);
    }

    private static void TakeTexts(Message message, ref SegmentSweep sweep, int answer)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(answer, "text"u8), TextRole.Assistant);
        sweep.Take(tape.Find(answer, "summary"u8), TextRole.Assistant);
        sweep.Take(tape.Find(answer, "prompt"u8), TextRole.User);
        sweep.TakeAll(tape.Find(answer, "texts"u8), TextRole.Document);
        // Warnings are the provider's own words, for a log.
        sweep.TakeAll(tape.Find(tape.Find(answer, "meta"u8), "warnings"u8), TextRole.Metadata);
        ChatLogprobs.ReadPieces(message, ref sweep, tape.Find(answer, "logprobs"u8));
        ReadTokens(message, ref sweep, answer);
        int generations = tape.Find(answer, "generations"u8);
        for (int generation = JsonTape.FirstChild(generations); tape.Is(generations, JsonKind.Array) && generation < tape[generations].End; generation = tape[generation].End)
        {
            sweep.Take(tape.Find(generation, "text"u8), TextRole.Assistant);
            sweep.TakeLabel(tape.Find(generation, "id"u8));
            sweep.TakeLabel(tape.Find(generation, "finish_reason"u8));
            ChatLogprobs.ReadPieces(message, ref sweep, tape.Find(generation, "token_likelihoods"u8));
        }
        int results = tape.Find(answer, "results"u8);
        for (int result = JsonTape.FirstChild(results); tape.Is(results, JsonKind.Array) && result < tape[results].End; result = tape[result].End)
            sweep.TakeAll(tape.Find(result, "document"u8), TextRole.Document);
        int classes = tape.Find(answer, "classifications"u8);
        for (int item = JsonTape.FirstChild(classes); tape.Is(classes, JsonKind.Array) && item < tape[classes].End; item = tape[item].End)
            sweep.Take(tape.Find(item, "input"u8), TextRole.User);
    }

    /// <summary>A text that was cut into tokens: its pieces mean nothing one by one, and its numbers say it again.</summary>
    private static void ReadTokens(Message message, ref SegmentSweep sweep, int answer)
    {
        JsonTape tape = sweep.Tape;
        ChatLogprobs.ReadPieces(message, ref sweep, tape.Find(answer, "token_strings"u8));
        int tokens = tape.Find(answer, "tokens"u8);
        if (tape.Is(tokens, JsonKind.Array))
            message.AddEcho(sweep.Document, tokens);
    }
}
