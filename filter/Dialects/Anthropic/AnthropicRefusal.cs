using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Refusals in the API's words.</summary>
internal static class AnthropicRefusal
{
    /// <summary>An error in place of an answer.</summary>
    public static Refusal Whole(in RefusalReason reason)
    {
        RefusalReason copy = reason;
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            WriteError(json, copy);
            json.WriteString("request_id", copy.EventId);
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/json", body) { Headers = [("x-should-retry", "false")] };
    }

    /// <summary>What a user is told.</summary>
    public static string Text(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";

    /// <summary>Writes the members of an error: its type, and the error itself.</summary>
    public static void WriteError(Utf8JsonWriter json, in RefusalReason reason)
    {
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", reason.Status switch
        {
            403 => "permission_error",
            413 => "request_too_large",
            _ => "invalid_request_error",
        });
        json.WriteString("message", Text(reason));
        json.WriteString("code", reason.Code);
        json.WriteEndObject();
    }
}
