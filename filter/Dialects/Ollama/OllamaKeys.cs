namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>
/// Keys that decide what is enforced or shown to a model. Ollama reads keys without regard to case (Go's encoding/json), its
/// clients in Python, JavaScript and .NET do not.
/// </summary>
internal static class OllamaKeys
{
    public static readonly byte[][] Request = KnownKeys.Of(
        "model", "name", "source", "destination", "from", "stream", "messages", "tools", "functions", "prompt", "suffix", "system", "template", "context",
        "images", "format", "options", "raw", "input", "think", "keep_alive", "parameters", "license", "files", "adapters", "remote_host", "modelfile", "path",
        "query", "url", "web_search_options");
    public static readonly byte[][] Message = KnownKeys.Of(
        "role", "content", "thinking", "images", "tool_calls", "function_call", "tool_name", "tool_call_id");
    public static readonly byte[][] Answer = KnownKeys.Of(
        "model", "message", "response", "thinking", "tool_calls", "function_call", "image", "context", "logprobs", "done", "done_reason", "error", "status",
        "messages", "system", "template", "modelfile", "license");
}
