using System.IO.Compression;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Real exchanges with Gemini and Vertex AI, from ../shared/vectors/llm.</summary>
internal sealed record RecordedGemini(string Name, HttpHead RequestHead, byte[] Request, HttpHead ResponseHead, byte[] Response)
{
    public bool IsStream => Header(ResponseHead, "content-type").StartsWith("text/event-stream", StringComparison.Ordinal);

    public string Path => System.Text.Encoding.UTF8.GetString(RequestHead.Path.Span);

    /// <summary>All of them; skips the test where the vectors are missing.</summary>
    public static List<RecordedGemini> All()
    {
        Assert.SkipWhen(SharedFolder.Find("vectors", "llm") is null, "needs ../shared/vectors");
        return [.. ((string[])["gemini", "vertex", "local"]).SelectMany(file => RecordedExchange.Load(file).Where(e => file != "local" || e.Path.Contains("/publishers/google/", StringComparison.Ordinal)).Select(e => Of($"{file}/{e.Name}", e)))];
    }

    private static RecordedGemini Of(string name, RecordedExchange exchange)
    {
        HttpHead request = new HttpHead().Add(":method", exchange.Method).Add(":path", exchange.Path);
        foreach ((string field, string value) in exchange.RequestHeaders)
            request.Add(field.ToLowerInvariant(), value);
        HttpHead response = new HttpHead().Add(":status", exchange.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach ((string field, string value) in exchange.ResponseHeaders)
            response.Add(field.ToLowerInvariant(), value);
        return new RecordedGemini(name, request, exchange.RequestBody, response, Unpacked(exchange.ResponseBody));
    }

    private static string Header(HttpHead head, string name) => System.Text.Encoding.UTF8.GetString(head.First(name).Span);

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
