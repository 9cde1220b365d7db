using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Strings that hold JSON (tool arguments, tool results) are read a second time, as strictly as the body.</summary>
internal static class NestedJson
{
    private const int MaxDepth = 3;
    private const int MaxDocuments = 256;

    /// <summary>
    /// Takes a string: where it holds an object or array in strict JSON, the strings in it become the segments, at any depth
    /// up to three; otherwise it is a segment itself. Of any other value, takes every string in it so.
    /// </summary>
    public static void Take(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits)
    {
        if (node < 0)
            return;
        TakeStrings(message, ref sweep, node, role, limits, 0);
        sweep.TakeAll(node, role);
    }

    private static void TakeStrings(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits, int depth)
    {
        JsonTape tape = sweep.Tape;
        for (int i = node; i < tape[node].End; i++)
        {
            if (tape[i].Kind == JsonKind.String)
                TakeString(message, ref sweep, i, role, limits, depth);
        }
    }

    private static void TakeString(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits, int depth)
    {
        if (sweep.IsTaken(node))
            return;
        if (depth < MaxDepth && message.Documents.Count < MaxDocuments && LooksLikeJson(sweep.Tape.Raw(node)))
        {
            int nested = message.OpenNested(sweep.Document, node, limits);
            if (nested >= 0)
            {
                sweep.Skip(node);
                var inner = new SegmentSweep(message, nested);
                TakeStrings(message, ref inner, 0, role, limits, depth + 1);
                inner.Finish(role);
                return;
            }
            message.JsonFault = JsonFault.None;
        }
        sweep.Take(node, role);
    }

    private static bool LooksLikeJson(ReadOnlySpan<byte> raw)
    {
        // White space around the value stands escaped in the string that holds it.
        ReadOnlySpan<byte> text = raw.Trim(" \\trn"u8);
        return text.Length >= 2 && text[0] is (byte)'{' or (byte)'[' && text[^1] is (byte)'}' or (byte)']';
    }
}
