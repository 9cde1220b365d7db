using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>Where an event's text belongs.</summary>
/// <param name="Item">Index of the item.</param>
/// <param name="Part">Index of the part in the item: of content, of a summary, of commands.</param>
internal readonly record struct EventPlace(int Item, int Part);

/// <summary>Texts that stand in an event itself: pieces of running ones, and their whole at the end.</summary>
internal static class EventTexts
{
    /// <summary>Reads them.</summary>
    /// <param name="message">The event's message.</param>
    /// <param name="sweep">The event's sweep.</param>
    /// <param name="kind">The event's type.</param>
    /// <param name="place">Where the texts belong.</param>
    /// <param name="texts">The stream's running texts.</param>
    /// <param name="calls">The stream's calls: get pieces of arguments.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(
        Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> kind, EventPlace place, RunningTexts texts, StreamedCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        TakeAudio(message, ref sweep, kind);
        Media.TakePayload(message, ref sweep, tape.Find(0, "partial_image_b64"u8), OpaqueKind.Image);
        ResponsesContent.TakeAnnotations(ref sweep, tape.Find(0, "annotation"u8));
        int logprobs = tape.Find(0, "logprobs"u8);
        bool runs = kind.EndsWith(".delta"u8) && tape.Is(logprobs, JsonKind.Array) && tape[logprobs].End > JsonTape.FirstChild(logprobs);
        OpenAi.ChatLogprobs.ReadList(message, ref sweep, logprobs, runs ? texts.Of(RunningKind.Tokens, place.Item, place.Part) : -1);
        (int running, TextRole role) = Classify(kind);
        ReadFault fault = TakeDelta(message, ref sweep, tape.Find(0, "delta"u8), running, role, place, texts, calls);
        int command = tape.Find(0, "command"u8);
        if (command >= 0 && kind.EndsWith(".added"u8))
            sweep.Take(command, TextRole.ToolArgument, texts.Of(RunningKind.Command, place.Item, place.Part));
        if (kind.EndsWith(".done"u8))
        {
            texts.End(message, running, place.Item, place.Part);
            texts.End(message, (int)RunningKind.Errors, place.Item, place.Part);
            texts.End(message, (int)RunningKind.Tokens, place.Item, place.Part);
        }
        return fault != ReadFault.None ? fault : TakeWhole(message, ref sweep, role, place, calls, limits);
    }

    private static ReadFault TakeDelta(
        Message message, ref SegmentSweep sweep, int delta, int kind, TextRole role, EventPlace place, RunningTexts texts, StreamedCalls calls)
    {
        JsonTape tape = sweep.Tape;
        if (delta < 0)
            return ReadFault.None;
        if (tape.Is(delta, JsonKind.String))
        {
            if (sweep.IsTaken(delta))
                return ReadFault.None;
            sweep.Take(delta, role, texts.Of(kind, place.Item, place.Part));
            return kind == (int)RunningKind.Arguments ? calls.Append(place.Item, message.Decode(0, delta).Span) : ReadFault.None;
        }
        // What a command puts out, and anything new: each member runs on for itself.
        for (int node = delta; node < tape[delta].End; node++)
        {
            if (tape[node].Kind != JsonKind.Key || !tape.Is(node + 1, JsonKind.String))
                continue;
            int number = tape.KeyEquals(node, "stdout"u8) ? (int)RunningKind.Output : tape.KeyEquals(node, "stderr"u8) ? (int)RunningKind.Errors : NumberOf(tape.Raw(node));
            sweep.Take(node + 1, role, texts.Of(number, place.Item, place.Part));
        }
        return ReadFault.None;
    }

    private static ReadFault TakeWhole(Message message, ref SegmentSweep sweep, TextRole role, EventPlace place, StreamedCalls calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(0, "text"u8), role);
        sweep.Take(tape.Find(0, "refusal"u8), TextRole.Assistant);
        sweep.Take(tape.Find(0, "transcript"u8), TextRole.Assistant);
        sweep.Take(tape.Find(0, "code"u8), role == TextRole.ToolArgument ? role : TextRole.Metadata);
        sweep.Take(tape.Find(0, "command"u8), TextRole.ToolArgument);
        int output = tape.Find(0, "output"u8);
        if (output >= 0)
            sweep.TakeAll(output, TextRole.ToolResult);
        int arguments = JsonShape.Present(tape, 0, "arguments"u8);
        if (arguments < 0)
            arguments = JsonShape.Present(tape, 0, "input"u8);
        if (arguments < 0)
            return ReadFault.None;
        int name = JsonShape.Present(tape, 0, "name"u8);
        if (name >= 0 && !tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        sweep.TakeLabel(name);
        NestedJson.Take(message, ref sweep, arguments, TextRole.ToolArgument, limits);
        calls.Say(message, place.Item, name < 0 ? default : message.Decode(0, name), OpenAi.ChatCalls.TextOf(message, 0, arguments));
        return ReadFault.None;
    }

    /// <summary>What a running text of an event's type is, and whose words.</summary>
    private static (int Kind, TextRole Role) Classify(ReadOnlySpan<byte> kind)
    {
        if (kind.StartsWith("response."u8))
            kind = kind["response.".Length..];
        // A text's pieces and its whole are of one kind.
        if (kind.LastIndexOf((byte)'.') is var end and > 0)
            kind = kind[..end];
        if (kind.StartsWith("output_text"u8))
            return ((int)RunningKind.Text, TextRole.Assistant);
        if (kind.StartsWith("refusal"u8))
            return ((int)RunningKind.Refusal, TextRole.Assistant);
        if (kind.StartsWith("reasoning_summary"u8))
            return ((int)RunningKind.Summary, TextRole.Reasoning);
        if (kind.StartsWith("reasoning"u8))
            return ((int)RunningKind.Reasoning, TextRole.Reasoning);
        if (kind.StartsWith("shell_call_command"u8))
            return ((int)RunningKind.Command, TextRole.ToolArgument);
        if (kind.StartsWith("shell_call_output"u8))
            return ((int)RunningKind.Output, TextRole.ToolResult);
        if (kind.StartsWith("audio"u8))
            return ((int)RunningKind.Transcript, TextRole.Assistant);
        if (kind.IndexOf("_call"u8) >= 0)
            return ((int)RunningKind.Arguments, TextRole.ToolArgument);
        return (NumberOf(kind), TextRole.Assistant);
    }

    /// <summary>A number for a kind of text that nobody knows, by its name.</summary>
    private static int NumberOf(ReadOnlySpan<byte> name)
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        return (int)RunningKind.Unknown + (hash.ToHashCode() & 0x3FFF_FFFF);
    }

    private static void TakeAudio(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> kind)
    {
        if (kind.SequenceEqual("response.audio.delta"u8) || kind.SequenceEqual("response.output_audio.delta"u8))
            Media.TakePayload(message, ref sweep, sweep.Tape.Find(0, "delta"u8), OpaqueKind.Audio);
    }
}
