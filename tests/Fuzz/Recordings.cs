using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>Bodies recorded from live APIs, and MCP's own examples, as inputs to begin with; none where the vectors are missing.</summary>
public static class Recordings
{
    private const int Longest = 6 << 10;
    private const int MostOfEach = 40;

    private static readonly Dictionary<string, (string[] Providers, string[] Before)> Targets = new()
    {
        ["json"] = (["openai", "gemini", "bedrock"], [""]),
        ["sse"] = (["openai", "anthropic", "openrouter"], [""]),
        ["line"] = (["ollama", "cohere"], [""]),
        ["ollama"] = (["ollama"], [""]),
        ["cohere"] = (["cohere", "writer"], [""]),
        ["a2a"] = (["mcp"], [""]),
        ["mcp"] = (["mcp", "MCP"], ["0", "1", "2"]),
        ["gemini"] = (["gemini", "vertex"], [""]),
        ["bedrock"] = (["bedrock"], [""]),
        ["anthropic"] = (["anthropic"], [""]),
        ["openai-responses"] = (["openai", "azure-openai", "deepseek"], [""]),
        ["openai"] = (["openai", "groq", "mistral", "huggingface", "snowflake", "voyage", "local"], ["0", "1", "2"]),
    };

    /// <summary>Inputs of a target: request bodies, answers, streams; each behind what the target's inputs begin with.</summary>
    public static IReadOnlyList<byte[]> For(string target)
    {
        if (!Targets.TryGetValue(target, out (string[] Providers, string[] Before) found))
            return [];
        IEnumerable<byte[]> bodies = found.Providers.SelectMany(Bodies).Where(b => b.Length is > 0 and < Longest).Take(MostOfEach * found.Providers.Length);
        return [.. from body in bodies from before in found.Before select (byte[])[.. System.Text.Encoding.ASCII.GetBytes(before), .. body]];
    }

    private static IEnumerable<byte[]> Bodies(string provider)
    {
        if (provider != "MCP")
            return RecordedExchange.Load(provider).SelectMany(r => (byte[][])[r.RequestBody, r.ResponseBody]);
        return SharedFolder.Find("vectors", "mcp", "2026-07-28", "examples") is { } folder
            ? Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];
    }
}
