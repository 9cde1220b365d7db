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

    /// <summary>Types of items that decide what is enforced. Those of calls are besides all that end in <c>_call</c>.</summary>
    public static readonly byte[][] ItemTypes = KnownKeys.Of(
        "message", "agent_message", "reasoning", "item_reference", "compaction", "additional_tools", "tool_search_output", "configuration_update", "program",
        "function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output", "computer_call", "computer_call_output", "mcp_call",
        "mcp_list_tools", "mcp_approval_request", "mcp_approval_response", "shell_call", "local_shell_call", "apply_patch_call", "tool_search_call",
        "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "multi_agent_call");
}
