using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Ends a stream that has begun: the blocks that are open are closed, a block of text says why, the message ends as refused.
/// That is what every SDK shows. Where a client has seen a tool call begin but not end, an error ends the stream instead: a
/// call closed before its input is whole would be another call.
/// </summary>
internal static class StreamRefusal
{
    /// <summary>The events to end with: each's name and data.</summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="seen">How far the client is.</param>
    public static List<(string Name, byte[] Data)> Events(RefusalReason reason, ReleasedBlocks seen)
    {
        if (seen.Ended)
            return [];
        if (seen.HasOpenCall)
            return [Event("error", json => AnthropicRefusal.WriteError(json, reason))];
        var events = new List<(string, byte[])>();
        if (!seen.Started)
            events.Add(Event("message_start", json => WriteMessage(json, reason)));
        foreach (int block in seen.Open)
            events.Add(Event("content_block_stop", json => WriteIndex(json, "content_block_stop", block)));
        // After the reason for its end a message has no more content.
        if (!seen.Closed)
            AddText(events, seen.Count, AnthropicRefusal.Text(reason));
        events.Add(Event("message_delta", json => WriteEnd(json, AnthropicRefusal.Text(reason))));
        events.Add(Event("message_stop", json => json.WriteString("type", "message_stop")));
        return events;
    }

    /// <summary>The same as bytes of an event stream.</summary>
    public static byte[] Bytes(in RefusalReason reason, ReleasedBlocks seen)
    {
        var stream = new StringBuilder();
        foreach ((string name, byte[] data) in Events(reason, seen))
            stream.Append("event: ").Append(name).Append("\ndata: ").Append(Encoding.UTF8.GetString(data)).Append("\n\n");
        return Encoding.UTF8.GetBytes(stream.ToString());
    }

    private static void AddText(List<(string, byte[])> events, int index, string text)
    {
        events.Add(Event("content_block_start", json =>
        {
            WriteIndex(json, "content_block_start", index);
            json.WriteStartObject("content_block");
            json.WriteString("type", "text");
            json.WriteString("text", "");
            json.WriteEndObject();
        }));
        events.Add(Event("content_block_delta", json =>
        {
            WriteIndex(json, "content_block_delta", index);
            json.WriteStartObject("delta");
            json.WriteString("type", "text_delta");
            json.WriteString("text", text);
            json.WriteEndObject();
        }));
        events.Add(Event("content_block_stop", json => WriteIndex(json, "content_block_stop", index)));
    }

    private static void WriteIndex(Utf8JsonWriter json, string type, int index)
    {
        json.WriteString("type", type);
        json.WriteNumber("index", index);
    }

    private static void WriteMessage(Utf8JsonWriter json, in RefusalReason reason)
    {
        json.WriteString("type", "message_start");
        json.WriteStartObject("message");
        json.WriteString("id", $"msg_{reason.EventId}");
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", "");
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        json.WriteNull("stop_sequence");
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", 0);
        json.WriteNumber("output_tokens", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, string text)
    {
        json.WriteString("type", "message_delta");
        json.WriteStartObject("delta");
        json.WriteString("stop_reason", "refusal");
        json.WriteNull("stop_sequence");
        json.WriteStartObject("stop_details");
        json.WriteString("type", "refusal");
        json.WriteNull("category");
        json.WriteString("explanation", text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("usage");
        json.WriteNumber("output_tokens", 0);
        json.WriteEndObject();
    }

    private static (string Name, byte[] Data) Event(string name, Action<Utf8JsonWriter> members) => (name, JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
    }));
}
