using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Refusals in Gemini's words.</summary>
internal static class GeminiRefusal
{
    /// <summary>In an answer's place: a <c>google.rpc.Status</c>, which the SDKs raise as an error.</summary>
    public static Refusal Status(in RefusalReason reason)
    {
        RefusalReason copy = reason;
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteNumber("code", copy.Status);
            json.WriteString("message", Text(copy));
            json.WriteString("status", copy.Status == 403 ? "PERMISSION_DENIED" : "INVALID_ARGUMENT");
            json.WriteStartArray("details");
            json.WriteStartObject();
            json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
            json.WriteString("reason", copy.Code);
            json.WriteString("domain", "envoy-ext-authz");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/json", body) { Headers = [("x-should-retry", "false")] };
    }

    /// <summary>
    /// The last event of a stream: each candidate ends as prohibited, the first with the reason, as text besides, for most
    /// programs show nothing else.
    /// </summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="candidates">Indices of the candidates seen, ascending; without one, candidate 0 is ended.</param>
    public static byte[] Answer(RefusalReason reason, IReadOnlyCollection<int> candidates) => JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("candidates");
        bool first = true;
        foreach (int candidate in candidates.DefaultIfEmpty(0))
        {
            json.WriteStartObject();
            if (first)
                WriteContent(json, reason);
            json.WriteString("finishReason", "PROHIBITED_CONTENT");
            json.WriteString("finishMessage", Text(reason));
            json.WriteNumber("index", candidate);
            json.WriteEndObject();
            first = false;
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteContent(Utf8JsonWriter json, in RefusalReason reason)
    {
        json.WriteStartObject("content");
        json.WriteStartArray("parts");
        json.WriteStartObject();
        json.WriteString("text", Text(reason));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("role", "model");
        json.WriteEndObject();
    }

    private static string Text(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";
}
