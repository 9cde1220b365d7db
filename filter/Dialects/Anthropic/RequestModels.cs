using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Models a request asks for: the first, and those to fall back to when it declines.</summary>
internal static class RequestModels
{
    /// <summary>Reads the models of a request, and whether its answer is to be a stream.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        message.WantsStream |= tape.Is(tape.Find(root, "stream"u8), JsonKind.True);
        int model = JsonShape.Present(tape, root, "model"u8);
        if (model >= 0 && !TryAdd(message, ref sweep, model))
            return ReadFault.WrongShape;
        int fallbacks = JsonShape.Present(tape, root, "fallbacks"u8);
        if (fallbacks < 0)
            return ReadFault.None;
        // "default" leaves it to the other side which model answers: it is judged as a model of that name.
        if (tape.Is(fallbacks, JsonKind.String))
            return TryAdd(message, ref sweep, fallbacks) ? ReadFault.None : ReadFault.WrongShape;
        if (!tape.Is(fallbacks, JsonKind.Array))
            return ReadFault.WrongShape;
        for (int fallback = JsonTape.FirstChild(fallbacks); fallback < tape[fallbacks].End; fallback = tape[fallback].End)
        {
            if (KnownKeys.HasVariant(tape, fallback, AnthropicKeys.Request))
                return ReadFault.Ambiguous;
            if (!TryAdd(message, ref sweep, tape.Find(fallback, "model"u8)))
                return ReadFault.WrongShape;
            RequestOptions.Take(ref sweep, fallback);
        }
        return ReadFault.None;
    }

    private static bool TryAdd(Message message, ref SegmentSweep sweep, int node)
    {
        if (!sweep.Tape.Is(node, JsonKind.String))
            return false;
        ReadOnlyMemory<byte> model = message.Decode(sweep.Document, node);
        if (message.Model.IsEmpty)
            message.Model = model;
        else if (!message.Model.Span.SequenceEqual(model.Span))
            message.FurtherModels.Add(model);
        sweep.TakeLabel(node);
        return true;
    }
}
