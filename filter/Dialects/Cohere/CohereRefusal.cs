using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Says no as Cohere does: before an answer with a sentence, within one with a last text and the end <c>ERROR</c>.</summary>
internal static class CohereRefusal
{
    /// <summary>The sentence.</summary>
    public static string Sentence(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";

    /// <summary>An error's body.</summary>
    public static byte[] Body(in RefusalReason reason)
    {
        (string why, string code) = (Sentence(reason), reason.Code);
        return JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("message", why);
            json.WriteString("code", code);
            json.WriteEndObject();
        });
    }

    /// <summary>Version 2's events: the reason as content of its own, then the message's end. Libraries show both and throw nothing.</summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="index">An index that no content has.</param>
    /// <param name="hasBegun">The client has seen the message's beginning.</param>
    public static byte[] Events(in RefusalReason reason, int index, bool hasBegun)
    {
        string why = Sentence(reason);
        using var stream = new MemoryStream();
        if (!hasBegun)
            WriteEvent(stream, "message-start", json => WriteStart(json));
        WriteEvent(stream, "content-start", json => WriteContent(json, index, isStart: true, ""));
        WriteEvent(stream, "content-delta", json => WriteContent(json, index, isStart: false, why));
        WriteEvent(stream, "content-end", json => json.WriteNumber("index", index));
        WriteEvent(stream, "message-end", json =>
        {
            json.WriteStartObject("delta");
            json.WriteString("finish_reason", "ERROR");
            json.WriteString("error", why);
            json.WriteEndObject();
        });
        stream.Write("data: [DONE]\n\n"u8);
        return stream.ToArray();
    }

    /// <summary>Version 1's end: of a chat, the reason as text and as the answer; of a completion, an error.</summary>
    public static byte[] FirstVersion(in RefusalReason reason, bool isChat, bool asLines)
    {
        string why = Sentence(reason);
        using var stream = new MemoryStream();
        if (!isChat)
        {
            WriteFlat(stream, asLines, "stream-error", isFinished: true, json =>
            {
                json.WriteString("finish_reason", "ERROR");
                json.WriteString("err", why);
            });
            return stream.ToArray();
        }
        WriteFlat(stream, asLines, "text-generation", isFinished: false, json => json.WriteString("text", why));
        WriteFlat(stream, asLines, "stream-end", isFinished: true, json =>
        {
            json.WriteString("finish_reason", "ERROR");
            json.WriteStartObject("response");
            json.WriteString("text", why);
            json.WriteString("generation_id", "extauthz");
            json.WriteString("finish_reason", "ERROR");
            json.WriteEndObject();
        });
        return stream.ToArray();
    }

    private static void WriteStart(Utf8JsonWriter json)
    {
        json.WriteString("id", "extauthz");
        json.WriteStartObject("delta");
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteString("tool_plan", "");
        json.WriteStartArray("tool_calls");
        json.WriteEndArray();
        json.WriteStartArray("citations");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, int index, bool isStart, string text)
    {
        json.WriteNumber("index", index);
        json.WriteStartObject("delta");
        json.WriteStartObject("message");
        json.WriteStartObject("content");
        if (isStart)
            json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvent(MemoryStream stream, string type, Action<Utf8JsonWriter> members)
    {
        byte[] data = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            members(json);
            json.WriteEndObject();
        });
        Write(stream, type, data);
    }

    private static void WriteFlat(MemoryStream stream, bool asLines, string type, bool isFinished, Action<Utf8JsonWriter> members)
    {
        byte[] data = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("is_finished", isFinished);
            json.WriteString("event_type", type);
            members(json);
            json.WriteEndObject();
        });
        if (!asLines)
        {
            Write(stream, type, data);
            return;
        }
        stream.Write(data);
        stream.WriteByte((byte)'\n');
    }

    private static void Write(MemoryStream stream, string type, byte[] data)
    {
        stream.Write(System.Text.Encoding.UTF8.GetBytes($"event: {type}\ndata: "));
        stream.Write(data);
        stream.Write("\n\n"u8);
    }
}
