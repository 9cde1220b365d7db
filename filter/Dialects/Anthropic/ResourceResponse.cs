using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Reads what the API says of batches, files and models: one object, or a page of them in <c>data</c>.</summary>
internal static class ResourceResponse
{
    /// <summary>Reads document 0.</summary>
    public static ReadFault Read(Message message)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = KnownKeys.HasVariant(tape, 0, AnthropicKeys.Response) ? ReadFault.Ambiguous : ReadFault.None;
        TakeOne(ref sweep, 0);
        MessagesResponse.TakeError(ref sweep, tape.Find(0, "error"u8));
        sweep.TakeLabel(tape.Find(0, "request_id"u8));
        int data = tape.Find(0, "data"u8);
        if (tape.Is(data, JsonKind.Array))
        {
            for (int item = JsonTape.FirstChild(data); item < tape[data].End; item = tape[item].End)
                TakeOne(ref sweep, item);
        }
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static void TakeOne(ref SegmentSweep sweep, int item)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(item, "filename"u8), TextRole.FileName);
        sweep.Take(tape.Find(item, "results_url"u8), TextRole.Url);
        sweep.Take(tape.Find(item, "display_name"u8), TextRole.Metadata);
        foreach (int label in (ReadOnlySpan<int>)[
            tape.Find(item, "id"u8), tape.Find(item, "type"u8), tape.Find(item, "mime_type"u8), tape.Find(item, "processing_status"u8),
            tape.Find(item, "created_at"u8), tape.Find(item, "ended_at"u8), tape.Find(item, "expires_at"u8), tape.Find(item, "archived_at"u8),
            tape.Find(item, "cancel_initiated_at"u8), tape.Find(item, "first_id"u8), tape.Find(item, "last_id"u8), tape.Find(item, "next_page"u8)])
            sweep.TakeLabel(label);
    }
}
