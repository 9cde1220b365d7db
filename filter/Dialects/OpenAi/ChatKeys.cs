namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Keys of chat completions that decide what is enforced or shown to a model.</summary>
internal static class ChatKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "messages", "tools", "tool_choice", "functions", "function_call", "model", "models", "stream", "prompt", "n", "web_search_options");
    public static readonly byte[][] Message = KnownKeys.Of("role", "content", "tool_calls", "function_call", "name", "tool_call_id", "refusal", "audio");
    public static readonly byte[][] Part = KnownKeys.Of(
        "type", "text", "image_url", "video_url", "audio_url", "document_url", "file_url", "input_audio", "file", "url", "data", "file_data", "file_id", "source");
    public static readonly byte[][] Tool = KnownKeys.Of("type", "function", "custom", "name", "description", "parameters", "server_url");
    public static readonly byte[][] Call = KnownKeys.Of("id", "type", "index", "function", "custom", "name", "arguments", "input");
    public static readonly byte[][] Response = KnownKeys.Of("choices", "error");
    public static readonly byte[][] Choice = KnownKeys.Of("index", "message", "delta", "finish_reason", "text");
}
