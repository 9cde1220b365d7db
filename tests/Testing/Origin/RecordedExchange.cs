using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Testing.Origin;

/// <summary>One request and response recorded from a provider's live API (<c>../shared/vectors/llm</c>).</summary>
/// <param name="Name">The recording's name.</param>
/// <param name="Method">The request's method, upper case.</param>
/// <param name="Host">The provider's host.</param>
/// <param name="Path">Path and query.</param>
/// <param name="RequestHeaders">The request's headers.</param>
/// <param name="RequestBody">The request's body.</param>
/// <param name="Status">The response's status.</param>
/// <param name="ResponseHeaders">The response's headers.</param>
/// <param name="ResponseBody">The response's body.</param>
public sealed record RecordedExchange(
    string Name, string Method, string Host, string Path,
    IReadOnlyList<KeyValuePair<string, string>> RequestHeaders, byte[] RequestBody,
    int Status, IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders, byte[] ResponseBody)
{
    /// <summary>The response as an origin gives it, with its length.</summary>
    public OriginAnswer Answer => new() { Status = Status, Headers = ResponseHeaders, Body = [new(ResponseBody)], ContentLength = true };

    /// <summary>The recordings of one provider, or none where the vectors are missing.</summary>
    /// <param name="provider">The file's name without its ending, e.g. <c>openai</c>.</param>
    public static IReadOnlyList<RecordedExchange> Load(string provider) =>
        SharedFolder.Find("vectors", "llm", provider + ".jsonl") is { } file ? [.. File.ReadLines(file).Select(Parse)] : [];

    private static RecordedExchange Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        JsonElement request = document.RootElement.GetProperty("request"), response = document.RootElement.GetProperty("response");
        return new RecordedExchange(
            document.RootElement.GetProperty("name").GetString()!,
            request.GetProperty("method").GetString()!.ToUpperInvariant(),
            request.GetProperty("host").GetString()!,
            request.GetProperty("path").GetString()!,
            Headers(request), Body(request),
            response.GetProperty("status").GetInt32(),
            Headers(response), Body(response));
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Headers(JsonElement message) =>
        [.. message.GetProperty("headers").EnumerateObject().Select(h => new KeyValuePair<string, string>(h.Name, h.Value.ToString()))];

    private static byte[] Body(JsonElement message) =>
        message.TryGetProperty("body_base64", out JsonElement base64) ? base64.GetBytesFromBase64()
        : message.TryGetProperty("body", out JsonElement text) ? Encoding.UTF8.GetBytes(text.GetString()!) : [];
}
