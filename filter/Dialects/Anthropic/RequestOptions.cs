using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Options of a request that hold text: schemas of answers, instructions of summaries, settings.</summary>
internal static class RequestOptions
{
    /// <summary>Takes the texts of a request's options, each with its role.</summary>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="root">The object that holds the options.</param>
    public static void Take(ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        int output = tape.Find(root, "output_config"u8);
        sweep.TakeLabel(tape.Find(output, "effort"u8));
        sweep.TakeLabels(tape.Find(output, "task_budget"u8));
        sweep.TakeAll(tape.Find(output, "format"u8), TextRole.Schema);
        sweep.TakeAll(tape.Find(root, "output_format"u8), TextRole.Schema);
        sweep.TakeAll(tape.Find(root, "tool_choice"u8), TextRole.Metadata);
        sweep.TakeAll(tape.Find(root, "metadata"u8), TextRole.Metadata);
        sweep.TakeAll(tape.Find(root, "stop_sequences"u8), TextRole.Metadata);
        // A summary is made by these instead of the server's own instructions.
        sweep.Take(tape.Find(tape.Find(root, "compaction"u8), "instructions"u8), TextRole.System);
        sweep.TakeLabels(tape.Find(root, "compaction"u8));
        TakeEdits(ref sweep, tape.Find(tape.Find(root, "context_management"u8), "edits"u8));
        TakeLabels(ref sweep, root);
    }

    private static void TakeEdits(ref SegmentSweep sweep, int edits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(edits, JsonKind.Array))
            return;
        for (int edit = JsonTape.FirstChild(edits); edit < tape[edits].End; edit = tape[edit].End)
        {
            sweep.Take(tape.Find(edit, "instructions"u8), TextRole.System);
            sweep.TakeAll(tape.Find(edit, "exclude_tools"u8), TextRole.Metadata);
            sweep.TakeLabels(edit);
        }
    }

    private static void TakeLabels(ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabels(tape.Find(root, "thinking"u8));
        sweep.TakeLabels(tape.Find(root, "cache_control"u8));
        sweep.TakeLabels(tape.Find(root, "diagnostics"u8));
        sweep.TakeLabels(tape.Find(root, "billing_policy"u8));
        sweep.TakeLabels(tape.Find(root, "anthropic_beta"u8));
        sweep.TakeLabel(tape.Find(root, "anthropic_version"u8));
        sweep.TakeLabel(tape.Find(root, "service_tier"u8));
        sweep.TakeLabel(tape.Find(root, "speed"u8));
        sweep.TakeLabel(tape.Find(root, "inference_geo"u8));
    }
}
