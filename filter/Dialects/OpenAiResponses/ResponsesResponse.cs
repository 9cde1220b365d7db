using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>Reads a whole response, a list of items, a single item, or the error that came in its place.</summary>
internal static class ResponsesResponse
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="request">The request it answers.</param>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="isError">The status says that it is no response: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message request, Message message, bool isError, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(request, message, ref sweep, isError, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message request, Message message, ref SegmentSweep sweep, bool isError, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return isError ? ReadFault.None : ReadFault.WrongShape;
        var context = new ItemContext(Replayed: false, HostedTools.Of(request));
        if (IsItem(request, tape))
            return ResponsesItems.Read(message, ref sweep, 0, context, limits);
        // A compaction gives history back in fewer words.
        bool isHistory = request.Operation.Span.SequenceEqual(ResponsesPath.NameOf(ResponsesOperation.Compact).Span);
        ReadFault fault = ReadObject(message, ref sweep, 0, context with { Replayed = isHistory }, limits);
        int data = JsonShape.Present(tape, 0, "data"u8);
        return fault != ReadFault.None || !tape.Is(data, JsonKind.Array) ? fault : ReadList(request, message, ref sweep, data, context, limits);
    }

    /// <summary>
    /// A single item of a conversation. What clients take an answer for depends on what they asked, not on what it looks like; only
    /// where the request was not read its looks are all there is.
    /// </summary>
    private static bool IsItem(Message request, JsonTape tape)
    {
        if (!request.Operation.IsEmpty)
            return request.Operation.Span.SequenceEqual(ResponsesPath.NameOf(ResponsesOperation.RetrieveItem).Span) && tape.Find(0, "error"u8) < 0;
        return tape.Is(tape.Find(0, "type"u8), JsonKind.String) && tape.Find(0, "object"u8) < 0 && tape.Find(0, "error"u8) < 0;
    }

    private static ReadFault ReadList(Message request, Message message, ref SegmentSweep sweep, int data, ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(0, "first_id"u8));
        sweep.TakeLabel(tape.Find(0, "last_id"u8));
        // What a response was asked with is history; what a conversation holds may be waiting to be done.
        bool isHistory = request.Operation.Span.SequenceEqual(ResponsesPath.NameOf(ResponsesOperation.ListInput).Span);
        return ResponsesItems.ReadAll(message, ref sweep, data, context with { Replayed = isHistory }, limits);
    }

    /// <summary>Reads a response's object: alone, or in an event of a stream.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="response">The object's node.</param>
    /// <param name="context">Where its items stand.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadObject(Message message, ref SegmentSweep sweep, int response, in ItemContext context, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(response, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, response, ResponsesKeys.Response))
            return ReadFault.Ambiguous;
        int model = tape.Find(response, "model"u8);
        if (tape.Is(model, JsonKind.String))
            message.Model = message.Decode(sweep.Document, model);
        TakeLabels(ref sweep, response, model);
        int tools = tape.Find(response, "tools"u8);
        context.Hosted?.AddEchoed(tape, tools);
        ReadFault fault = ResponsesItems.ReadAll(message, ref sweep, tape.Find(response, "output"u8), context, limits);
        if (fault == ReadFault.None)
            fault = ReadInstructions(message, ref sweep, tape.Find(response, "instructions"u8), limits);
        if (fault == ReadFault.None)
            fault = ResponsesRequest.ReadVariables(message, ref sweep, tape.Find(tape.Find(response, "prompt"u8), "variables"u8), limits);
        if (fault != ReadFault.None)
            return fault;
        ResponsesTools.TakeEcho(ref sweep, tools);
        ResponsesOptions.Take(ref sweep, response);
        sweep.Take(tape.Find(response, "output_text"u8), TextRole.Assistant);
        return ReadFault.None;
    }

    private static void TakeLabels(ref SegmentSweep sweep, int response, int model)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(model);
        sweep.TakeLabel(tape.Find(response, "id"u8));
        sweep.TakeLabel(tape.Find(response, "object"u8));
        sweep.TakeLabel(tape.Find(response, "status"u8));
        sweep.TakeLabel(tape.Find(response, "previous_response_id"u8));
        sweep.TakeLabels(tape.Find(response, "conversation"u8));
        sweep.TakeLabels(tape.Find(response, "incomplete_details"u8));
        sweep.TakeLabels(tape.Find(response, "usage"u8));
        sweep.TakeLabels(tape.Find(response, "billing"u8));
        sweep.TakeLabels(tape.Find(response, "tool_usage"u8));
        sweep.TakeLabels(tape.Find(response, "content_filters"u8));
        sweep.TakeLabels(tape.Find(response, "input_transformations"u8));
        sweep.TakeLabels(tape.Find(response, "prompt_cache_diagnostics"u8));
        int prompt = tape.Find(response, "prompt"u8);
        sweep.TakeLabel(tape.Find(prompt, "id"u8));
        sweep.TakeLabel(tape.Find(prompt, "version"u8));
        int error = tape.Find(response, "error"u8);
        sweep.TakeLabel(tape.Find(error, "code"u8));
        sweep.TakeLabel(tape.Find(error, "type"u8));
        sweep.TakeLabel(tape.Find(error, "param"u8));
    }

    /// <summary>Instructions come back as they were sent, or as the items a stored prompt made of them.</summary>
    private static ReadFault ReadInstructions(Message message, ref SegmentSweep sweep, int instructions, in JsonLimits limits)
    {
        if (sweep.Tape.Is(instructions, JsonKind.Array))
            return ResponsesItems.ReadAll(message, ref sweep, instructions, new ItemContext(Replayed: true), limits);
        sweep.Take(instructions, TextRole.System);
        return ReadFault.None;
    }
}
