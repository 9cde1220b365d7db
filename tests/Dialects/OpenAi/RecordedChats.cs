using System.IO.Compression;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Real chat exchanges of many providers, from ../shared/vectors/llm.</summary>
internal sealed record RecordedChat(string Name, string Path, byte[] Request, int Status, string ContentType, byte[] Response)
{
    public string Provider => Name.Split('/')[0];

    public bool IsStream => ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Requests that are no JSON: commas before a closing bracket, which Writer's API accepts. They are refused.</summary>
    public static string[] NotStrict { get; } = ["writer/test_writer_async_chat_tool_calls_legacy#0"];

    /// <summary>All chat exchanges but those; skips the test where the vectors are missing.</summary>
    public static List<RecordedChat> All()
    {
        string? folder = SharedFolder.Find("vectors", "llm");
        Assert.SkipWhen(folder is null, "needs ../shared/vectors");
        var chats = new List<RecordedChat>();
        foreach (string file in Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal))
        {
            foreach (string line in File.ReadLines(file))
            {
                using JsonDocument document = JsonDocument.Parse(line);
                JsonElement request = document.RootElement.GetProperty("request");
                string path = request.GetProperty("path").GetString()!.Split('?')[0];
                string provider = System.IO.Path.GetFileNameWithoutExtension(file);
                bool isChat = path.EndsWith("/chat/completions", StringComparison.Ordinal) || (provider == "writer" && path == "/v1/chat");
                string name = $"{provider}/{document.RootElement.GetProperty("name").GetString()}";
                if (!isChat || NotStrict.Contains(name) || Body(request) is not { Length: > 0 } body)
                    continue;
                JsonElement response = document.RootElement.GetProperty("response");
                chats.Add(new RecordedChat(
                    name,
                    path, body, response.GetProperty("status").GetInt32(), ContentTypeOf(response), Body(response)));
            }
        }
        return chats;
    }

    private static string ContentTypeOf(JsonElement message)
    {
        foreach (JsonProperty header in message.GetProperty("headers").EnumerateObject())
        {
            if (header.Name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
                return header.Value.ValueKind == JsonValueKind.Array ? header.Value[0].GetString()! : header.Value.GetString()!;
        }
        return "";
    }

    private static byte[] Body(JsonElement message)
    {
        if (message.TryGetProperty("body", out JsonElement body) && body.ValueKind != JsonValueKind.Null)
            return Encoding.UTF8.GetBytes(body.ValueKind == JsonValueKind.String ? body.GetString()! : body.GetRawText());
        if (!message.TryGetProperty("body_base64", out JsonElement base64) || base64.ValueKind == JsonValueKind.Null)
            return [];
        byte[] bytes = base64.GetBytesFromBase64();
        if (bytes is not [0x1F, 0x8B, ..])
            return bytes;
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
