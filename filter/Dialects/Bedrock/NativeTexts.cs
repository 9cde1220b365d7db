using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// Words in bodies of models' own forms, by the names of the members they stand in: Titan, Llama, Mistral, Cohere, AI21,
/// embeddings. Only roles come from here; a member that is not known is inspected as unknown.
/// </summary>
internal static class NativeTexts
{
    private static readonly byte[][] Asked = KnownKeys.Of(
        "inputText", "prompt", "message", "query", "queries", "inputs", "input", "text", "texts", "value", "content", "negativeText", "negative_prompt");

    private static readonly byte[][] Instructions = KnownKeys.Of("system", "preamble", "system_prompt", "preamble_override");

    private static readonly byte[][] Documents = KnownKeys.Of("documents", "snippet", "title");

    private static readonly byte[][] Answered = KnownKeys.Of("outputText", "generation", "completion", "text", "message", "content", "token", "output", "reason");

    private static readonly byte[][] Labels = KnownKeys.Of(
        "id", "type", "role", "object", "model", "input_type", "truncate", "taskType", "embeddingType", "embeddingPurpose", "truncationMode", "embedding_types",
        "schemaVersion", "completionReason", "stop_reason", "stopReason", "finish_reason", "finishReason", "return_likelihoods", "response_type",
        "generation_id", "event_type", "amazon-bedrock-guardrailAction", "system_fingerprint", "p", "amazon-bedrock-completionReason", "index");

    private static readonly byte[][] Pictures = KnownKeys.Of("inputImage", "images", "image", "maskImage", "conditionImage", "mask", "init_image", "base64");

    /// <summary>Takes a request's words.</summary>
    public static void TakeAsked(Message message, ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        for (int key = root; key < tape[root].End; key++)
        {
            if (tape[key].Kind != JsonKind.Key)
                continue;
            if (IsOneOf(tape, key, Pictures))
                TakePictures(message, ref sweep, key + 1);
            else if (tape.KeyEquals(key, "bytes"u8))
                Media.TakePayload(message, ref sweep, key + 1, OpaqueKind.File);
            else if (tape.KeyEquals(key, "image_url"u8) || tape.KeyEquals(key, "s3Uri"u8) || tape.KeyEquals(key, "uri"u8))
                Media.TakeAddress(message, ref sweep, key + 1, OpaqueKind.Image);
            else if (IsOneOf(tape, key, Asked))
                TakeStrings(ref sweep, key + 1, TextRole.User);
            else if (IsOneOf(tape, key, Instructions))
                TakeStrings(ref sweep, key + 1, TextRole.System);
            else if (IsOneOf(tape, key, Documents))
                TakeStrings(ref sweep, key + 1, TextRole.Document);
            else if (IsOneOf(tape, key, Labels))
                sweep.TakeLabels(key + 1);
        }
    }

    /// <summary>Takes an answer's words; some answers repeat what was asked.</summary>
    /// <param name="message">Gets pictures.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="root">The answer.</param>
    /// <param name="channels">Channels for running texts, one a name; null for a whole answer.</param>
    public static void TakeAnswered(Message message, ref SegmentSweep sweep, int root, UnknownTexts? channels)
    {
        JsonTape tape = sweep.Tape;
        for (int key = root; key < tape[root].End; key++)
        {
            if (tape[key].Kind != JsonKind.Key)
                continue;
            if (IsOneOf(tape, key, Pictures))
                TakePictures(message, ref sweep, key + 1);
            else if (IsOneOf(tape, key, Labels))
                sweep.TakeLabels(key + 1);
            else if (tape.KeyEquals(key, "texts"u8) || tape.KeyEquals(key, "prompt"u8))
                TakeStrings(ref sweep, key + 1, TextRole.User);
            else if (channels is null && IsOneOf(tape, key, Answered))
                TakeStrings(ref sweep, key + 1, TextRole.Assistant);
        }
        channels?.Take(ref sweep, root, 0);
    }

    private static void TakeStrings(ref SegmentSweep sweep, int value, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(value, role);
        if (!tape.Is(value, JsonKind.Array))
            return;
        for (int item = JsonTape.FirstChild(value); item < tape[value].End; item = tape[item].End)
            sweep.Take(item, role);
    }

    private static void TakePictures(Message message, ref SegmentSweep sweep, int value)
    {
        JsonTape tape = sweep.Tape;
        Media.TakePayload(message, ref sweep, value, OpaqueKind.Image);
        if (!tape.Is(value, JsonKind.Array))
            return;
        for (int item = JsonTape.FirstChild(value); item < tape[value].End; item = tape[item].End)
            Media.TakePayload(message, ref sweep, item, OpaqueKind.Image);
    }

    private static bool IsOneOf(JsonTape tape, int key, byte[][] names)
    {
        foreach (byte[] name in names)
        {
            if (tape.KeyEquals(key, name))
                return true;
        }
        return false;
    }
}
