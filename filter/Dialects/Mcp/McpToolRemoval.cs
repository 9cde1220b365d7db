using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Takes tools out of lists. A list may become empty; what is cached of it becomes its reader's alone.</summary>
internal static class McpToolRemoval
{
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        var open = new List<int>();
        int node = 0;
        for (int i = 0; i < removed.Length;)
        {
            node = OpenAround(tape, open, node, message.ToolDeclarations[removed[i]].Node);
            int list = open[^1];
            int holder = open[^2];
            var elements = new HashSet<int>();
            for (; i < removed.Length && message.ToolDeclarations[removed[i]].Node < tape[list].End; i++)
                elements.Add(message.ToolDeclarations[removed[i]].Node);
            int left = ArrayEdit.RemoveElements(message, 0, list, elements);
            if (left == 0 && ForcesTool(tape, holder))
                return false;
            McpCaching.MakePrivate(message, holder);
        }
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    /// <summary>Walks on to a node and keeps the arrays and objects it lies in: the last is its list, the one before holds that.</summary>
    private static int OpenAround(JsonTape tape, List<int> open, int from, int to)
    {
        for (; from < to; from++)
        {
            CloseBefore(tape, open, from);
            if (tape[from].Kind is JsonKind.Object or JsonKind.Array)
                open.Add(from);
        }
        CloseBefore(tape, open, to);
        return to;
    }

    private static void CloseBefore(JsonTape tape, List<int> open, int node)
    {
        while (open.Count > 0 && tape[open[^1]].End <= node)
            open.RemoveAt(open.Count - 1);
    }

    private static bool ForcesTool(JsonTape tape, int holder)
    {
        int mode = tape.Find(tape.Find(holder, "toolChoice"u8), "mode"u8);
        return tape.Is(mode, JsonKind.String) && tape.KeyEquals(mode, "required"u8);
    }
}
