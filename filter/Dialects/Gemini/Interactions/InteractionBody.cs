using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>
/// Reads an interaction: what a client asks for, and what the server says it is. Both have the same fields; what is live in
/// one is a copy in the other.
/// </summary>
internal static class InteractionBody
{
    /// <summary>Reads document 0 of a request.</summary>
    public static ReadFault ReadRequest(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadAsked(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads document 0 of a whole answer.</summary>
    public static ReadFault ReadResponse(Message message, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadAnswered(message, ref sweep, 0, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads what the server says an interaction is, in an answer or an event.</summary>
    public static ReadFault ReadAnswered(Message message, ref SegmentSweep sweep, int interaction, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(interaction, JsonKind.Object))
            return ReadFault.WrongShape;
        if (InteractionFields.RootShape.IsAmbiguous(tape, interaction))
            return ReadFault.Ambiguous;
        ReadFault fault = InteractionItem.ReadAll(message, ref sweep, InteractionFields.Input.In(tape, interaction), new InteractionScope(TextRole.User, true), limits);
        var said = new InteractionScope(TextRole.Assistant, false);
        if (fault == ReadFault.None)
            fault = InteractionItem.ReadAll(message, ref sweep, InteractionFields.Steps.In(tape, interaction), said, limits);
        if (fault == ReadFault.None)
            fault = InteractionItem.ReadAll(message, ref sweep, InteractionFields.Outputs.In(tape, interaction), said, limits);
        sweep.Take(InteractionFields.OutputText.In(tape, interaction), TextRole.Assistant);
        sweep.TakeAll(InteractionFields.Tools.In(tape, interaction), TextRole.ToolDescription);
        sweep.Take(InteractionFields.SystemInstruction.In(tape, interaction), TextRole.System);
        foreach (ProtoField label in (ReadOnlySpan<ProtoField>)[InteractionFields.Model, InteractionFields.Agent, InteractionFields.Id, InteractionFields.PreviousInteractionId])
            sweep.TakeLabel(label.In(tape, interaction));
        sweep.TakeLabel(tape.Find(interaction, "status"u8));
        sweep.TakeLabel(tape.Find(interaction, "created"u8));
        sweep.TakeLabel(tape.Find(interaction, "updated"u8));
        sweep.TakeLabel(tape.Find(interaction, "object"u8));
        sweep.TakeLabels(tape.Find(interaction, "usage"u8));
        return fault;
    }

    private static ReadFault ReadAsked(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        int config = InteractionFields.GenerationConfig.In(tape, 0);
        if (InteractionFields.RootShape.IsAmbiguous(tape, 0) || IsChoiceAmbiguous(tape, config))
            return ReadFault.Ambiguous;
        message.WantsStream = tape.Is(InteractionFields.Stream.In(tape, 0), JsonKind.True);
        ReadFault fault = ReadModels(message, ref sweep);
        if (fault == ReadFault.None)
            fault = InteractionItem.ReadAll(message, ref sweep, InteractionFields.Input.In(tape, 0), new InteractionScope(TextRole.User, true), limits);
        if (fault == ReadFault.None && message.ToolCalls.Count > 0)
            MarkPending(message, tape, InteractionFields.Input.In(tape, 0));
        if (fault == ReadFault.None)
            fault = InteractionItem.ReadAll(message, ref sweep, InteractionFields.Steps.In(tape, 0), new InteractionScope(TextRole.Unknown, true), limits);
        if (fault == ReadFault.None)
            fault = InteractionItem.ReadAll(message, ref sweep, InteractionFields.SystemInstruction.In(tape, 0), new InteractionScope(TextRole.System, true), limits);
        if (fault == ReadFault.None)
            fault = InteractionTools.Read(message, ref sweep);
        TakeOptions(message, ref sweep, config);
        return fault;
    }

    /// <summary>Calls of the provider's own tools, remote servers' among them, that no result follows.</summary>
    private static void MarkPending(Message message, JsonTape tape, int input)
    {
        var pending = new PendingCalls();
        ProtoList steps = ProtoList.Of(tape, input);
        for (int step = steps.First; step < steps.End; step = tape[step].End)
        {
            int type = InteractionFields.Type.In(tape, step);
            if (!tape.Is(type, JsonKind.String) || tape.KeyEquals(type, "function_call"u8))
                continue;
            ReadOnlySpan<byte> kind = message.Decode(0, type).Span;
            if (InteractionItem.IsCall(kind))
                pending.Call(step, 0, TextOf(message, tape, InteractionFields.Id.In(tape, step)));
            else if (kind.EndsWith("_result"u8))
                pending.Result(0, TextOf(message, tape, InteractionFields.CallId.In(tape, step)));
        }
        pending.Mark(message, 0);
    }

    private static ReadOnlyMemory<byte> TextOf(Message message, JsonTape tape, int node) => tape.Is(node, JsonKind.String) ? message.Decode(0, node) : default;

    private static ReadFault ReadModels(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int model = InteractionFields.Model.In(tape, 0);
        int agents = InteractionFields.Model.In(tape, InteractionFields.AgentConfig.In(tape, 0));
        foreach (int named in (ReadOnlySpan<int>)[model, agents])
        {
            if (named < 0)
                continue;
            if (!tape.Is(named, JsonKind.String))
                return ReadFault.WrongShape;
            ReadOnlyMemory<byte> name = GeminiPath.ModelOf(message.Decode(0, named));
            if (message.Model.IsEmpty)
                message.Model = name;
            else
                message.FurtherModels.Add(name);
            sweep.TakeLabel(named);
        }
        return ReadFault.None;
    }

    private static void TakeOptions(Message message, ref SegmentSweep sweep, int config)
    {
        JsonTape tape = sweep.Tape;
        foreach (ProtoField kept in (ReadOnlySpan<ProtoField>)[InteractionFields.PreviousInteractionId, InteractionFields.CachedContent, InteractionFields.ContinuationToken])
            Media.TakePayload(message, ref sweep, kept.In(tape, 0), OpaqueKind.ServerState);
        // A place where code runs: one that is kept, or one that is made with sources and a network of its own.
        int environment = InteractionFields.Environment.In(tape, 0);
        Media.TakePayload(message, ref sweep, environment, OpaqueKind.ServerState);
        if (tape.Is(environment, JsonKind.Object))
            message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, 0, tape[environment].Start, tape[environment].Length));
        sweep.TakeLabels(environment);
        ProtoList hooks = ProtoList.Of(tape, InteractionFields.Uris.In(tape, InteractionFields.WebhookConfig.In(tape, 0)));
        for (int hook = hooks.First; hook < hooks.End; hook = tape[hook].End)
            Media.TakeAddress(message, ref sweep, hook, OpaqueKind.File);
        sweep.TakeAll(InteractionFields.ResponseFormat.In(tape, 0), TextRole.Schema);
        sweep.TakeAll(InteractionFields.ToolChoice.In(tape, config), TextRole.Metadata);
        sweep.TakeAll(InteractionFields.StopSequences.In(tape, config), TextRole.User);
        sweep.TakeLabels(config);
        sweep.TakeLabels(tape.Find(0, "labels"u8));
    }

    private static bool IsChoiceAmbiguous(JsonTape tape, int config)
    {
        int choice = InteractionFields.ToolChoice.In(tape, config);
        return InteractionFields.ChoiceShape.IsAmbiguous(tape, config) || InteractionFields.ChoiceShape.IsAmbiguous(tape, choice)
            || InteractionFields.ChoiceShape.IsAmbiguous(tape, InteractionFields.AllowedTools.In(tape, choice));
    }
}
