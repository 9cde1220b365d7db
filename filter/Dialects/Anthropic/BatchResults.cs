using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Reads the results of a batch: a line of JSON for each of its requests, with a whole message or an error. The lines come
/// as they were asked for long ago, by this client or another: each is judged like an answer of its own.
/// </summary>
internal sealed class BatchResults : EventStream
{
    /// <inheritdoc/>
    public override bool HasOpenCall => false;

    /// <summary>The list has no end of its own.</summary>
    public override bool Ended => false;

    /// <summary>Whether a response's media type is one such a list comes as; SDKs ask for it as binary.</summary>
    public static bool IsListType(HttpHead head) =>
        ContentTypes.Is(head, "application/x-jsonl"u8) || ContentTypes.Is(head, "application/jsonl"u8) || ContentTypes.Is(head, "application/x-ndjson"u8)
        || ContentTypes.Is(head, "application/binary"u8) || ContentTypes.Is(head, "application/octet-stream"u8) || ContentTypes.Is(head, "binary/octet-stream"u8);

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => new LineFramer(maxFrameBytes);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        message.Take(frame.Data);
        if (frame.Data.IsEmpty)
            return ReadFault.None;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadLine(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <summary>The last line is the result of a request that failed; whoever misses its own knows why.</summary>
    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        RefusalReason copy = reason;
        byte[] line = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("custom_id", $"refused-{copy.EventId}");
            json.WriteStartObject("result");
            json.WriteString("type", "errored");
            json.WriteStartObject("error");
            AnthropicRefusal.WriteError(json, copy);
            json.WriteString("request_id", copy.EventId);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });
        return [.. line, .. "\n"u8];
    }

    private static ReadFault ReadLine(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int result = tape.Find(0, "result"u8);
        if (KnownKeys.HasVariant(tape, 0, AnthropicKeys.Response) || KnownKeys.HasVariant(tape, result, AnthropicKeys.Event))
            return ReadFault.Ambiguous;
        if (!tape.Is(result, JsonKind.Object))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(0, "custom_id"u8));
        sweep.TakeLabel(tape.Find(result, "type"u8));
        int error = tape.Find(result, "error"u8);
        sweep.TakeLabel(tape.Find(error, "type"u8));
        sweep.TakeLabel(tape.Find(error, "request_id"u8));
        MessagesResponse.TakeError(ref sweep, tape.Find(error, "error"u8));
        int answer = JsonShape.Present(tape, result, "message"u8);
        return answer < 0 ? ReadFault.None : MessagesResponse.Read(message, ref sweep, answer, limits);
    }
}
