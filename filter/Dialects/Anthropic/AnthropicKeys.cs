namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Keys of the Messages API that decide what is enforced or shown to a model.</summary>
internal static class AnthropicKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "model", "messages", "system", "tools", "tool_choice", "mcp_servers", "stream", "container", "thread", "fallbacks",
        "context_management", "compaction", "output_config", "output_format", "prompt", "requests", "anthropic_version", "anthropic_beta");
    public static readonly byte[][] BatchItem = KnownKeys.Of("custom_id", "params");
    public static readonly byte[][] Message = KnownKeys.Of("role", "content");
    public static readonly byte[][] Block = KnownKeys.Of(
        "type", "text", "source", "title", "context", "content", "name", "input", "id", "tool_use_id", "tool", "tools", "thinking", "signature",
        "data", "server_name", "mcp_server_name", "toolset_name", "file_id", "citations", "tool_changes", "encrypted_content", "tool_name", "tool_references",
        "url", "definition");
    public static readonly byte[][] Source = KnownKeys.Of("type", "data", "url", "file_id", "content", "media_type");
    public static readonly byte[][] Tool = KnownKeys.Of(
        "type", "name", "description", "input_schema", "mcp_server_name", "configs", "default_config", "tools", "model", "enabled", "function");
    public static readonly byte[][] Server = KnownKeys.Of("type", "url", "name", "tool_configuration", "enabled", "allowed_tools");
    public static readonly byte[][] Choice = KnownKeys.Of("type", "name");
    public static readonly byte[][] Response = KnownKeys.Of("type", "role", "content", "completion", "error", "stop_reason", "data", "result");
    public static readonly byte[][] Event = KnownKeys.Of("type", "index", "message", "content_block", "delta", "error");
    public static readonly byte[][] Delta = KnownKeys.Of(
        "type", "text", "thinking", "signature", "citation", "partial_json", "content", "encrypted_content", "stop_reason", "stop_details");
}
