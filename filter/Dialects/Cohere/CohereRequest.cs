using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>
/// Reads a request's body. But for chats, members are read alike in all operations: one that an operation does not have is
/// ignored by the server, and reading it costs nothing.
/// </summary>
internal static class CohereRequest
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="operation">What is asked for.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, CohereOperation operation, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, operation, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, CohereOperation operation, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, CohereKeys.Request))
            return ReadFault.Ambiguous;
        ReadFault fault = ReadModel(message, ref sweep);
        if (fault == ReadFault.None && operation.Is("chat"u8))
            fault = operation.IsFirstVersion ? CohereHistory.ReadChat(message, ref sweep, limits) : CohereTurns.ReadChat(message, ref sweep, limits);
        if (fault == ReadFault.None)
            fault = CohereTools.Read(message, ref sweep, operation.IsFirstVersion);
        if (fault == ReadFault.None && !TakeInputs(message, ref sweep, limits))
            fault = ReadFault.WrongShape;
        if (fault == ReadFault.None)
            TakeOptions(message, ref sweep);
        return fault;
    }

    private static ReadFault ReadModel(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int model = JsonShape.Present(tape, 0, "model"u8);
        int stream = JsonShape.Present(tape, 0, "stream"u8);
        if ((model >= 0 && !tape.Is(model, JsonKind.String)) || (stream >= 0 && !tape.Is(stream, JsonKind.True) && !tape.Is(stream, JsonKind.False)))
            return ReadFault.WrongShape;
        message.WantsStream = tape.Is(stream, JsonKind.True);
        if (model >= 0)
            message.Model = message.Decode(0, model);
        sweep.TakeLabel(model);
        return ReadFault.None;
    }

    private static bool TakeInputs(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        CohereDocuments.Take(message, ref sweep, tape.Find(0, "documents"u8), TextRole.Document, limits);
        return TakeText(ref sweep, "prompt"u8, TextRole.User)
            && TakeText(ref sweep, "query"u8, TextRole.User)
            && TakeText(ref sweep, "text"u8, TextRole.User)
            && TakeText(ref sweep, "additional_command"u8, TextRole.User)
            && TakeEmbedded(message, ref sweep, limits)
            && TakeExamples(ref sweep, JsonShape.Present(tape, 0, "examples"u8))
            && TakeTokens(message, tape, JsonShape.Present(tape, 0, "tokens"u8));
    }

    /// <summary>Takes a member that is a text or nothing.</summary>
    private static bool TakeText(ref SegmentSweep sweep, ReadOnlySpan<byte> key, TextRole role)
    {
        int node = JsonShape.Present(sweep.Tape, 0, key);
        sweep.Take(node, role);
        return node < 0 || sweep.Tape.Is(node, JsonKind.String);
    }

    /// <summary>What is embedded or classified: texts, pictures, or both in parts. Documents, unless it says that it is a query.</summary>
    private static bool TakeEmbedded(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int type = tape.Find(0, "input_type"u8);
        sweep.TakeLabel(type);
        TextRole role = tape.Is(type, JsonKind.String) && !tape.KeyEquals(type, "search_query"u8) ? TextRole.Document : TextRole.User;
        int texts = JsonShape.Present(tape, 0, "texts"u8);
        int images = JsonShape.Present(tape, 0, "images"u8);
        int inputs = JsonShape.Present(tape, 0, "inputs"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, texts) || !JsonShape.IsArrayOrAbsent(tape, images) || !JsonShape.IsArrayOrAbsent(tape, inputs))
            return false;
        bool read = true;
        for (int text = JsonTape.FirstChild(texts); texts >= 0 && text < tape[texts].End; text = tape[text].End)
        {
            read &= tape.Is(text, JsonKind.String);
            sweep.Take(text, role);
        }
        for (int image = JsonTape.FirstChild(images); images >= 0 && image < tape[images].End; image = tape[image].End)
        {
            read &= tape.Is(image, JsonKind.String);
            Media.TakeAddress(message, ref sweep, image, OpaqueKind.Image);
        }
        for (int input = JsonTape.FirstChild(inputs); inputs >= 0 && input < tape[inputs].End && read; input = tape[input].End)
            read = TakeInput(message, ref sweep, input, role, limits);
        return read;
    }

    private static bool TakeInput(Message message, ref SegmentSweep sweep, int input, TextRole role, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(input, JsonKind.String))
        {
            sweep.Take(input, role);
            return true;
        }
        return tape.Is(input, JsonKind.Object) && !KnownKeys.HasVariant(tape, input, ChatKeys.Message)
            && ChatContent.Read(message, ref sweep, tape.Find(input, "content"u8), role, TurnChannels.None, limits) == ReadFault.None;
    }

    /// <summary>Texts with the class each is of, for a classifier.</summary>
    private static bool TakeExamples(ref SegmentSweep sweep, int examples)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, examples))
            return false;
        for (int example = JsonTape.FirstChild(examples); examples >= 0 && example < tape[examples].End; example = tape[example].End)
        {
            sweep.Take(tape.Find(example, "text"u8), TextRole.User);
            sweep.TakeLabel(tape.Find(example, "label"u8));
        }
        return true;
    }

    private static bool TakeTokens(Message message, JsonTape tape, int tokens)
    {
        if (!JsonShape.IsArrayOrAbsent(tape, tokens))
            return false;
        if (tokens >= 0 && tape[tokens].End > JsonTape.FirstChild(tokens))
            message.Opaque.Add(new OpaquePart(OpaqueKind.TokenIds, 0, tape[tokens].Start, tape[tokens].Length));
        return true;
    }

    private static void TakeOptions(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        // A stored prompt that goes before the one that is sent.
        Media.TakePayload(message, ref sweep, tape.Find(0, "preset"u8), OpaqueKind.ServerState);
        int format = tape.Find(0, "response_format"u8);
        sweep.TakeLabel(tape.Find(format, "type"u8));
        sweep.TakeAll(format, TextRole.Schema);
        foreach (byte[] option in Options)
            sweep.TakeLabels(tape.Find(0, option));
    }

    private static readonly byte[][] Options = KnownKeys.Of(
        "tool_choice", "safety_mode", "citation_options", "thinking", "stop_sequences", "end_sequences", "prompt_truncation", "citation_quality", "embedding_types", "truncate",
        "return_likelihoods", "length", "format", "extractiveness", "rank_fields");
}
