using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What a message says: a string, or a list of content blocks.</summary>
internal static class ContentBlocks
{
    /// <summary>Reads content in either form; none at all is no content.</summary>
    /// <param name="message">Gets segments, calls, declarations and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="content">Its node; -1 for none.</param>
    /// <param name="context">Where it stands.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int content, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (content < 0 || tape.Is(content, JsonKind.Null))
            return ReadFault.None;
        if (tape.Is(content, JsonKind.String))
        {
            TakeText(message, ref sweep, content, context, limits);
            return ReadFault.None;
        }
        if (!tape.Is(content, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int block = JsonTape.FirstChild(content); block < tape[content].End && fault == ReadFault.None; block = tape[block].End)
            fault = ReadBlock(message, ref sweep, block, context, limits);
        return fault;
    }

    /// <summary>Reads one block.</summary>
    public static ReadFault ReadBlock(Message message, ref SegmentSweep sweep, int block, in BlockContext context, in JsonLimits limits)
    {
        ReadFault fault = ReadType(message, ref sweep, block, out BlockKind kind);
        if (fault != ReadFault.None)
            return fault;
        JsonTape tape = sweep.Tape;
        switch (kind)
        {
            case BlockKind.Text:
                TakeText(message, ref sweep, tape.Find(block, "text"u8), context, limits);
                Citations.Read(message, ref sweep, tape.Find(block, "citations"u8));
                return ReadFault.None;
            case BlockKind.Image:
                return ContentSources.Read(message, ref sweep, tape.Find(block, "source"u8), OpaqueKind.Image, context, limits);
            case BlockKind.Document:
                sweep.Take(tape.Find(block, "title"u8), context.Title);
                sweep.Take(tape.Find(block, "context"u8), context.Attached);
                return ContentSources.Read(message, ref sweep, tape.Find(block, "source"u8), OpaqueKind.File, context, limits);
            case BlockKind.SearchResult:
                sweep.Take(tape.Find(block, "title"u8), context.Title);
                sweep.Take(tape.Find(block, "source"u8), TextRole.Url);
                return Read(message, ref sweep, tape.Find(block, "content"u8), context.InDocument, limits);
            case BlockKind.Thinking:
                sweep.Take(tape.Find(block, "thinking"u8), TextRole.Reasoning, context.Channel);
                TakeSignature(message, ref sweep, tape.Find(block, "signature"u8));
                return ReadFault.None;
            case BlockKind.RedactedThinking:
                Media.TakePayload(message, ref sweep, tape.Find(block, "data"u8), OpaqueKind.Encrypted);
                return ReadFault.None;
            case BlockKind.ClientToolUse or BlockKind.ServerToolUse:
                return ToolUses.Read(message, ref sweep, block, context, limits);
            case BlockKind.ClientToolResult:
                sweep.TakeLabel(tape.Find(block, "tool_use_id"u8));
                sweep.TakeLabel(tape.Find(block, "toolset_name"u8));
                return Read(message, ref sweep, tape.Find(block, "content"u8), context.InResult, limits);
            case BlockKind.ServerToolResult:
                return ToolResults.Read(message, ref sweep, block, context.InResult, limits);
            default:
                return ReadRare(message, ref sweep, block, kind, context, limits);
        }
    }

    /// <summary>Reads what a block says it is.</summary>
    /// <returns>A fault where no reader can be sure which block it is.</returns>
    public static ReadFault ReadType(Message message, ref SegmentSweep sweep, int block, out BlockKind kind)
    {
        JsonTape tape = sweep.Tape;
        kind = BlockKind.Other;
        if (!tape.Is(block, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, block, AnthropicKeys.Block))
            return ReadFault.Ambiguous;
        int type = tape.Find(block, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        kind = BlockKinds.Of(message.Decode(sweep.Document, type).Span);
        sweep.TakeLabel(type);
        sweep.TakeLabels(tape.Find(block, "cache_control"u8));
        return ReadFault.None;
    }

    /// <summary>
    /// Takes the signature of a thinking block: the provider's holds the thinking itself, encrypted. What is as short as a label
    /// holds nothing (vLLM signs with a random number).
    /// </summary>
    public static void TakeSignature(Message message, ref SegmentSweep sweep, int signature)
    {
        sweep.TakeLabel(signature);
        if (signature >= 0 && !sweep.IsTaken(signature))
            Media.TakePayload(message, ref sweep, signature, OpaqueKind.Encrypted);
    }

    private static ReadFault ReadRare(Message message, ref SegmentSweep sweep, int block, BlockKind kind, in BlockContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        switch (kind)
        {
            case BlockKind.ContainerUpload:
                Media.TakePayload(message, ref sweep, tape.Find(block, "file_id"u8), OpaqueKind.ServerState);
                return ReadFault.None;
            case BlockKind.Compaction:
                sweep.Take(tape.Find(block, "content"u8), TextRole.Assistant, context.Channel);
                Media.TakePayload(message, ref sweep, tape.Find(block, "encrypted_content"u8), OpaqueKind.Encrypted);
                Media.TakePayload(message, ref sweep, tape.Find(block, "signature"u8), OpaqueKind.Encrypted);
                return Read(message, ref sweep, tape.Find(block, "tool_changes"u8), context with { Channel = -1 }, limits);
            case BlockKind.ToolAddition:
                return ToolChanges.ReadAddition(message, ref sweep, block, context);
            case BlockKind.ToolRemoval:
                sweep.TakeLabels(tape.Find(block, "tool"u8));
                return ReadFault.None;
            case BlockKind.ToolListing:
                sweep.TakeLabel(tape.Find(block, "mcp_server_name"u8));
                return McpTools.ReadListing(message, ref sweep, tape.Find(block, "tools"u8), context.IsRequest);
            case BlockKind.ToolReference:
                sweep.TakeLabel(tape.Find(block, "tool_name"u8));
                return ReadFault.None;
            case BlockKind.Fallback:
                sweep.TakeLabels(block);
                return ReadFault.None;
            case BlockKind.BrowserState:
                sweep.TakeAll(block, TextRole.ToolResult);
                return ReadFault.None;
            default:
                // A call of a kind that is new to us is a call.
                return tape.Is(tape.Find(block, "name"u8), JsonKind.String) && tape.Find(block, "input"u8) >= 0
                    ? ToolUses.Read(message, ref sweep, block, context, limits)
                    : ReadFault.None;
        }
    }

    private static void TakeText(Message message, ref SegmentSweep sweep, int node, in BlockContext context, in JsonLimits limits)
    {
        // Tools return JSON more often than not: what is edited in it must leave it JSON.
        if (context.Role == TextRole.ToolResult)
            NestedJson.Take(message, ref sweep, node, context.Role, limits);
        else
            sweep.Take(node, context.Role, context.Channel);
    }
}
