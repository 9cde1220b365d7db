using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>
/// What is put to a model outside a chat: one text, several, token numbers in their place, parts of text and pictures, or whole
/// conversations.
/// </summary>
internal static class TextInputs
{
    private const int MaxDepth = 4;

    /// <summary>Reads a member in any of these forms.</summary>
    /// <param name="message">Gets segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="node">The member; -1 and null are nothing.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    /// <returns><see cref="ReadFault.WrongShape"/> for anything but these forms.</returns>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits) =>
        Read(message, ref sweep, node, role, limits, 0);

    private static ReadFault Read(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits, int depth)
    {
        JsonTape tape = sweep.Tape;
        if (node < 0)
            return ReadFault.None;
        switch (tape[node].Kind)
        {
            case JsonKind.Null:
                return ReadFault.None;
            case JsonKind.String:
                sweep.Take(node, role);
                return ReadFault.None;
            case JsonKind.Object:
                return ReadPart(message, ref sweep, node, role, limits);
            case JsonKind.Array when depth < MaxDepth:
                return ReadList(message, ref sweep, node, role, limits, depth);
            default:
                return ReadFault.WrongShape;
        }
    }

    private static ReadFault ReadList(Message message, ref SegmentSweep sweep, int list, TextRole role, in JsonLimits limits, int depth)
    {
        JsonTape tape = sweep.Tape;
        int first = JsonTape.FirstChild(list);
        if (first < tape[list].End && tape[first].Kind == JsonKind.Number)
            return ReadTokens(message, sweep, list);
        ReadFault fault = ReadFault.None;
        for (int entry = first; entry < tape[list].End && fault == ReadFault.None; entry = tape[entry].End)
            fault = Read(message, ref sweep, entry, role, limits, depth + 1);
        return fault;
    }

    private static ReadFault ReadTokens(Message message, in SegmentSweep sweep, int list)
    {
        JsonTape tape = sweep.Tape;
        for (int token = JsonTape.FirstChild(list); token < tape[list].End; token = tape[token].End)
        {
            if (tape[token].Kind != JsonKind.Number)
                return ReadFault.WrongShape;
        }
        message.Opaque.Add(new OpaquePart(OpaqueKind.TokenIds, sweep.Document, tape[list].Start, tape[list].Length));
        return ReadFault.None;
    }

    /// <summary>
    /// Reads an object: an item of Aleph Alpha's prompts, a message of a conversation, a part with a type as in chat, a part of
    /// Jina's that is named by its member, Voyage's list of parts, or a document with fields of any name.
    /// </summary>
    private static ReadFault ReadPart(Message message, ref SegmentSweep sweep, int part, TextRole role, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (AlephAlpha.IsItem(tape, part))
            return AlephAlpha.ReadItem(message, ref sweep, part, role);
        if (KnownKeys.HasVariant(tape, part, LegacyKeys.Part))
            return ReadFault.Ambiguous;
        if (tape.Find(part, "role"u8) >= 0)
            return ChatRequest.ReadMessage(message, ref sweep, part, limits);
        TakePicture(message, ref sweep, tape.Find(part, "image"u8));
        ReadFault fault = ChatContent.Read(message, ref sweep, tape.Find(part, "content"u8), role, TurnChannels.None, limits);
        if (fault == ReadFault.None)
            fault = ChatContent.ReadPart(message, ref sweep, part, role, TurnChannels.None, limits);
        sweep.TakeAll(part, role);
        return fault;
    }

    private static void TakePicture(Message message, ref SegmentSweep sweep, int picture)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(picture, JsonKind.String) && (tape.Raw(picture).StartsWith("http"u8) || tape.Raw(picture).StartsWith("data:"u8)))
            Media.TakeAddress(message, ref sweep, picture, OpaqueKind.Image);
        else
            Media.TakePayload(message, ref sweep, picture, OpaqueKind.Image);
    }
}
