using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>
/// Reads a request's body. Members are read alike in all operations: one that an operation does not have is ignored by the
/// server, and reading it costs nothing.
/// </summary>
internal static class OllamaRequest
{
    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="operation">What is asked for.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, OllamaOperation operation, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, operation, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, OllamaOperation operation, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, OllamaKeys.Request))
            return ReadFault.Ambiguous;
        if (operation.Kind == OllamaKind.Tool)
        {
            message.ToolCalls.Add(new ToolCall(operation.Name, message.Body, 0, 0));
            sweep.TakeAll(0, TextRole.ToolArgument);
            return ReadFault.None;
        }
        ReadFault fault = OllamaModels.Read(message, ref sweep, operation);
        if (fault == ReadFault.None)
            fault = ReadStream(message, tape, operation);
        if (fault == ReadFault.None)
            fault = TakeTexts(message, ref sweep);
        if (fault == ReadFault.None)
            fault = OllamaMessages.ReadAll(message, ref sweep, tape.Find(0, "messages"u8), limits);
        if (fault == ReadFault.None)
            fault = ChatTools.Read(message, ref sweep);
        if (fault == ReadFault.None)
            TakeOptions(ref sweep);
        return fault;
    }

    /// <summary>Whether lines are asked for: they are unless it says no.</summary>
    private static ReadFault ReadStream(Message message, JsonTape tape, OllamaOperation operation)
    {
        int stream = JsonShape.Present(tape, 0, "stream"u8);
        if (stream >= 0 && !tape.Is(stream, JsonKind.True) && !tape.Is(stream, JsonKind.False))
            return ReadFault.WrongShape;
        message.WantsStream = operation.Streams && !tape.Is(stream, JsonKind.False);
        return ReadFault.None;
    }

    private static ReadFault TakeTexts(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        bool read = TakeText(ref sweep, "prompt"u8, TextRole.User)
            && TakeText(ref sweep, "suffix"u8, TextRole.User)
            && TakeText(ref sweep, "system"u8, TextRole.System)
            // What every prompt of the model is poured into: as much an instruction as the system's.
            && TakeText(ref sweep, "template"u8, TextRole.System)
            && TakeInput(ref sweep, JsonShape.Present(tape, 0, "input"u8))
            && TakeContext(message, tape, JsonShape.Present(tape, 0, "context"u8))
            && OllamaMessages.TakeImages(message, ref sweep, tape.Find(0, "images"u8));
        return read ? ReadFault.None : ReadFault.WrongShape;
    }

    /// <summary>Takes a member that is a text or nothing.</summary>
    private static bool TakeText(ref SegmentSweep sweep, ReadOnlySpan<byte> key, TextRole role)
    {
        int node = JsonShape.Present(sweep.Tape, 0, key);
        sweep.Take(node, role);
        return node < 0 || sweep.Tape.Is(node, JsonKind.String);
    }

    /// <summary>What is to be embedded: a text or a list of texts.</summary>
    private static bool TakeInput(ref SegmentSweep sweep, int input)
    {
        JsonTape tape = sweep.Tape;
        if (input < 0 || tape.Is(input, JsonKind.String))
        {
            sweep.Take(input, TextRole.User);
            return true;
        }
        if (!tape.Is(input, JsonKind.Array))
            return false;
        for (int text = JsonTape.FirstChild(input); text < tape[input].End; text = tape[text].End)
        {
            if (!tape.Is(text, JsonKind.String))
                return false;
            sweep.Take(text, TextRole.User);
        }
        return true;
    }

    /// <summary>An earlier conversation as token numbers.</summary>
    private static bool TakeContext(Message message, JsonTape tape, int context)
    {
        if (context < 0)
            return true;
        if (!tape.Is(context, JsonKind.Array))
            return false;
        if (tape[context].End > JsonTape.FirstChild(context))
            message.Opaque.Add(new OpaquePart(OpaqueKind.TokenIds, 0, tape[context].Start, tape[context].Length));
        return true;
    }

    private static void TakeOptions(ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int format = tape.Find(0, "format"u8);
        if (tape.Is(format, JsonKind.Object))
            sweep.TakeAll(format, TextRole.Schema);
        sweep.TakeLabel(format);
        sweep.TakeLabels(tape.Find(0, "options"u8));
        sweep.TakeLabels(tape.Find(0, "parameters"u8));
        sweep.TakeLabel(tape.Find(0, "keep_alive"u8));
        sweep.TakeLabel(tape.Find(0, "think"u8));
        sweep.TakeLabel(tape.Find(0, "quantize"u8));
        sweep.TakeLabel(tape.Find(0, "quantization"u8));
        sweep.TakeLabel(tape.Find(0, "renderer"u8));
        sweep.TakeLabel(tape.Find(0, "parser"u8));
        sweep.TakeLabel(tape.Find(0, "requires"u8));
        sweep.TakeAll(tape.Find(0, "license"u8), TextRole.Document);
    }
}
