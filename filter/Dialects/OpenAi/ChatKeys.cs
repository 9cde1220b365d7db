namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Keys of chat completions that decide what is enforced or shown to a model.</summary>
internal static class ChatKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "messages", "tools", "tool_choice", "functions", "function_call", "model", "models", "stream", "prompt", "n", "web_search_options",
        "plugins", "search_parameters", "enable_search", "web_search", "enable_enhancement", "compound_custom", "agent_id", "preset", "documents", "chat_template");
    public static readonly byte[][] Message = KnownKeys.Of("role", "content", "tool_calls", "function_call", "name", "tool_call_id", "refusal", "audio", "executed_tools");
    public static readonly byte[][] Part = KnownKeys.Of(
        "type", "text", "image_url", "video_url", "audio_url", "document_url", "file_url", "input_audio", "file", "url", "data", "file_data", "file_id", "source");
    public static readonly byte[][] Tool = KnownKeys.Of("type", "function", "custom", "name", "description", "parameters", "server_url");
    public static readonly byte[][] HeldByProvider = KnownKeys.Of("graph_ids", "library_ids", "knowledge_id", "vector_store_ids", "connector_id", "file_ids");
    public static readonly byte[][] Plugin = KnownKeys.Of("id", "enabled", "model", "models", "allowed_models", "analysis_models");
    public static readonly byte[][] PluginModels = KnownKeys.Of("model", "models", "allowed_models", "analysis_models");
    public static readonly byte[][] Call = KnownKeys.Of("id", "type", "index", "function", "custom", "name", "arguments", "input");
    public static readonly byte[][] Response = KnownKeys.Of("choices", "error");
    public static readonly byte[][] Choice = KnownKeys.Of("index", "message", "delta", "finish_reason", "text");
}
