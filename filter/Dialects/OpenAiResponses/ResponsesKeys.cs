namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>Keys of the Responses API that decide what is enforced or shown to a model.</summary>
internal static class ResponsesKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "input", "instructions", "tools", "tool_choice", "model", "models", "stream", "prompt", "previous_response_id", "conversation", "plugins",
        "multi_agent", "items", "messages", "functions", "function_call", "inputs", "agent_id", "web_search_options");
    public static readonly byte[][] Item = KnownKeys.Of(
        "type", "id", "role", "content", "name", "namespace", "server_label", "arguments", "input", "function", "output", "result", "tools", "summary",
        "encrypted_content", "approve", "approval_request_id", "action", "actions", "operation", "code", "queries");
    public static readonly byte[][] Tool = KnownKeys.Of(
        "type", "name", "function", "custom", "description", "parameters", "tools", "server_label", "server_url", "connector_id", "tunnel_id",
        "allowed_tools", "tool_names", "container", "environment", "vector_store_ids", "model");
    public static readonly byte[][] Choice = KnownKeys.Of("type", "name", "mode", "tools", "server_label", "function", "custom", "allowed_tools");
    public static readonly byte[][] Prompt = KnownKeys.Of("id", "variables", "version");
    public static readonly byte[][] Response = KnownKeys.Of("output", "error", "data", "type", "response", "item");
    public static readonly byte[][] Event = KnownKeys.Of(
        "type", "response", "item", "part", "delta", "text", "refusal", "arguments", "input", "code", "command", "output", "output_index", "content_index",
        "summary_index", "command_index", "item_id", "name");
}
