using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Reads a whole answer of the API: a message, an error, and what else its paths answer with. What decides is which members
/// are there, not what was asked: clients read <c>content</c> wherever it is.
/// </summary>
internal static class MessagesResponse
{
    /// <summary>Reads a document that is one answer.</summary>
    /// <param name="message">Gets what is in it; the document was opened before.</param>
    /// <param name="document">The document's index.</param>
    /// <param name="isError">The status says that it is none: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, int document, bool isError, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, document);
        ReadFault fault = !sweep.Tape.Is(0, JsonKind.Object) && isError ? ReadFault.None : Read(message, ref sweep, 0, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads the answer that an object of a document is.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(root, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, root, AnthropicKeys.Response))
            return ReadFault.Ambiguous;
        int first = message.Segments.Count;
        TakeHead(message, ref sweep, root);
        TakeEnd(ref sweep, root);
        sweep.Take(tape.Find(root, "completion"u8), TextRole.Assistant);
        sweep.Take(tape.Find(root, "stop"u8), TextRole.Metadata);
        sweep.TakeLabel(tape.Find(root, "log_id"u8));
        ReadFault fault = ContentBlocks.Read(message, ref sweep, tape.Find(root, "content"u8), BlockContext.Answer, limits);
        TextCalls.Find(message, first, limits);
        return fault;
    }

    /// <summary>Takes what stands beside a message's content.</summary>
    public static void TakeHead(Message message, ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        int model = tape.Find(root, "model"u8);
        if (tape.Is(model, JsonKind.String))
            message.Model = message.Decode(sweep.Document, model);
        sweep.TakeLabel(model);
        sweep.TakeLabel(tape.Find(root, "id"u8));
        sweep.TakeLabel(tape.Find(root, "type"u8));
        sweep.TakeLabel(tape.Find(root, "role"u8));
        sweep.TakeLabel(tape.Find(root, "request_id"u8));
        UsageCounts.Take(ref sweep, tape.Find(root, "usage"u8));
        sweep.TakeLabels(tape.Find(root, "container"u8));
        sweep.TakeLabels(tape.Find(root, "context_management"u8));
        sweep.TakeLabels(tape.Find(root, "diagnostics"u8));
        sweep.TakeLabels(tape.Find(root, "input_transformations"u8));
        TakeError(ref sweep, tape.Find(root, "error"u8));
    }

    /// <summary>Takes what kind of error one is; what it says stays a text of unknown role.</summary>
    public static void TakeError(ref SegmentSweep sweep, int error)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(error, "type"u8));
        sweep.TakeLabel(tape.Find(error, "status"u8));
        sweep.TakeLabel(tape.Find(error, "code"u8));
    }

    /// <summary>Takes why a message ended: of a whole message, or of a stream's <c>message_delta</c>.</summary>
    public static void TakeEnd(ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(holder, "stop_reason"u8));
        sweep.Take(tape.Find(holder, "stop_sequence"u8), TextRole.Metadata);
        int details = tape.Find(holder, "stop_details"u8);
        sweep.Take(tape.Find(details, "explanation"u8), TextRole.Assistant);
        sweep.TakeLabels(details);
        sweep.TakeLabels(tape.Find(holder, "container"u8));
    }
}
