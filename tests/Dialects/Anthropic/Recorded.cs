using System.IO.Compression;
using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Real exchanges with Anthropic's API, from ../shared/vectors/llm.</summary>
internal static class Recorded
{
    /// <summary>All of them; skips the test where the vectors are missing.</summary>
    public static IReadOnlyList<RecordedExchange> All()
    {
        Assert.SkipWhen(SharedFolder.Find("vectors", "llm") is null, "needs ../shared/vectors");
        return RecordedExchange.Load("anthropic");
    }

    public static string PathOf(RecordedExchange exchange) => exchange.Path.Split('?')[0];

    public static string RequestTypeOf(RecordedExchange exchange) => Header(exchange.RequestHeaders, "content-type");

    public static string ResponseTypeOf(RecordedExchange exchange) => Header(exchange.ResponseHeaders, "content-type");

    public static bool IsStream(RecordedExchange exchange) => ResponseTypeOf(exchange).StartsWith("text/event-stream", StringComparison.Ordinal);

    /// <summary>The response's body, unpacked.</summary>
    public static byte[] AnswerOf(RecordedExchange exchange)
    {
        byte[] bytes = exchange.ResponseBody;
        if (bytes is not [0x1F, 0x8B, ..])
            return bytes;
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static string Header(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        foreach ((string key, string value) in headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value.Trim('[', ']', '"');
        }
        return "";
    }
}
