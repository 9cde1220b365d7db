using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// What the other side's own tools brought (<c>web_search_tool_result</c>, <c>mcp_tool_result</c> and their kind): each has
/// a shape of its own, and all of it is strangers' text.
/// </summary>
internal static class ToolResults
{
    /// <summary>Reads a result's block.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int block, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(block, "tool_use_id"u8));
        sweep.TakeLabels(tape.Find(block, "caller"u8));
        return ReadValue(message, ref sweep, tape.Find(block, "content"u8), context, limits);
    }

    private static ReadFault ReadValue(Message message, ref SegmentSweep sweep, int value, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(value, JsonKind.Object))
            return ReadObject(message, ref sweep, value, context, limits);
        if (!tape.Is(value, JsonKind.Array))
        {
            NestedJson.Take(message, ref sweep, value, TextRole.ToolResult, limits);
            return ReadFault.None;
        }
        ReadFault fault = ReadFault.None;
        for (int item = JsonTape.FirstChild(value); item < tape[value].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadValue(message, ref sweep, item, context, limits);
        return fault;
    }

    private static ReadFault ReadObject(Message message, ref SegmentSweep sweep, int holder, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, holder, AnthropicKeys.Block))
            return ReadFault.Ambiguous;
        int type = tape.Find(holder, "type"u8);
        if (tape.Is(type, JsonKind.String)
            && BlockKinds.Of(message.Decode(sweep.Document, type).Span) is BlockKind.Text or BlockKind.Image or BlockKind.Document or BlockKind.SearchResult)
            return ContentBlocks.ReadBlock(message, ref sweep, holder, context, limits);
        sweep.TakeLabel(type);
        foreach (int label in (ReadOnlySpan<int>)[tape.Find(holder, "error_code"u8), tape.Find(holder, "stop_reason"u8), tape.Find(holder, "file_type"u8)])
            sweep.TakeLabel(label);
        sweep.TakeLabels(tape.Find(holder, "tool_references"u8));
        sweep.Take(tape.Find(holder, "retrieved_at"u8), TextRole.Metadata);
        sweep.Take(tape.Find(holder, "page_age"u8), TextRole.Metadata);
        sweep.Take(tape.Find(holder, "url"u8), TextRole.Url);
        Media.TakePayload(message, ref sweep, tape.Find(holder, "encrypted_content"u8), OpaqueKind.Encrypted);
        Media.TakePayload(message, ref sweep, tape.Find(holder, "encrypted_stdout"u8), OpaqueKind.Encrypted);
        Media.TakePayload(message, ref sweep, tape.Find(holder, "file_id"u8), OpaqueKind.ServerState);
        ReadFault fault = ReadValue(message, ref sweep, tape.Find(holder, "content"u8), context, limits);
        // Standard output, lines of files, titles: whatever else it is called.
        NestedJson.Take(message, ref sweep, holder, TextRole.ToolResult, limits);
        return fault;
    }
}
