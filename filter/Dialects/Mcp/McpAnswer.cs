using System.Buffers;
using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Writes refusals as JSON-RPC messages.</summary>
internal static class McpAnswer
{
    /// <summary>Outside -32768 to -32000, which JSON-RPC and MCP keep for themselves.</summary>
    private const int BlockedByPolicy = 403001;

    /// <summary>MCP 2026-07-28, Streamable HTTP: a header contradicts the body.</summary>
    private const int HeaderMismatch = -32020;

    /// <summary>Whether a refusal is about headers that contradict the body.</summary>
    public static bool IsHeaderMismatch(in RefusalReason reason) => reason.Code == "header_mismatch";

    /// <summary>Writes the answers to requests, as an array for a batch.</summary>
    public static byte[] Write(in RefusalReason reason, List<PendingRequest> pending, bool batch)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            if (batch)
                json.WriteStartArray();
            foreach (PendingRequest request in pending)
                WriteOne(json, reason, request);
            if (batch)
                json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes an error that answers no request in particular.</summary>
    public static byte[] WriteUnaddressed(RefusalReason reason) => JsonErrors.Write(json => WriteError(json, reason, "null"u8));

    /// <summary>Writes one answer.</summary>
    public static byte[] WriteOne(RefusalReason reason, PendingRequest request) => JsonErrors.Write(json => WriteOne(json, reason, request));

    private static void WriteOne(Utf8JsonWriter json, in RefusalReason reason, in PendingRequest request)
    {
        // A refused call is told to the model, which can go on without the tool; an error would end the client's turn.
        if (request.IsCall && !IsHeaderMismatch(reason))
            WriteCallResult(json, reason, request);
        else
            WriteError(json, reason, request.Id.Span);
    }

    private static void WriteCallResult(Utf8JsonWriter json, in RefusalReason reason, in PendingRequest request)
    {
        Begin(json, request.Id.Span);
        json.WriteStartObject("result");
        if (request.IsStateless)
            json.WriteString("resultType", "complete");
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", Sentence(reason));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("isError", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, in RefusalReason reason, ReadOnlySpan<byte> id)
    {
        Begin(json, id);
        json.WriteStartObject("error");
        json.WriteNumber("code", IsHeaderMismatch(reason) ? HeaderMismatch : BlockedByPolicy);
        json.WriteString("message", Sentence(reason));
        json.WriteStartObject("data");
        json.WriteString("reason", reason.Code);
        json.WriteString("event", reason.EventId);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, ReadOnlySpan<byte> id)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        json.WriteRawValue(id, skipInputValidation: true);
    }

    private static string Sentence(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";
}
