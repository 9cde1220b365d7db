using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>What a message says: a string, or parts of text, pictures, sound and files.</summary>
internal static class ChatContent
{
    /// <summary>Reads content in any of its forms.</summary>
    /// <param name="message">Gets segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="content">Its node; -1 for none.</param>
    /// <param name="role">Whose words.</param>
    /// <param name="channels">Which running texts they go on with; none outside streams.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int content, TextRole role, in TurnChannels channels, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(content, JsonKind.String))
        {
            TakeText(message, ref sweep, content, role, channels.Content, limits);
            return ReadFault.None;
        }
        if (tape.Is(content, JsonKind.Object))
            return ReadPart(message, ref sweep, content, role, channels, limits);
        if (!tape.Is(content, JsonKind.Array))
            return ReadFault.None;
        ReadFault fault = ReadFault.None;
        for (int part = JsonTape.FirstChild(content); part < tape[content].End && fault == ReadFault.None; part = tape[part].End)
        {
            if (tape.Is(part, JsonKind.String))
                TakeText(message, ref sweep, part, role, channels.Content, limits);
            else
                fault = ReadPart(message, ref sweep, part, role, channels, limits);
        }
        return fault;
    }

    /// <summary>Reads one part.</summary>
    public static ReadFault ReadPart(Message message, ref SegmentSweep sweep, int part, TextRole role, in TurnChannels channels, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, part, ChatKeys.Part))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(tape.Find(part, "type"u8));
        sweep.TakeLabels(tape.Find(part, "cache_control"u8));
        sweep.TakeLabels(tape.Find(part, "prompt_cache_breakpoint"u8));
        sweep.Take(tape.Find(part, "document_name"u8), TextRole.FileName);
        int text = tape.Find(part, "text"u8);
        if (tape.Is(text, JsonKind.String))
            TakeText(message, ref sweep, text, role, channels.Content, limits);
        sweep.Take(tape.Find(part, "refusal"u8), TextRole.Assistant, channels.Refusal);
        ReadThinking(ref sweep, tape.Find(part, "thinking"u8), channels.Reasoning);
        Media.TakePayload(message, ref sweep, tape.Find(part, "image_base64"u8), OpaqueKind.Image);
        if (!TakeAddresses(message, ref sweep, part))
            return ReadFault.Ambiguous;
        ReadFault fault = ReadAudio(message, ref sweep, tape.Find(part, "input_audio"u8));
        if (fault == ReadFault.None)
            fault = ReadFile(message, ref sweep, part);
        int file = tape.Find(part, "file"u8);
        if (fault == ReadFault.None && file >= 0)
            fault = ReadFile(message, ref sweep, file);
        int source = tape.Find(part, "source"u8);
        if (fault == ReadFault.None && source >= 0)
            fault = ReadFile(message, ref sweep, source);
        return fault;
    }

    private static bool TakeAddresses(Message message, ref SegmentSweep sweep, int part)
    {
        JsonTape tape = sweep.Tape;
        return TakeAddress(message, ref sweep, tape.Find(part, "image_url"u8), OpaqueKind.Image)
            && TakeAddress(message, ref sweep, tape.Find(part, "video_url"u8), OpaqueKind.Video)
            && TakeAddress(message, ref sweep, tape.Find(part, "audio_url"u8), OpaqueKind.Audio)
            && TakeAddress(message, ref sweep, tape.Find(part, "document_url"u8), OpaqueKind.File);
    }

    private static bool TakeAddress(Message message, ref SegmentSweep sweep, int holder, OpaqueKind inline)
    {
        if (holder < 0)
            return true;
        if (KnownKeys.HasVariant(sweep.Tape, holder, ChatKeys.Part))
            return false;
        Media.TakeAddress(message, ref sweep, holder, inline);
        return true;
    }

    private static ReadFault ReadAudio(Message message, ref SegmentSweep sweep, int audio)
    {
        JsonTape tape = sweep.Tape;
        if (audio < 0)
            return ReadFault.None;
        if (KnownKeys.HasVariant(tape, audio, ChatKeys.Part))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(tape.Find(audio, "format"u8));
        if (tape.Is(audio, JsonKind.String) && (tape.Raw(audio).StartsWith("data:"u8) || tape.Raw(audio).StartsWith("http"u8)))
            Media.TakeAddress(message, ref sweep, audio, OpaqueKind.Audio);
        else
            Media.TakePayload(message, ref sweep, tape.Is(audio, JsonKind.String) ? audio : tape.Find(audio, "data"u8), OpaqueKind.Audio);
        return ReadFault.None;
    }

    private static ReadFault ReadFile(Message message, ref SegmentSweep sweep, int file)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, file, ChatKeys.Part))
            return ReadFault.Ambiguous;
        sweep.Take(tape.Find(file, "filename"u8), TextRole.FileName);
        sweep.TakeLabel(tape.Find(file, "media_type"u8));
        Media.TakePayload(message, ref sweep, tape.Find(file, "data"u8), OpaqueKind.File);
        int data = tape.Find(file, "file_data"u8);
        // Gateways take an address in its place.
        if (tape.Is(data, JsonKind.String) && tape.Raw(data).StartsWith("http"u8))
            Media.TakeAddress(message, ref sweep, data, OpaqueKind.File);
        else
            Media.TakePayload(message, ref sweep, data, OpaqueKind.File);
        Media.TakePayload(message, ref sweep, tape.Find(file, "file_id"u8), OpaqueKind.ServerState);
        Media.TakeAddress(message, ref sweep, tape.Find(file, "file_url"u8), OpaqueKind.File);
        Media.TakeAddress(message, ref sweep, tape.Find(file, "url"u8), OpaqueKind.File);
        return ReadFault.None;
    }

    private static void ReadThinking(ref SegmentSweep sweep, int thinking, int channel)
    {
        JsonTape tape = sweep.Tape;
        if (thinking < 0)
            return;
        sweep.Take(thinking, TextRole.Reasoning, channel);
        if (!tape.Is(thinking, JsonKind.Array))
            return;
        for (int part = JsonTape.FirstChild(thinking); part < tape[thinking].End; part = tape[part].End)
        {
            sweep.TakeLabel(tape.Find(part, "type"u8));
            sweep.Take(tape.Find(part, "text"u8), TextRole.Reasoning, channel);
        }
    }

    private static void TakeText(Message message, ref SegmentSweep sweep, int node, TextRole role, int channel, in JsonLimits limits)
    {
        // Tools return JSON more often than not: what is edited in it must leave it JSON.
        if (role == TextRole.ToolResult)
            NestedJson.Take(message, ref sweep, node, role, limits);
        else
            sweep.Take(node, role, channel);
    }
}
