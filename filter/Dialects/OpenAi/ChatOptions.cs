using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Options of a request: those of OpenAI and of the servers that speak its protocol.</summary>
internal static class ChatOptions
{
    /// <summary>Keys whose strings are settings: software reads them, no model. What reads like prose is left to the sweep.</summary>
    private static readonly byte[][] Settings = KnownKeys.Of(
        "user", "safety_identifier", "prompt_cache_key", "prompt_cache_options", "metadata", "stop", "bad_words", "modalities", "audio", "moderation",
        "reasoning_effort", "reasoning_format", "reasoning", "thinking", "verbosity", "service_tier", "include", "prompt_mode",
        "provider", "route", "transforms", "session_id", "trace", "request_id", "cache_salt", "truncation_side", "guided_decoding_backend",
        "mm_processor_kwargs", "media_io_kwargs", "search_domain_filter", "search_recency_filter", "search_mode");

    /// <summary>Keys whose strings say what an answer must look like: schemas, grammars, expressions, lists to choose from.</summary>
    private static readonly byte[][] Schemas = KnownKeys.Of(
        "response_format", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar", "guided_whitespace_pattern", "structural_tag");

    /// <summary>Takes all but the messages, the model and the tools.</summary>
    public static void Take(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        foreach (byte[] key in Schemas)
            NestedJson.Take(message, ref sweep, tape.Find(0, key), TextRole.Schema, limits);
        foreach (byte[] key in Settings)
            sweep.TakeLabels(tape.Find(0, key));
        sweep.TakeAll(tape.Find(0, "tool_choice"u8), TextRole.Metadata);
        sweep.TakeAll(tape.Find(0, "function_call"u8), TextRole.Metadata);
        sweep.TakeAll(tape.Find(0, "prediction"u8), TextRole.Assistant);
        sweep.TakeAll(tape.Find(0, "documents"u8), TextRole.Document);
        // vLLM: the caller's own template puts the messages together, so it is instructions to whatever reads them.
        sweep.TakeAll(tape.Find(0, "chat_template"u8), TextRole.Developer);
        sweep.TakeAll(tape.Find(0, "chat_template_kwargs"u8), TextRole.Developer);
        Media.TakePayload(message, ref sweep, tape.Find(0, "prompt_embeds"u8), OpaqueKind.TokenIds);
        TakeHeld(message, tape, tape.Find(0, "kv_transfer_params"u8), OpaqueKind.ServerState);
        int google = tape.Find(tape.Find(0, "extra_body"u8), "google"u8);
        Media.TakePayload(message, ref sweep, tape.Find(google, "cached_content"u8), OpaqueKind.ServerState);
        TakeSources(message, ref sweep);
    }

    /// <summary>Azure: the other side searches these indexes and puts what it finds before the model.</summary>
    private static void TakeSources(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int sources = tape.Find(0, "data_sources"u8);
        if (sources < 0)
            return;
        TakeHeld(message, tape, sources, OpaqueKind.RemoteReference);
        for (int node = sources; node < tape[sources].End; node++)
        {
            if (tape[node].Kind == JsonKind.Key && tape.KeyEquals(node, "role_information"u8))
                sweep.TakeAll(node + 1, TextRole.System);
        }
        sweep.TakeLabels(sources);
    }

    /// <summary>Notes a list or object that is not empty: what stands behind it is the other side's.</summary>
    private static void TakeHeld(Message message, JsonTape tape, int held, OpaqueKind kind)
    {
        if ((tape.Is(held, JsonKind.Array) || tape.Is(held, JsonKind.Object)) && tape[held].End > JsonTape.FirstChild(held))
            message.Opaque.Add(new OpaquePart(kind, 0, tape[held].Start, tape[held].Length));
    }
}
