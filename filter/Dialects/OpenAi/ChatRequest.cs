using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Reads a chat completion request.</summary>
internal static class ChatRequest
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="path">The request's path: Azure names the model in it.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ReadOnlyMemory<byte> path, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, limits);
        if (fault == ReadFault.None && AzurePath.DeploymentOf(path) is { IsEmpty: false } deployment)
            message.Model = deployment;
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ChatKeys.Request))
            return ReadFault.Ambiguous;
        int messages = tape.Find(0, "messages"u8);
        if (!tape.Is(messages, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadModel(message, ref sweep);
        for (int item = JsonTape.FirstChild(messages); item < tape[messages].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadMessage(message, ref sweep, item, limits);
        if (fault == ReadFault.None)
            fault = ChatTools.Read(message, ref sweep);
        if (fault == ReadFault.None)
            TakeOptions(message, ref sweep);
        return fault;
    }

    private static ReadFault ReadModel(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        message.WantsStream = tape.Is(tape.Find(0, "stream"u8), JsonKind.True);
        int model = tape.Find(0, "model"u8);
        if (model >= 0 && !tape.Is(model, JsonKind.String) && !tape.Is(model, JsonKind.Null))
            return ReadFault.WrongShape;
        if (tape.Is(model, JsonKind.String))
        {
            message.Model = message.Decode(0, model);
            sweep.TakeLabel(model);
        }
        // OpenRouter: models to fall back to.
        int models = tape.Find(0, "models"u8);
        if (models < 0 || tape.Is(models, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(models, JsonKind.Array))
            return ReadFault.WrongShape;
        for (int further = JsonTape.FirstChild(models); further < tape[models].End; further = tape[further].End)
        {
            if (!tape.Is(further, JsonKind.String))
                return ReadFault.WrongShape;
            message.FurtherModels.Add(message.Decode(0, further));
            sweep.TakeLabel(further);
        }
        return ReadFault.None;
    }

    private static ReadFault ReadMessage(Message message, ref SegmentSweep sweep, int item, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        int roleNode = tape.Find(item, "role"u8);
        if (roleNode >= 0 && !tape.Is(roleNode, JsonKind.String))
            return ReadFault.WrongShape;
        TextRole role = roleNode < 0 ? TextRole.Unknown : RoleOf(tape, roleNode);
        if (role != TextRole.Unknown)
            sweep.TakeLabel(roleNode);
        ReadFault fault = ChatTurn.Read(message, ref sweep, item, role, TurnChannels.None, limits);
        return fault != ReadFault.None ? fault : ChatCalls.Read(message, ref sweep, item, replayed: true, limits);
    }

    private static void TakeOptions(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        TakeAll(ref sweep, tape.Find(0, "response_format"u8), TextRole.Schema);
        TakeAll(ref sweep, tape.Find(0, "structured_outputs"u8), TextRole.Schema);
        TakeAll(ref sweep, tape.Find(0, "prediction"u8), TextRole.Assistant);
        TakeAll(ref sweep, tape.Find(0, "documents"u8), TextRole.Document);
        TakeAll(ref sweep, tape.Find(0, "tool_choice"u8), TextRole.Metadata);
        TakeAll(ref sweep, tape.Find(0, "function_call"u8), TextRole.Metadata);
        sweep.TakeLabel(tape.Find(0, "reasoning_effort"u8));
        sweep.TakeLabel(tape.Find(0, "service_tier"u8));
        sweep.TakeLabel(tape.Find(0, "verbosity"u8));
        Media.TakePayload(message, ref sweep, tape.Find(0, "prompt_embeds"u8), OpaqueKind.TokenIds);
        // Azure: the other side searches these indexes and puts what it finds before the model.
        int sources = tape.Find(0, "data_sources"u8);
        if (tape.Is(sources, JsonKind.Array) && tape[sources].End > JsonTape.FirstChild(sources))
            message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, 0, tape[sources].Start, tape[sources].Length));
    }

    private static void TakeAll(ref SegmentSweep sweep, int node, TextRole role)
    {
        if (node >= 0)
            sweep.TakeAll(node, role);
    }

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (tape.KeyEquals(node, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(node, "assistant"u8))
            return TextRole.Assistant;
        if (tape.KeyEquals(node, "tool"u8) || tape.KeyEquals(node, "function"u8))
            return TextRole.ToolResult;
        if (tape.KeyEquals(node, "system"u8))
            return TextRole.System;
        return tape.KeyEquals(node, "developer"u8) ? TextRole.Developer : TextRole.Unknown;
    }
}
