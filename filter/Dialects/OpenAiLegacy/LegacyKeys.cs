using EnvoyExtAuthz.Dialects.OpenAi;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>Keys of the endpoints beside chat that decide what is enforced or read.</summary>
internal static class LegacyKeys
{
    public static readonly byte[][] Completion = [.. ChatKeys.Request, .. KnownKeys.Of("suffix", "input")];
    public static readonly byte[][] Item = KnownKeys.Of("type", "data", "controls");
    public static readonly byte[][] Input = KnownKeys.Of("input", "inputs", "prompt", "model", "messages", "query", "documents", "texts", "instruction", "tools");
    public static readonly byte[][] Part = KnownKeys.Of("text", "content", "image", "type", "role", "image_base64", "image_url");
    public static readonly byte[][] Response = KnownKeys.Of("data", "results", "error", "object", "model");
}
