using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Reads the body of a request. What is asked for is in the path; every field that some request has is read as what it is,
/// whichever the path says, for a field that a server ignores does no harm where it is read.
/// </summary>
internal static class GeminiRequest
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it; its model is the path's.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>The objects of a body that can offer tools.</summary>
    public static IEnumerable<int> ToolHolders(JsonTape tape)
    {
        yield return 0;
        if (GeminiFields.GenerateContentRequest.In(tape, 0) is >= 0 and var inner)
            yield return inner;
        ProtoList batch = BatchOf(tape, out _);
        for (int item = batch.First; item < batch.End; item = tape[item].End)
        {
            if (GeminiFields.Request.In(tape, item) is >= 0 and var request)
                yield return request;
        }
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadPrompt(message, ref sweep, 0, limits);
        int inner = GeminiFields.GenerateContentRequest.In(tape, 0);
        if (fault == ReadFault.None && inner >= 0)
            fault = ReadPrompt(message, ref sweep, inner, limits);
        ProtoList requests = ProtoList.Of(tape, GeminiFields.Requests.In(tape, 0));
        for (int request = requests.First; request < requests.End && fault == ReadFault.None; request = tape[request].End)
            fault = ReadEmbedded(message, ref sweep, request, limits);
        if (fault == ReadFault.None)
            fault = ReadBatch(message, ref sweep, limits);
        if (fault == ReadFault.None)
            fault = GeminiPredict.ReadInstances(message, ref sweep, GeminiFields.Instances.In(tape, 0));
        sweep.TakeLabels(GeminiFields.Parameters.In(tape, 0));
        Media.TakePayload(message, ref sweep, GeminiFields.FileName.In(tape, 0), OpaqueKind.ServerState);
        ProtoList uris = ProtoList.Of(tape, GeminiFields.Uris.In(tape, 0));
        for (int uri = uris.First; uri < uris.End; uri = tape[uri].End)
            Media.TakeAddress(message, ref sweep, uri, OpaqueKind.File);
        return fault;
    }

    /// <summary>Requests that are answered later: each as if it were the body's own.</summary>
    private static ReadFault ReadBatch(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ProtoList batch = BatchOf(tape, out bool isAmbiguous);
        if (isAmbiguous)
            return ReadFault.Ambiguous;
        int root = GeminiFields.Batch.In(tape, 0);
        if (!TryTakeModel(message, ref sweep, GeminiFields.Model.In(tape, root)))
            return ReadFault.WrongShape;
        sweep.Take(GeminiFields.DisplayName.In(tape, root), TextRole.FileName);
        Media.TakePayload(message, ref sweep, GeminiFields.FileName.In(tape, GeminiFields.InputConfig.In(tape, root)), OpaqueKind.ServerState);
        ReadFault fault = ReadFault.None;
        for (int item = batch.First; item < batch.End && fault == ReadFault.None; item = tape[item].End)
        {
            if (GeminiFields.BatchShape.IsAmbiguous(tape, item))
                return ReadFault.Ambiguous;
            fault = ReadPrompt(message, ref sweep, GeminiFields.Request.In(tape, item), limits);
        }
        return fault;
    }

    private static ProtoList BatchOf(JsonTape tape, out bool isAmbiguous)
    {
        int batch = GeminiFields.Batch.In(tape, 0);
        int config = GeminiFields.InputConfig.In(tape, batch);
        int requests = GeminiFields.Requests.In(tape, config);
        isAmbiguous = GeminiFields.BatchShape.IsAmbiguous(tape, batch) || GeminiFields.BatchShape.IsAmbiguous(tape, config) || GeminiFields.BatchShape.IsAmbiguous(tape, requests);
        return ProtoList.Of(tape, GeminiFields.Requests.In(tape, requests));
    }

    /// <summary>One of several requests in a body: without tools, which are offered at the root alone.</summary>
    private static ReadFault ReadEmbedded(Message message, ref SegmentSweep sweep, int request, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadPrompt(message, ref sweep, request, limits);
        return fault == ReadFault.None && GeminiFields.Tools.In(tape, request) >= 0 ? ReadFault.WrongShape : fault;
    }

    /// <summary>Reads what is asked, of whom, with what at hand.</summary>
    private static ReadFault ReadPrompt(Message message, ref SegmentSweep sweep, int holder, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(holder, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.RequestShape.IsAmbiguous(tape, holder))
            return ReadFault.Ambiguous;
        if (!TryTakeModel(message, ref sweep, GeminiFields.Model.In(tape, holder)))
            return ReadFault.WrongShape;
        ReadFault fault = GeminiContent.ReadTurns(message, ref sweep, GeminiFields.Contents.In(tape, holder), limits);
        int content = GeminiFields.Content.In(tape, holder);
        if (fault == ReadFault.None && content >= 0)
            fault = GeminiContent.ReadTurn(message, ref sweep, content, limits);
        if (fault == ReadFault.None)
            fault = GeminiContent.Read(message, ref sweep, GeminiFields.SystemInstruction.In(tape, holder), new PartScope(TextRole.System, true), null, limits);
        if (fault == ReadFault.None)
            fault = GeminiTools.Read(message, ref sweep, holder);
        if (fault == ReadFault.None)
            fault = ReadGeneration(message, ref sweep, GeminiFields.GenerationConfig.In(tape, holder));
        if (fault == ReadFault.None)
            TakeOptions(message, ref sweep, holder);
        return fault;
    }

    private static void TakeOptions(Message message, ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        Media.TakePayload(message, ref sweep, GeminiFields.CachedContent.In(tape, holder), OpaqueKind.ServerState);
        Media.TakePayload(message, ref sweep, GeminiFields.ContinuationToken.In(tape, holder), OpaqueKind.ServerState);
        sweep.Take(GeminiFields.Title.In(tape, holder), TextRole.Document);
        sweep.Take(GeminiFields.DisplayName.In(tape, holder), TextRole.FileName);
        sweep.TakeLabel(GeminiFields.TaskType.In(tape, holder));
        sweep.TakeLabel(GeminiFields.ServiceTier.In(tape, holder));
        sweep.TakeLabels(GeminiFields.SafetySettings.In(tape, holder));
        sweep.TakeLabels(GeminiFields.Labels.In(tape, holder));
    }

    private static ReadFault ReadGeneration(Message message, ref SegmentSweep sweep, int config)
    {
        JsonTape tape = sweep.Tape;
        int manual = GeminiFields.ManualMode.In(tape, GeminiFields.RoutingConfig.In(tape, config));
        if (GeminiFields.GenerationShape.IsAmbiguous(tape, config) || GeminiFields.GenerationShape.IsAmbiguous(tape, manual)
            || GeminiFields.GenerationShape.IsAmbiguous(tape, GeminiFields.RoutingConfig.In(tape, config)))
            return ReadFault.Ambiguous;
        // Vertex AI: the model that answers in the path's place.
        if (!TryTakeModel(message, ref sweep, GeminiFields.ModelName.In(tape, manual)))
            return ReadFault.WrongShape;
        sweep.TakeAll(GeminiFields.ResponseSchema.In(tape, config), TextRole.Schema);
        sweep.TakeAll(GeminiFields.ResponseJsonSchema.In(tape, config), TextRole.Schema);
        sweep.TakeAll(GeminiFields.ResponseFormat.In(tape, config), TextRole.Schema);
        sweep.TakeAll(GeminiFields.StopSequences.In(tape, config), TextRole.User);
        sweep.TakeLabels(config);
        return ReadFault.None;
    }

    private static bool TryTakeModel(Message message, ref SegmentSweep sweep, int model)
    {
        if (model < 0)
            return true;
        if (!sweep.Tape.Is(model, JsonKind.String))
            return false;
        ReadOnlyMemory<byte> name = GeminiPath.ModelOf(message.Decode(sweep.Document, model));
        if (message.Model.IsEmpty)
            message.Model = name;
        else if (!name.Span.SequenceEqual(message.Model.Span))
            message.FurtherModels.Add(name);
        sweep.TakeLabel(model);
        return true;
    }
}
