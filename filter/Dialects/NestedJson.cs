using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Strings that hold JSON (tool arguments, tool results) are read a second time, as strictly as the body.</summary>
internal static class NestedJson
{
    private const int MaxDepth = 3;
    private const int MaxDocuments = 256;

    /// <summary>
    /// Takes a string: where it holds an object or array in strict JSON, the strings in it become the segments, at any depth
    /// up to three; otherwise it is a segment itself.
    /// </summary>
    public static void Take(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits, int depth = 0)
    {
        if (!sweep.Tape.Is(node, JsonKind.String))
        {
            sweep.TakeAll(node, role);
            return;
        }
        if (sweep.IsTaken(node))
            return;
        if (depth < MaxDepth && message.Documents.Count < MaxDocuments && LooksLikeJson(sweep.Tape.Raw(node)))
        {
            int nested = message.OpenNested(sweep.Document, node, limits);
            if (nested >= 0)
            {
                sweep.Skip(node);
                var inner = new SegmentSweep(message, nested);
                JsonTape tape = inner.Tape;
                for (int i = 0; i < tape.Count; i++)
                {
                    if (tape[i].Kind == JsonKind.String)
                        Take(message, ref inner, i, role, limits, depth + 1);
                }
                inner.Finish(role);
                return;
            }
            message.JsonFault = JsonFault.None;
        }
        sweep.Take(node, role);
    }

    private static bool LooksLikeJson(ReadOnlySpan<byte> raw)
    {
        ReadOnlySpan<byte> text = raw.TrimStart(" \t\r\n"u8);
        return text.Length >= 2 && text[0] is (byte)'{' or (byte)'[' && raw.TrimEnd(" \t\r\n"u8)[^1] is (byte)'}' or (byte)']';
    }
}
