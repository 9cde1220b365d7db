namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Keys that decide what is enforced or shown to a model.</summary>
internal static class CohereKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "model", "stream", "messages", "message", "chat_history", "preamble", "preamble_override", "conversation_id", "tools", "tool_results", "tool_choice", "connectors",
        "documents", "prompt", "preset", "texts", "images", "inputs", "query", "text", "tokens", "examples", "additional_command", "response_format");
    public static readonly byte[][] Turn = KnownKeys.Of("tool_plan", "citations", "document", "message");
    public static readonly byte[][] History = KnownKeys.Of("role", "message", "tool_calls", "tool_results");
    public static readonly byte[][] Tool = KnownKeys.Of("name", "description", "parameter_definitions", "function", "type");
    public static readonly byte[][] Call = KnownKeys.Of("name", "parameters", "function", "arguments");
    public static readonly byte[][] Result = KnownKeys.Of("call", "outputs");
    public static readonly byte[][] Connector = KnownKeys.Of("id", "options");
    public static readonly byte[][] Answer = KnownKeys.Of(
        "message", "text", "tool_calls", "chat_history", "generations", "citations", "documents", "search_results", "search_queries", "summary", "response", "event_type", "type",
        "index", "delta", "tool_call_delta", "choices", "finish_reason", "err");
    public static readonly byte[][] CallDelta = KnownKeys.Of("name", "index", "parameters", "text");
    public static readonly byte[][] Delta = KnownKeys.Of("message", "finish_reason", "error");
}
