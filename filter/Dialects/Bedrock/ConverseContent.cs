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
        if (KnownKeys.HasVariant(tape, block, BedrockKeys.Block))
            return ReadFault.Ambiguous;
        if (HasStrangeTool(tape, block))
            return ReadFault.WrongShape;
        sweep.Take(tape.Find(block, "text"u8), role);
        sweep.TakeLabels(tape.Find(block, "cachePoint"u8));
        ReadReasoning(message, ref sweep, tape.Find(block, "reasoningContent"u8));
        ConverseCitations.ReadContent(ref sweep, tape.Find(block, "citationsContent"u8), role);
        ConverseCitations.ReadSearchResult(ref sweep, tape.Find(block, "searchResult"u8));
        if (!TakeMedia(message, ref sweep, block) || !TakeGuarded(message, ref sweep, tape.Find(block, "guardContent"u8), role))
            return ReadFault.Ambiguous;
        ReadFault fault = ReadToolUse(message, ref sweep, JsonShape.Present(tape, block, "toolUse"u8), replayed, limits);
        if (fault == ReadFault.None)
            fault = ReadToolResult(message, ref sweep, JsonShape.Present(tape, block, "toolResult"u8), limits);
        return fault != ReadFault.None ? fault : ConverseTools.ReadAddition(message, ref sweep, block);
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
        if (use < 0)
            return ReadFault.None;
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
        if (result < 0)
            return ReadFault.None;
        if (KnownKeys.HasVariant(tape, result, BedrockKeys.Block))
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
        for (int item = JsonTape.FirstChild(list); item < tape[list].End; item = tape[item].End)
        {
            if (KnownKeys.HasVariant(tape, item, BedrockKeys.Block) || !TakeMedia(message, ref sweep, item))
                return ReadFault.Ambiguous;
            NestedJson.Take(message, ref sweep, tape.Find(item, "text"u8), TextRole.ToolResult, limits);
            NestedJson.Take(message, ref sweep, tape.Find(item, "json"u8), TextRole.ToolResult, limits);
            ConverseCitations.ReadSearchResult(ref sweep, tape.Find(item, "searchResult"u8));
        }
        return ReadFault.None;
    }

    private static bool TakeMedia(Message message, ref SegmentSweep sweep, int block)
    {
        JsonTape tape = sweep.Tape;
        return ConverseMedia.Take(message, ref sweep, tape.Find(block, "image"u8), OpaqueKind.Image)
            && ConverseMedia.Take(message, ref sweep, tape.Find(block, "video"u8), OpaqueKind.Video)
            && ConverseMedia.Take(message, ref sweep, tape.Find(block, "audio"u8), OpaqueKind.Audio)
            && ConverseMedia.TakeDocument(message, ref sweep, tape.Find(block, "document"u8));
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

    private static void ReadReasoning(Message message, ref SegmentSweep sweep, int reasoning)
    {
        JsonTape tape = sweep.Tape;
        int text = tape.Find(reasoning, "reasoningText"u8);
        sweep.Take(tape.Find(text, "text"u8), TextRole.Reasoning);
        Media.TakePayload(message, ref sweep, tape.Find(text, "signature"u8), OpaqueKind.Encrypted);
        Media.TakePayload(message, ref sweep, tape.Find(reasoning, "redactedContent"u8), OpaqueKind.Encrypted);
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
