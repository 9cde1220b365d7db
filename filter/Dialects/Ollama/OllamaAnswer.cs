using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>Reads an answer, or one line of a streamed one: they have the same members.</summary>
internal static class OllamaAnswer
{
    /// <summary>Reads a whole answer in document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="operation">What was asked for; null if the request was not read.</param>
    /// <param name="isError">The status says that it is an error: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, OllamaOperation? operation, bool isError, in JsonLimits limits)
    {
        JsonTape tape = message.Documents[0].Tape;
        if (isError && !tape.Is(0, JsonKind.Object))
        {
            new SegmentSweep(message, 0).Finish(TextRole.Unknown);
            return ReadFault.None;
        }
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadLine(message, ref sweep, OllamaChannels.None, limits);
        sweep.Finish(operation is { Kind: OllamaKind.Tool } ? TextRole.ToolResult : TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads the members of an answer or line.</summary>
    public static ReadFault ReadLine(Message message, ref SegmentSweep sweep, in OllamaChannels channels, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, OllamaKeys.Answer))
            return ReadFault.Ambiguous;
        TakeLabels(message, ref sweep);
        int said = JsonShape.Present(tape, 0, "message"u8);
        int response = JsonShape.Present(tape, 0, "response"u8);
        int thinking = JsonShape.Present(tape, 0, "thinking"u8);
        if ((said >= 0 && !tape.Is(said, JsonKind.Object)) || (response >= 0 && !tape.Is(response, JsonKind.String))
            || (thinking >= 0 && !tape.Is(thinking, JsonKind.String)))
            return ReadFault.WrongShape;
        sweep.Take(response, TextRole.Assistant, channels.Content);
        sweep.Take(thinking, TextRole.Reasoning, channels.Thinking);
        Media.TakePayload(message, ref sweep, tape.Find(0, "image"u8), OpaqueKind.Image);
        // The conversation so far as token numbers: what was read as text, said again.
        int context = JsonShape.Present(tape, 0, "context"u8);
        if (context >= 0)
            message.AddEcho(0, context);
        ChatLogprobs.Read(message, ref sweep, tape.Find(0, "logprobs"u8), channels.Tokens);
        sweep.TakeLabel(tape.Find(said, "role"u8));
        ReadFault fault = said < 0 ? ReadFault.None : OllamaMessages.Read(message, ref sweep, said, TextRole.Assistant, channels, replayed: false, limits);
        if (fault == ReadFault.None)
            fault = ChatCalls.Read(message, ref sweep, 0, replayed: false, limits);
        return fault != ReadFault.None ? fault : ReadModelCard(message, ref sweep, limits);
    }

    private static void TakeLabels(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int model = tape.Find(0, "model"u8);
        if (tape.Is(model, JsonKind.String))
            message.Model = message.Decode(0, model);
        sweep.TakeLabel(model);
        sweep.TakeLabel(tape.Find(0, "created_at"u8));
        sweep.TakeLabel(tape.Find(0, "done_reason"u8));
        sweep.TakeLabel(tape.Find(0, "remote_model"u8));
        sweep.TakeLabel(tape.Find(0, "version"u8));
        sweep.Take(tape.Find(0, "remote_host"u8), TextRole.Url);
        // A digest is longer than labels are.
        int digest = tape.Find(0, "digest"u8);
        if (tape.Is(digest, JsonKind.String) && tape.Raw(digest).StartsWith("sha256:"u8) && tape[digest].Length == 71)
            sweep.Take(digest, TextRole.Metadata);
        sweep.Take(tape.Find(0, "error"u8), TextRole.Unknown);
        sweep.Take(tape.Find(0, "status"u8), TextRole.Unknown);
    }

    /// <summary>What is told of models: <c>/api/show</c>, <c>/api/tags</c>, <c>/api/ps</c>.</summary>
    private static ReadFault ReadModelCard(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(0, "system"u8), TextRole.System);
        sweep.Take(tape.Find(0, "template"u8), TextRole.System);
        sweep.Take(tape.Find(0, "modelfile"u8), TextRole.System);
        sweep.Take(tape.Find(0, "license"u8), TextRole.Document);
        sweep.TakeLabels(tape.Find(0, "details"u8));
        sweep.TakeLabels(tape.Find(0, "capabilities"u8));
        sweep.TakeLabels(tape.Find(0, "model_info"u8));
        sweep.TakeLabels(tape.Find(0, "projector_info"u8));
        sweep.TakeLabels(tape.Find(0, "tensors"u8));
        sweep.TakeLabels(tape.Find(0, "models"u8));
        sweep.TakeLabel(tape.Find(0, "modified_at"u8));
        sweep.TakeLabel(tape.Find(0, "requires"u8));
        return OllamaMessages.ReadAll(message, ref sweep, tape.Find(0, "messages"u8), limits);
    }
}
