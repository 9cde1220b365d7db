using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>What a request asks to be answered by, and whether as a stream.</summary>
internal static class ChatModel
{
    /// <summary>Reads <c>model</c>, <c>models</c>, <c>agent_id</c> and <c>stream</c>.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep)
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
        ReadFault fault = ReadHeld(message, ref sweep, tape.Find(0, "agent_id"u8));
        if (fault == ReadFault.None)
            fault = ReadHeld(message, ref sweep, tape.Find(0, "preset"u8));
        // OpenRouter: models to fall back to.
        int models = tape.Find(0, "models"u8);
        if (fault == ReadFault.None && !JsonShape.IsArrayOrAbsent(tape, models))
            fault = ReadFault.WrongShape;
        return fault != ReadFault.None ? fault : ReadFurther(message, ref sweep, JsonShape.Present(tape, 0, "models"u8));
    }

    /// <summary>Takes a model, or a list of models, named beside <c>model</c>.</summary>
    public static ReadFault ReadFurther(Message message, ref SegmentSweep sweep, int models)
    {
        JsonTape tape = sweep.Tape;
        if (models < 0)
            return ReadFault.None;
        bool isList = tape.Is(models, JsonKind.Array);
        for (int further = isList ? JsonTape.FirstChild(models) : models; further < tape[models].End; further = tape[further].End)
        {
            if (!tape.Is(further, JsonKind.String))
                return ReadFault.WrongShape;
            message.FurtherModels.Add(message.Decode(sweep.Document, further));
            sweep.TakeLabel(further);
        }
        return ReadFault.None;
    }

    /// <summary>
    /// An agent of Mistral's, or a preset of OpenRouter's: a model with instructions and tools that the provider holds. It is judged
    /// as a model, and is besides what cannot be seen.
    /// </summary>
    private static ReadFault ReadHeld(Message message, ref SegmentSweep sweep, int held)
    {
        JsonTape tape = sweep.Tape;
        if (held < 0 || tape.Is(held, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(held, JsonKind.String))
            return ReadFault.WrongShape;
        message.FurtherModels.Add(message.Decode(sweep.Document, held));
        Media.TakePayload(message, ref sweep, held, OpaqueKind.ServerState);
        return ReadFault.None;
    }
}
