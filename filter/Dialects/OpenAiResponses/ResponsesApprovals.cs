using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// A remote server's tool that waits for approval is called when the approval is sent: what stands in the history as a request
/// for it is then a call that is being made.
/// </summary>
internal static class ResponsesApprovals
{
    private const int MaxApprovals = 128;

    /// <summary>Reads the approvals among some items, all read before.</summary>
    /// <param name="message">Gets the calls they make.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="items">The list's node; anything but a list holds none.</param>
    /// <returns><see cref="ReadFault.TooLarge"/> if there are more than anybody approves at once.</returns>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int items)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(items, JsonKind.Array))
            return ReadFault.None;
        int approvals = 0;
        for (int item = JsonTape.FirstChild(items); item < tape[items].End; item = tape[item].End)
        {
            if (!IsOf(tape, item, "mcp_approval_response"u8) || tape.Is(tape.Find(item, "approve"u8), JsonKind.False))
                continue;
            if (++approvals > MaxApprovals)
                return ReadFault.TooLarge;
            Approve(message, ref sweep, items, item);
        }
        return ReadFault.None;
    }

    private static void Approve(Message message, ref SegmentSweep sweep, int items, int approval)
    {
        JsonTape tape = sweep.Tape;
        int id = tape.Find(approval, "approval_request_id"u8);
        ReadOnlyMemory<byte> wanted = tape.Is(id, JsonKind.String) ? message.Decode(sweep.Document, id) : default;
        bool found = false;
        int calls = message.ToolCalls.Count;
        for (int i = 0; i < calls; i++)
        {
            ToolCall call = message.ToolCalls[i];
            int itsId = call.Document == sweep.Document && IsOf(tape, call.Node, "mcp_approval_request"u8) ? tape.Find(call.Node, "id"u8) : -1;
            if (!tape.Is(itsId, JsonKind.String) || !tape.KeyEquals(itsId, wanted.Span))
                continue;
            found = true;
            if (call.Replayed)
                message.ToolCalls[i] = call with { Replayed = false };
        }
        // Approved is what the other side remembers, and nobody here sees.
        if (!found)
            message.Opaque.Add(new OpaquePart(OpaqueKind.ServerState, sweep.Document, tape[approval].Start, tape[approval].Length));
    }

    private static bool IsOf(JsonTape tape, int item, ReadOnlySpan<byte> name)
    {
        int type = tape.Find(item, "type"u8);
        return tape.Is(type, JsonKind.String) && tape.KeyEquals(type, name);
    }
}
