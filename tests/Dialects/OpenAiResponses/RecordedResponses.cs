using System.IO.Compression;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>Real exchanges of the Responses API, from ../shared/vectors/llm.</summary>
internal sealed record RecordedResponse(string Name, string Method, string Path, byte[] Request, int Status, string ContentType, byte[] Answer)
{
    private static readonly string[] Providers = ["openai", "azure-openai", "deepseek", "openrouter", "local"];

    public bool IsStream => ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>All of them; skips the test where the vectors are missing.</summary>
    public static List<RecordedResponse> All()
    {
        Assert.SkipWhen(SharedFolder.Find("vectors", "llm") is null, "needs ../shared/vectors");
        return [.. Providers.SelectMany(provider => RecordedExchange.Load(provider).Where(IsOurs).Select(e => Of(provider, e)))];
    }

    private static bool IsOurs(RecordedExchange exchange) =>
        exchange.Path.Contains("/responses", StringComparison.Ordinal) || exchange.Path.Contains("/conversations", StringComparison.Ordinal);

    private static RecordedResponse Of(string provider, RecordedExchange exchange) => new(
        $"{provider}/{exchange.Name}", exchange.Method, exchange.Path.Split('?')[0], exchange.RequestBody, exchange.Status,
        exchange.ResponseHeaders.FirstOrDefault(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value?.Trim('[', ']', '"') ?? "",
        Unpacked(exchange.ResponseBody));

    private static byte[] Unpacked(byte[] bytes)
    {
        if (bytes is not [0x1F, 0x8B, ..])
            return bytes;
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
