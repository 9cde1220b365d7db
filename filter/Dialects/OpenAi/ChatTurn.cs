using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>One turn: a message of a request, of a response, or a delta of a stream. Its tool calls are read apart.</summary>
internal static class ChatTurn
{
    /// <summary>Reads all of a turn but its role and its tool calls.</summary>
    /// <param name="message">Gets segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="turn">The turn's object.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="channels">Which running texts they go on with; none outside streams.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int turn, TextRole role, in TurnChannels channels, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, turn, ChatKeys.Message))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(tape.Find(turn, "tool_call_id"u8));
        if (role == TextRole.ToolResult)
            sweep.TakeLabel(tape.Find(turn, "name"u8));
        // Groq: which of gpt-oss' channels a delta is of.
        sweep.TakeLabel(tape.Find(turn, "channel"u8));
        sweep.TakeLabels(tape.Find(turn, "cache_control"u8));
        sweep.Take(tape.Find(turn, "refusal"u8), TextRole.Assistant, channels.Refusal);
        sweep.Take(tape.Find(turn, "reasoning_content"u8), TextRole.Reasoning, channels.ReasoningContent);
        sweep.Take(tape.Find(turn, "reasoning"u8), TextRole.Reasoning, channels.Reasoning);
        ReadReasoning(message, ref sweep, tape.Find(turn, "reasoning_details"u8), channels.ReasoningDetails);
        ReadAudio(message, ref sweep, tape.Find(turn, "audio"u8), channels.Transcript);
        ReadSources(ref sweep, tape.Find(turn, "annotations"u8));
        ReadSources(ref sweep, tape.Find(turn, "context"u8));
        ReadSources(ref sweep, tape.Find(turn, "graph_data"u8));
        ReadSources(ref sweep, tape.Find(turn, "web_search_data"u8));
        ReadFault fault = ChatContent.Read(message, ref sweep, tape.Find(turn, "content"u8), role, channels, limits);
        if (fault == ReadFault.None)
            fault = ChatContent.Read(message, ref sweep, tape.Find(turn, "images"u8), role, channels, limits);
        return fault;
    }

    /// <summary>OpenRouter's <c>reasoning_details</c>: text and summaries are readable, encrypted data is not.</summary>
    private static void ReadReasoning(Message message, ref SegmentSweep sweep, int details, int channel)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(details, JsonKind.Array))
            return;
        for (int detail = JsonTape.FirstChild(details); detail < tape[details].End; detail = tape[detail].End)
        {
            sweep.TakeLabel(tape.Find(detail, "type"u8));
            sweep.TakeLabel(tape.Find(detail, "format"u8));
            sweep.TakeLabel(tape.Find(detail, "id"u8));
            sweep.Take(tape.Find(detail, "text"u8), TextRole.Reasoning, channel);
            sweep.Take(tape.Find(detail, "summary"u8), TextRole.Reasoning, channel);
            Media.TakePayload(message, ref sweep, tape.Find(detail, "data"u8), OpaqueKind.Encrypted);
            Media.TakePayload(message, ref sweep, tape.Find(detail, "signature"u8), OpaqueKind.Encrypted);
        }
    }

    /// <summary>Spoken audio: in an answer with its data and words, in a request as the id of an earlier answer's.</summary>
    private static void ReadAudio(Message message, ref SegmentSweep sweep, int audio, int channel)
    {
        JsonTape tape = sweep.Tape;
        int data = tape.Find(audio, "data"u8);
        sweep.Take(tape.Find(audio, "transcript"u8), TextRole.Assistant, channel);
        if (data >= 0)
            Media.TakePayload(message, ref sweep, data, OpaqueKind.Audio);
        else if (channel < 0 && tape.Find(audio, "transcript"u8) < 0)
            Media.TakePayload(message, ref sweep, tape.Find(audio, "id"u8), OpaqueKind.ServerState);
        sweep.TakeLabel(tape.Find(audio, "id"u8));
    }

    /// <summary>
    /// Sources an answer cites or was made from (OpenAI, Azure, Writer, Perplexity): addresses, and titles and excerpts that
    /// strangers wrote.
    /// </summary>
    public static void ReadSources(ref SegmentSweep sweep, int sources)
    {
        JsonTape tape = sweep.Tape;
        if (sources < 0)
            return;
        for (int i = sources; i < tape[sources].End; i++)
        {
            if (tape[i].Kind != JsonKind.Key)
                continue;
            if (tape.KeyEquals(i, "url"u8))
                sweep.Take(i + 1, TextRole.Url);
            else if (tape.KeyEquals(i, "type"u8) || tape.KeyEquals(i, "status"u8) || tape.KeyEquals(i, "id"u8))
                sweep.TakeLabel(i + 1);
        }
        sweep.TakeAll(sources, TextRole.Document);
    }
}
