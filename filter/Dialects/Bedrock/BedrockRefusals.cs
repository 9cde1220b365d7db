using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Refusals as AWS SDKs show them.</summary>
internal static class BedrockRefusals
{
    /// <summary>A refusal before anything was sent: the error that the SDKs raise as an exception of that name.</summary>
    public static Refusal Whole(in RefusalReason reason)
    {
        string text = TextOf(reason);
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("message", text);
            json.WriteEndObject();
        });
        string type = reason.Status == 403 ? "AccessDeniedException" : "ValidationException";
        return new Refusal(reason.Status, "application/json", body) { Headers = [("x-amzn-errortype", type)] };
    }

    /// <summary>
    /// The events that end a conversation as a guardrail does: the blocks that are open are closed, a block of text says why, the
    /// answer ends. Where a client has seen a tool call begin but not end there are none: closed before its input is whole it
    /// would be another call.
    /// </summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="seen">How far the client is.</param>
    /// <returns>Each event's name and JSON, or null where only an exception ends the stream.</returns>
    public static List<(string Name, byte[] Data)>? Conversation(in RefusalReason reason, ConverseReleased seen)
    {
        if (seen.HasOpenCall)
            return null;
        var events = new List<(string, byte[])>();
        if (seen.Stopped)
            return events;
        string text = TextOf(reason);
        if (!seen.Started)
            events.Add(("messageStart", "{\"role\":\"assistant\"}"u8.ToArray()));
        foreach (int open in seen.Open)
            events.Add(("contentBlockStop", OfBlock(open, null)));
        events.Add(("contentBlockDelta", OfBlock(seen.Next, text)));
        events.Add(("contentBlockStop", OfBlock(seen.Next, null)));
        events.Add(("messageStop", "{\"stopReason\":\"guardrail_intervened\"}"u8.ToArray()));
        return events;
    }

    /// <summary>What ends any stream: SDKs raise it as an exception.</summary>
    public static byte[] Failure(in RefusalReason reason)
    {
        string text = TextOf(reason);
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("message", text);
            json.WriteEndObject();
        });
        return AwsEventFramer.Write(isException: true, "validationException"u8, body);
    }

    /// <summary>A model's own event in a chunk.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> data)
    {
        string base64 = Convert.ToBase64String(data);
        byte[] payload = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("bytes", base64);
            json.WriteEndObject();
        });
        return AwsEventFramer.Write(isException: false, "chunk"u8, payload);
    }

    private static byte[] OfBlock(int index, string? text) => JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("contentBlockIndex", index);
        if (text is not null)
        {
            json.WriteStartObject("delta");
            json.WriteString("text", text);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    });

    private static string TextOf(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";
}
