namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What a content block is, by its <c>type</c>: servers and clients go by nothing else.</summary>
internal enum BlockKind : byte
{
    /// <summary>None that is known here.</summary>
    Other,
    Text,
    Image,
    Document,
    SearchResult,
    Thinking,
    RedactedThinking,

    /// <summary><c>tool_use</c>: the client is to run it.</summary>
    ClientToolUse,

    /// <summary><c>server_tool_use</c>, <c>mcp_tool_use</c> and any other that ends so: the other side runs it.</summary>
    ServerToolUse,

    /// <summary><c>tool_result</c>: the client ran it.</summary>
    ClientToolResult,

    /// <summary>Any other type that ends in <c>tool_result</c>: the other side ran it.</summary>
    ServerToolResult,
    ContainerUpload,
    Compaction,
    ToolAddition,
    ToolRemoval,
    ToolListing,
    ToolReference,
    Fallback,
    BrowserState,
}

/// <summary>Reads <see cref="BlockKind"/>.</summary>
internal static class BlockKinds
{
    /// <summary>The kind a type names, compared exactly.</summary>
    /// <param name="type">The decoded <c>type</c>.</param>
    public static BlockKind Of(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("text"u8))
            return BlockKind.Text;
        if (type.SequenceEqual("tool_use"u8))
            return BlockKind.ClientToolUse;
        if (type.SequenceEqual("tool_result"u8))
            return BlockKind.ClientToolResult;
        if (type.SequenceEqual("thinking"u8))
            return BlockKind.Thinking;
        if (type.SequenceEqual("redacted_thinking"u8))
            return BlockKind.RedactedThinking;
        if (type.SequenceEqual("image"u8))
            return BlockKind.Image;
        if (type.SequenceEqual("document"u8))
            return BlockKind.Document;
        if (type.SequenceEqual("search_result"u8))
            return BlockKind.SearchResult;
        if (type.EndsWith("_tool_use"u8))
            return BlockKind.ServerToolUse;
        if (type.EndsWith("_tool_result"u8))
            return BlockKind.ServerToolResult;
        return OfRare(type);
    }

    private static BlockKind OfRare(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("container_upload"u8))
            return BlockKind.ContainerUpload;
        if (type.SequenceEqual("compaction"u8))
            return BlockKind.Compaction;
        if (type.SequenceEqual("tool_addition"u8))
            return BlockKind.ToolAddition;
        if (type.SequenceEqual("tool_removal"u8))
            return BlockKind.ToolRemoval;
        if (type.SequenceEqual("mcp_tool_listing"u8))
            return BlockKind.ToolListing;
        if (type.SequenceEqual("tool_reference"u8))
            return BlockKind.ToolReference;
        if (type.SequenceEqual("fallback"u8))
            return BlockKind.Fallback;
        return type.SequenceEqual("browser_state"u8) ? BlockKind.BrowserState : BlockKind.Other;
    }
}
