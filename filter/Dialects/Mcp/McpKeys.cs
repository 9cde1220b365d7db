namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Keys of MCP, all versions together, that decide what is enforced or what reaches a model.</summary>
internal static class McpKeys
{
    public static readonly byte[][] Request = KnownKeys.Of("method", "params");

    public static readonly byte[][] Params = KnownKeys.Of(
        "_meta", "name", "arguments", "uri", "url", "message", "data", "messages", "systemPrompt", "tools", "toolChoice", "requestedSchema",
        "inputRequests", "inputResponses", "requestState", "taskId", "task", "result", "error", "statusMessage", "mode", "clientInfo");

    public static readonly byte[][] Result = KnownKeys.Of(
        "_meta", "tools", "content", "structuredContent", "contents", "messages", "prompts", "resources", "resourceTemplates", "completion",
        "description", "instructions", "serverInfo", "inputRequests", "requestState", "role", "roots", "result", "error", "task", "taskId",
        "resultType", "cacheScope", "statusMessage", "tasks", "ttlMs");

    public static readonly byte[][] Tool = KnownKeys.Of("name", "title", "description", "inputSchema", "outputSchema", "annotations", "icons", "_meta");

    public static readonly byte[][] Block = KnownKeys.Of(
        "type", "text", "data", "blob", "uri", "resource", "name", "title", "description", "mimeType", "input", "content", "structuredContent", "_meta");

    public static readonly byte[][] Turn = KnownKeys.Of("role", "content", "_meta");

    public static readonly byte[][] Meta = KnownKeys.Of(
        "io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientInfo", "io.modelcontextprotocol/serverInfo",
        "io.modelcontextprotocol/clientCapabilities", "io.modelcontextprotocol/logLevel", "io.modelcontextprotocol/subscriptionId",
        "io.modelcontextprotocol/related-task", "io.modelcontextprotocol/model-immediate-response");
}
