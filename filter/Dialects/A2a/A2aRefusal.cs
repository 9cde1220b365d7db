using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>Refusals in the words of either binding, with the details the specification asks of errors (1.0 §9.5, §11.6).</summary>
internal static class A2aRefusal
{
    /// <summary>Outside -32768 to -32000, which JSON-RPC and A2A keep for themselves.</summary>
    private const int BlockedByPolicy = 403001;

    /// <summary>A JSON-RPC error that answers an id.</summary>
    public static byte[] Rpc(RefusalReason reason, ReadOnlyMemory<byte> id) => JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        json.WriteRawValue(id.Span, skipInputValidation: true);
        json.WriteStartObject("error");
        json.WriteNumber("code", BlockedByPolicy);
        json.WriteString("message", Sentence(reason));
        WriteDetails(json, "data", reason);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>An error of the HTTP+JSON binding (google.rpc.Status in JSON).</summary>
    public static byte[] Rest(RefusalReason reason) => JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteNumber("code", reason.Status);
        json.WriteString("status", "PERMISSION_DENIED");
        json.WriteString("message", Sentence(reason));
        WriteDetails(json, "details", reason);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static void WriteDetails(Utf8JsonWriter json, string name, in RefusalReason reason)
    {
        json.WriteStartArray(name);
        json.WriteStartObject();
        json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        json.WriteString("reason", reason.Code.ToUpperInvariant());
        json.WriteString("domain", "envoy-extauthz");
        json.WriteStartObject("metadata");
        json.WriteString("event", reason.EventId);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static string Sentence(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";
}
