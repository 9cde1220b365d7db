using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Host.Recorded;

/// <summary>One message of a recorded exchange.</summary>
/// <param name="Headers">Fields, names in lower case.</param>
/// <param name="Body">The body's bytes.</param>
internal sealed record RecordedMessage(IReadOnlyList<(string Name, string Value)> Headers, byte[] Body);

/// <summary>
/// A recorded HTTP exchange, as a line of JSON: <c>name</c>, <c>request</c> with <c>method</c>, <c>host</c>, <c>path</c>,
/// <c>headers</c> and <c>body</c> or <c>body_base64</c>, and <c>response</c> with <c>status</c> and the same; a body may be
/// any JSON value instead of a string. <c>caller</c> and <c>expect</c> are ours.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Host">Authority.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Request">The request.</param>
/// <param name="Status">The response's status; 0 if there is no response.</param>
/// <param name="Response">The response; null if there is none.</param>
/// <param name="Caller">SPIFFE ID of the caller; null if the recording names none.</param>
/// <param name="Shows">What it shows, for people; null if it says nothing.</param>
internal sealed record RecordedExchange(string Name, string Method, string Host, string Path, RecordedMessage Request, int Status, RecordedMessage? Response, string? Caller, string? Shows)
{
    /// <summary>Reads recordings: JSON lines, or one JSON object over several lines.</summary>
    /// <exception cref="JsonException">The text is no recording.</exception>
    public static IReadOnlyList<RecordedExchange> ReadAll(ReadOnlyMemory<byte> text)
    {
        var exchanges = new List<RecordedExchange>();
        var reader = new Utf8JsonReader(text.Span, new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            exchanges.Add(Read(document.RootElement));
        }
        return exchanges;
    }

    private static RecordedExchange Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("request", out JsonElement request))
            throw new JsonException("A recording is an object with `request`.");
        JsonElement? response = root.TryGetProperty("response", out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found : null;
        return new RecordedExchange(
            Text(root, "name") ?? "",
            Text(request, "method") ?? "POST",
            Text(request, "host") ?? "recorded.example",
            Text(request, "path") ?? "/",
            Message(request),
            response is { } r && r.TryGetProperty("status", out JsonElement status) ? status.GetInt32() : response is null ? 0 : 200,
            response is { } answered ? Message(answered) : null,
            Text(root, "caller"),
            Text(root, "shows"));
    }

    private static RecordedMessage Message(JsonElement message)
    {
        var headers = new List<(string, string)>();
        if (message.TryGetProperty("headers", out JsonElement fields) && fields.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty field in fields.EnumerateObject())
            {
                IEnumerable<JsonElement> values = field.Value.ValueKind == JsonValueKind.Array ? field.Value.EnumerateArray() : [field.Value];
                headers.AddRange(values.Select(v => (field.Name.ToLowerInvariant(), v.ToString())));
            }
        }
        return new RecordedMessage(headers, Body(message));
    }

    private static byte[] Body(JsonElement message)
    {
        if (message.TryGetProperty("body_base64", out JsonElement encoded) && encoded.ValueKind == JsonValueKind.String)
            return encoded.GetBytesFromBase64();
        if (!message.TryGetProperty("body", out JsonElement body) || body.ValueKind == JsonValueKind.Null)
            return [];
        if (body.ValueKind == JsonValueKind.String)
            return Encoding.UTF8.GetBytes(body.GetString()!);
        // A list of strings is a stream's events; anything else is the body as JSON.
        return body.ValueKind == JsonValueKind.Array && body.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            ? Encoding.UTF8.GetBytes(string.Concat(body.EnumerateArray().Select(e => e.GetString())))
            : Encoding.UTF8.GetBytes(body.GetRawText());
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
