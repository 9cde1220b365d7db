using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What an answer cost: numbers, under keys that are the API's own although they are long and have digits.</summary>
internal static class UsageCounts
{
    /// <summary>Takes a <c>usage</c> object.</summary>
    public static void Take(ref SegmentSweep sweep, int usage)
    {
        if (usage < 0)
            return;
        JsonTape tape = sweep.Tape;
        for (int node = usage; node < tape[usage].End; node++)
        {
            if (tape[node].Kind == JsonKind.Key && (tape.KeyEquals(node, "ephemeral_5m_input_tokens"u8) || tape.KeyEquals(node, "ephemeral_1h_input_tokens"u8)))
                sweep.Skip(node);
        }
        sweep.TakeLabels(usage);
    }
}
