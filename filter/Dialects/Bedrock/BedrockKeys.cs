namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Keys of Bedrock's own bodies that decide what is enforced or shown to a model.</summary>
internal static class BedrockKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "messages", "system", "toolConfig", "tools", "additionalModelRequestFields", "promptVariables", "modelId", "input", "modelInput", "content");

    public static readonly byte[][] Message = KnownKeys.Of("role", "content");

    public static readonly byte[][] Block = KnownKeys.Of(
        "text", "image", "document", "video", "audio", "toolUse", "toolResult", "guardContent", "reasoningContent", "citationsContent", "searchResult",
        "toolAddition", "toolRemoval", "cachePoint", "json", "input", "source", "bytes", "content");

    public static readonly byte[][] Reasoning = KnownKeys.Of("reasoningText", "redactedContent", "text", "signature");

    public static readonly byte[][] ToolUse = KnownKeys.Of("toolUseId", "name", "input", "type");

    public static readonly byte[][] ToolConfig = KnownKeys.Of("tools", "toolChoice");

    public static readonly byte[][] Tool = KnownKeys.Of("toolSpec", "systemTool", "cachePoint", "name", "description", "inputSchema", "type", "serverName", "tool");

    public static readonly byte[][] Response = KnownKeys.Of("output", "message", "stopReason", "content", "outputs");

    public static readonly byte[][] Event = KnownKeys.Of(
        "contentBlockIndex", "start", "delta", "stopReason", "role", "text", "toolUse", "toolResult", "reasoningContent", "citation", "image");
}
