
namespace EnvoyExtAuthz.Dialects;

/// <summary>Error objects in protocols' own shapes, written without reflection.</summary>
internal static class JsonErrors
{
    /// <summary>Writes one JSON value.</summary>
    public static byte[] Write(Action<System.Text.Json.Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A refusal as RFC 9457 has it, for what has no error form of its own.</summary>
    public static Refusal Problem(in RefusalReason reason)
    {
        RefusalReason copy = reason;
        byte[] body = Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", $"urn:envoy-extauthz:{copy.Code}");
            json.WriteString("title", "Blocked by policy");
            json.WriteNumber("status", copy.Status);
            json.WriteString("detail", copy.Message);
            json.WriteString("event", copy.EventId);
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/problem+json", body);
    }
}
