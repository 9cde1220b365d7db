using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Takes tools out of lists. A list may become empty; what is cached of it becomes its reader's alone.</summary>
internal static class McpToolRemoval
{
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        for (int i = 0; i < removed.Length;)
        {
            (int holder, int list) = FindList(tape, message.ToolDeclarations[removed[i]].Node);
            var elements = new HashSet<int>();
            for (; i < removed.Length && message.ToolDeclarations[removed[i]].Node < tape[list].End; i++)
                elements.Add(message.ToolDeclarations[removed[i]].Node);
            int left = ArrayEdit.RemoveElements(message, 0, list, elements);
            if (left == 0 && ForcesTool(tape, holder))
                return false;
            MakePrivate(message, tape, holder);
        }
        return true;
    }

    /// <summary>The array that holds an element, and the object that holds the array.</summary>
    private static (int Holder, int List) FindList(JsonTape tape, int element)
    {
        int holder = -1;
        int list = 0;
        for (int node = 0; node < element; node++)
        {
            if (tape[node].End <= element || tape[node].Kind is not (JsonKind.Object or JsonKind.Array))
                continue;
            holder = list;
            list = node;
        }
        return (holder, list);
    }

    private static bool ForcesTool(JsonTape tape, int holder)
    {
        int mode = tape.Find(tape.Find(holder, "toolChoice"u8), "mode"u8);
        return tape.Is(mode, JsonKind.String) && tape.KeyEquals(mode, "required"u8);
    }

    /// <summary>A list that differs by caller must not be kept for all of them (MCP 2026-07-28, caching).</summary>
    private static void MakePrivate(Message message, JsonTape tape, int holder)
    {
        int scope = tape.Find(holder, "cacheScope"u8);
        if (scope < 0 || (tape.Is(scope, JsonKind.String) && tape.KeyEquals(scope, "private"u8)))
            return;
        JsonNode node = tape[scope];
        int quote = node.Kind == JsonKind.String ? 1 : 0;
        message.ReplaceRaw(0, node.Start - quote, node.Length + (2 * quote), "\"private\""u8);
    }
}
