using System.Text.Json;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Engine;

/// <summary>A refusal where no protocol was settled: an error object of the shape most clients of LLMs show.</summary>
internal static class PlainRefusal
{
    public static Refusal Make(in RefusalReason reason)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", $"{reason.Message} (event {reason.EventId})");
            json.WriteString("type", "permission_error");
            json.WriteNull("param");
            json.WriteString("code", reason.Code);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new Refusal(reason.Status, "application/json", buffer.WrittenSpan.ToArray()) { Headers = [("x-should-retry", "false")] };
    }
}
