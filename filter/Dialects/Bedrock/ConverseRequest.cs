using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Reads a request of the Converse API, or what has its form elsewhere.</summary>
internal static class ConverseRequest
{
    /// <summary>Reads a conversation.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep; finished by the caller.</param>
    /// <param name="root">The request's object.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(root, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, root, BedrockKeys.Request))
            return ReadFault.Ambiguous;
        ReadFault fault = ConverseContent.Read(message, ref sweep, tape.Find(root, "system"u8), TextRole.System, replayed: true, limits);
        if (fault == ReadFault.None)
            fault = ReadMessages(message, ref sweep, tape.Find(root, "messages"u8), limits);
        if (fault == ReadFault.None)
            fault = ConverseTools.Read(message, ref sweep, tape.Find(root, "toolConfig"u8));
        int native = tape.Find(root, "additionalModelRequestFields"u8);
        // A second conversation, in the model's own form: which of the two it gets is not ours to know.
        if (fault == ReadFault.None && JsonShape.Present(tape, native, "messages"u8) >= 0)
            fault = ReadFault.Ambiguous;
        if (fault == ReadFault.None)
            fault = NativeFields.Read(message, ref sweep, native);
        if (fault == ReadFault.None)
            fault = FindStrayTools(tape, root);
        int model = tape.Find(root, "modelId"u8);
        if (tape.Is(model, JsonKind.String))
            message.FurtherModels.Add(message.Decode(sweep.Document, model));
        TakeVariables(ref sweep, tape.Find(root, "promptVariables"u8));
        TakeOptions(message, ref sweep, root, limits);
        return fault;
    }

    /// <summary>Reads the turns of a conversation.</summary>
    public static ReadFault ReadMessages(Message message, ref SegmentSweep sweep, int messages, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        // A stored prompt stands for them all.
        if (!tape.Is(messages, JsonKind.Array))
            return JsonShape.IsArrayOrAbsent(tape, messages) ? ReadFault.None : ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        int firstCall = message.ToolCalls.Count;
        for (int turn = JsonTape.FirstChild(messages); turn < tape[messages].End && fault == ReadFault.None; turn = tape[turn].End)
            fault = ReadTurn(message, ref sweep, turn, replayed: true, limits);
        if (fault == ReadFault.None)
            ConversePending.Mark(message, sweep.Document, messages, firstCall);
        return fault;
    }

    /// <summary>Reads one turn, sent or answered.</summary>
    public static ReadFault ReadTurn(Message message, ref SegmentSweep sweep, int turn, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(turn, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, turn, BedrockKeys.Message))
            return ReadFault.Ambiguous;
        int roleNode = tape.Find(turn, "role"u8);
        // An answer is the model's, whoever it says is speaking.
        TextRole role = replayed ? RoleOf(tape, roleNode) : TextRole.Assistant;
        if (role != TextRole.Unknown)
            sweep.TakeLabel(roleNode);
        return ConverseContent.Read(message, ref sweep, tape.Find(turn, "content"u8), role, replayed, limits);
    }

    private static TextRole RoleOf(JsonTape tape, int role)
    {
        if (!tape.Is(role, JsonKind.String))
            return TextRole.Unknown;
        if (tape.KeyEquals(role, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(role, "assistant"u8))
            return TextRole.Assistant;
        return tape.KeyEquals(role, "system"u8) ? TextRole.System : TextRole.Unknown;
    }

    /// <summary>A list of tools beside <c>toolConfig</c> is none of this form's, but some model might read it.</summary>
    private static ReadFault FindStrayTools(JsonTape tape, int root)
    {
        for (int key = JsonTape.FirstChild(root); key < tape[root].End; key = tape.Next(key))
        {
            bool isKnown = tape.KeyEquals(key, "toolConfig"u8) || tape.KeyEquals(key, "additionalModelRequestFields"u8)
                || tape.KeyEquals(key, "messages"u8) || tape.KeyEquals(key, "system"u8) || tape.KeyEquals(key, "promptVariables"u8)
                || tape.KeyEquals(key, "requestMetadata"u8) || tape.KeyEquals(key, "outputConfig"u8);
            if (!isKnown && NativeFields.LooksLikeTools(tape, key))
                return ReadFault.WrongShape;
        }
        return ReadFault.None;
    }

    /// <summary>What is put into a stored prompt: the caller's words.</summary>
    private static void TakeVariables(ref SegmentSweep sweep, int variables)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(variables, JsonKind.Object))
            return;
        for (int key = JsonTape.FirstChild(variables); key < tape[variables].End; key = tape.Next(key))
            sweep.Take(tape.Find(key + 1, "text"u8), TextRole.User);
    }

    private static void TakeOptions(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        for (int key = JsonTape.FirstChild(root); key < tape[root].End; key = tape.Next(key))
            ConverseResponse.TakeLongName(ref sweep, key);
        sweep.TakeLabels(tape.Find(root, "inferenceConfig"u8));
        sweep.TakeLabels(tape.Find(root, "guardrailConfig"u8));
        sweep.TakeLabels(tape.Find(root, "performanceConfig"u8));
        sweep.TakeLabels(tape.Find(root, "serviceTier"u8));
        sweep.TakeLabels(tape.Find(root, "additionalModelResponseFieldPaths"u8));
        // Written into logs; no model sees it.
        sweep.TakeAll(tape.Find(root, "requestMetadata"u8), TextRole.Metadata);
        int output = tape.Find(root, "outputConfig"u8);
        int format = tape.Find(output, "textFormat"u8);
        sweep.TakeLabel(tape.Find(output, "effort"u8));
        sweep.TakeLabel(tape.Find(format, "type"u8));
        int schema = tape.Find(tape.Find(format, "structure"u8), "jsonSchema"u8);
        NestedJson.Take(message, ref sweep, tape.Find(schema, "schema"u8), TextRole.Schema, limits);
        sweep.TakeAll(schema, TextRole.Schema);
    }
}
