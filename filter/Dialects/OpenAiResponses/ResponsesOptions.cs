using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>What stands beside input and tools in a request, and comes back in its response.</summary>
internal static class ResponsesOptions
{
    /// <summary>Takes the settings of a request or of the response that repeats them.</summary>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="holder">The request's or the response's object.</param>
    public static void Take(ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        TakeFormat(ref sweep, holder);
        TakeAll(ref sweep, tape.Find(holder, "tool_choice"u8), TextRole.Metadata);
        TakeAll(ref sweep, tape.Find(holder, "metadata"u8), TextRole.Metadata);
        sweep.TakeLabel(tape.Find(holder, "user"u8));
        sweep.TakeLabel(tape.Find(holder, "safety_identifier"u8));
        sweep.TakeLabel(tape.Find(holder, "prompt_cache_key"u8));
        sweep.TakeLabel(tape.Find(holder, "prompt_cache_retention"u8));
        sweep.TakeLabels(tape.Find(holder, "prompt_cache_options"u8));
        sweep.TakeLabel(tape.Find(holder, "service_tier"u8));
        sweep.TakeLabel(tape.Find(holder, "truncation"u8));
        sweep.TakeLabel(tape.Find(holder, "personality"u8));
        sweep.TakeLabels(tape.Find(holder, "include"u8));
        sweep.TakeLabels(tape.Find(holder, "reasoning"u8));
        sweep.TakeLabels(tape.Find(holder, "moderation"u8));
        sweep.TakeLabels(tape.Find(holder, "context_management"u8));
        sweep.TakeLabels(tape.Find(holder, "access_programs"u8));
        sweep.TakeLabels(tape.Find(holder, "image"u8));
        sweep.TakeLabels(tape.Find(holder, "modalities"u8));
    }

    /// <summary>Takes the form an answer must have, and what the schema in it says.</summary>
    public static void TakeFormat(ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        int text = tape.Find(holder, "text"u8);
        int format = tape.Find(text, "format"u8);
        sweep.TakeLabel(tape.Find(text, "verbosity"u8));
        sweep.TakeLabel(tape.Find(format, "type"u8));
        TakeAll(ref sweep, format, TextRole.Schema);
        // The chat API's name for it, which gateways pass on.
        TakeAll(ref sweep, tape.Find(holder, "response_format"u8), TextRole.Schema);
    }

    private static void TakeAll(ref SegmentSweep sweep, int node, TextRole role)
    {
        if (node >= 0)
            sweep.TakeAll(node, role);
    }
}
