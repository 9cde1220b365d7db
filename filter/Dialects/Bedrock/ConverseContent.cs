using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// Content blocks of the Converse API: each an object whose one member says what it is. A block with several is read for all
/// of them.
/// </summary>
internal static class ConverseContent
{
    /// <summary>Reads a list of blocks.</summary>
    /// <param name="message">Gets what is in them.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="list">The array; anything else but nothing is no content.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="replayed">Calls are history.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int list, TextRole role, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, list))
            return ReadFault.WrongShape;
        if (!tape.Is(list, JsonKind.Array))
            return ReadFault.None;
        ReadFault fault = ReadFault.None;
        for (int block = JsonTape.FirstChild(list); block < tape[list].End && fault == ReadFault.None; block = tape[block].End)
            fault = ReadBlock(message, ref sweep, block, role, replayed, limits);
        return fault;
    }

    private static ReadFault ReadBlock(Message message, ref SegmentSweep sweep, int block, TextRole role, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(block, JsonKind.Object))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int key = JsonTape.FirstChild(block); key < tape[block].End && fault == ReadFault.None; key = tape.Next(key))
            fault = ReadMember(message, ref sweep, block, key, role, replayed, limits);
        return fault;
    }

    private static ReadFault ReadMember(
        Message message, ref SegmentSweep sweep, int block, int key, TextRole role, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int value = key + 1;
        if (tape.KeyEquals(key, "text"u8))
        {
            sweep.Take(value, role);
            return ReadFault.None;
        }
        if (tape.Is(value, JsonKind.Null))
            return ReadFault.None;
        if (tape.KeyEquals(key, "toolUse"u8))
            return ReadToolUse(message, ref sweep, value, replayed, limits);
        if (tape.KeyEquals(key, "toolResult"u8))
            return ReadToolResult(message, ref sweep, value, limits);
        if (tape.KeyEquals(key, "toolAddition"u8) || tape.KeyEquals(key, "toolRemoval"u8))
            return ConverseTools.ReadAddition(message, ref sweep, block);
        if (tape.KeyEquals(key, "reasoningContent"u8))
            return ReadReasoning(message, ref sweep, value);
        if (tape.KeyEquals(key, "guardContent"u8))
            return TakeGuarded(message, ref sweep, value, role) ? ReadFault.None : ReadFault.Ambiguous;
        return ReadOther(message, ref sweep, block, key, role);
    }

    /// <summary>Reads a member that is no call, nor anyone's plain words.</summary>
    private static ReadFault ReadOther(Message message, ref SegmentSweep sweep, int block, int key, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        if (IsMedia(tape, key))
            return TakeMedia(message, ref sweep, key) ? ReadFault.None : ReadFault.Ambiguous;
        if (tape.KeyEquals(key, "citationsContent"u8))
            ConverseCitations.ReadContent(ref sweep, key + 1, role);
        else if (tape.KeyEquals(key, "searchResult"u8))
            ConverseCitations.ReadSearchResult(ref sweep, key + 1);
        else if (tape.KeyEquals(key, "cachePoint"u8))
            sweep.TakeLabels(key + 1);
        else if (KnownKeys.HasVariant(tape, block, BedrockKeys.Block))
            return ReadFault.Ambiguous;
        else if (HasStrangeTool(tape, block))
            return ReadFault.WrongShape;
        return ReadFault.None;
    }

    /// <summary>
    /// Whether an object has a member that is not known here and speaks of tools: a kind of block that is newer than this
    /// reader, and what it calls or offers cannot be said.
    /// </summary>
    public static bool HasStrangeTool(JsonTape tape, int block)
    {
        for (int key = JsonTape.FirstChild(block); key < tape[block].End; key = tape.Next(key))
        {
            bool isKnown = tape.KeyEquals(key, "toolUse"u8) || tape.KeyEquals(key, "toolResult"u8) || tape.KeyEquals(key, "toolAddition"u8)
                || tape.KeyEquals(key, "toolRemoval"u8);
            if (!isKnown && tape.Is(key + 1, JsonKind.Object) && NativeFields.SpeaksOfTools(tape, key))
                return true;
        }
        return false;
    }

    private static ReadFault ReadToolUse(Message message, ref SegmentSweep sweep, int use, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, use, BedrockKeys.ToolUse))
            return ReadFault.Ambiguous;
        int name = tape.Find(use, "name"u8);
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        int input = tape.Find(use, "input"u8);
        message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, name), TextOf(message, sweep.Document, input), sweep.Document, use, replayed));
        sweep.TakeLabel(name);
        sweep.TakeLabel(tape.Find(use, "toolUseId"u8));
        sweep.TakeLabel(tape.Find(use, "type"u8));
        NestedJson.Take(message, ref sweep, input, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }

    private static ReadFault ReadToolResult(Message message, ref SegmentSweep sweep, int result, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, result, BedrockKeys.Message))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(tape.Find(result, "toolUseId"u8));
        sweep.TakeLabel(tape.Find(result, "status"u8));
        sweep.TakeLabel(tape.Find(result, "type"u8));
        return ReadResults(message, ref sweep, tape.Find(result, "content"u8), limits);
    }

    private static ReadFault ReadResults(Message message, ref SegmentSweep sweep, int list, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(list, JsonKind.Array))
            return JsonShape.IsArrayOrAbsent(tape, list) ? ReadFault.None : ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int item = JsonTape.FirstChild(list); item < tape[list].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadResult(message, ref sweep, item, limits);
        return fault;
    }

    private static ReadFault ReadResult(Message message, ref SegmentSweep sweep, int item, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        for (int key = JsonTape.FirstChild(item); key < tape[item].End; key = tape.Next(key))
        {
            if (tape.KeyEquals(key, "text"u8) || tape.KeyEquals(key, "json"u8))
                NestedJson.Take(message, ref sweep, key + 1, TextRole.ToolResult, limits);
            else if (tape.KeyEquals(key, "searchResult"u8))
                ConverseCitations.ReadSearchResult(ref sweep, key + 1);
            else if (IsMedia(tape, key) ? !TakeMedia(message, ref sweep, key) : KnownKeys.HasVariant(tape, item, BedrockKeys.Block))
                return ReadFault.Ambiguous;
        }
        return ReadFault.None;
    }

    private static bool IsMedia(JsonTape tape, int key) =>
        tape.KeyEquals(key, "image"u8) || tape.KeyEquals(key, "document"u8) || tape.KeyEquals(key, "video"u8) || tape.KeyEquals(key, "audio"u8);

    private static bool TakeMedia(Message message, ref SegmentSweep sweep, int key)
    {
        JsonTape tape = sweep.Tape;
        if (tape.KeyEquals(key, "document"u8))
            return ConverseMedia.TakeDocument(message, ref sweep, key + 1);
        OpaqueKind kind = tape.KeyEquals(key, "image"u8) ? OpaqueKind.Image : tape.KeyEquals(key, "video"u8) ? OpaqueKind.Video : OpaqueKind.Audio;
        return ConverseMedia.Take(message, ref sweep, key + 1, kind);
    }

    /// <summary>Reads what a guardrail is to look at: words and pictures of whoever speaks.</summary>
    public static bool TakeGuarded(Message message, ref SegmentSweep sweep, int guarded, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, guarded, BedrockKeys.Block))
            return false;
        int text = tape.Find(guarded, "text"u8);
        sweep.Take(tape.Find(text, "text"u8), role);
        if (tape.Find(text, "qualifiers"u8) is >= 0 and var qualifiers)
            sweep.TakeLabels(qualifiers);
        return ConverseMedia.Take(message, ref sweep, tape.Find(guarded, "image"u8), OpaqueKind.Image);
    }

    private static ReadFault ReadReasoning(Message message, ref SegmentSweep sweep, int reasoning)
    {
        JsonTape tape = sweep.Tape;
        int text = tape.Find(reasoning, "reasoningText"u8);
        if (KnownKeys.HasVariant(tape, reasoning, BedrockKeys.Reasoning) || KnownKeys.HasVariant(tape, text, BedrockKeys.Reasoning))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(text, "text"u8), TextRole.Reasoning);
        Media.TakePayload(message, ref sweep, tape.Find(text, "signature"u8), OpaqueKind.Encrypted);
        Media.TakePayload(message, ref sweep, tape.Find(reasoning, "redactedContent"u8), OpaqueKind.Encrypted);
        return ReadFault.None;
    }

    private static ReadOnlyMemory<byte> TextOf(Message message, int document, int input)
    {
        if (input < 0)
            return default;
        SourceDocument source = message.Documents[document];
        JsonNode node = source.Tape[input];
        return node.Kind == JsonKind.String ? message.Decode(document, input) : source.Bytes.Slice(node.Start, node.Length);
    }
}
