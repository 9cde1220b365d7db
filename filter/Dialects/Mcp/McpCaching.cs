using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>What a caller gets to see of a result differs by caller once it is edited: no cache may keep it for all of them.</summary>
internal static class McpCaching
{
    /// <summary>Makes every result of a body private that has an edit in it.</summary>
    public static void MakeEditedPrivate(Message message)
    {
        if (message.Documents.Count == 0)
            return;
        JsonTape tape = message.Documents[0].Tape;
        foreach (int node in new JsonRpcBatch(tape))
        {
            int result = tape.Find(node, "result"u8);
            // A task's outcome lies in the result that tells of the task.
            for (; tape.Is(result, JsonKind.Object); result = tape.Find(result, "result"u8))
            {
                if (IsEdited(message, tape[result]))
                    MakePrivate(message, result);
            }
        }
    }

    /// <summary>
    /// Asks for a result to be its reader's alone (MCP 2026-07-28, caching), if it says anything of caching; a task's lifetime
    /// says nothing of that. Asked again, asks for nothing.
    /// </summary>
    /// <param name="message">The message; gets splices.</param>
    /// <param name="result">The result's node in document 0.</param>
    public static void MakePrivate(Message message, int result)
    {
        JsonTape tape = message.Documents[0].Tape;
        int scope = tape.Find(result, "cacheScope"u8);
        int lifetime = tape.Find(result, "ttlMs"u8);
        if (scope >= 0 && !(tape.Is(scope, JsonKind.String) && tape.KeyEquals(scope, "private"u8)))
        {
            JsonNode node = tape[scope];
            int quote = node.Kind == JsonKind.String ? 1 : 0;
            Add(message, node.Start - quote, node.Length + (2 * quote), "\"private\""u8);
        }
        else if (scope < 0 && lifetime >= 0 && tape.Find(result, "taskId"u8) < 0)
        {
            // Before the key of the lifetime, which is the node before it.
            Add(message, tape[lifetime - 1].Start - 1, 0, "\"cacheScope\":\"private\","u8);
        }
    }

    private static void Add(Message message, int start, int length, ReadOnlySpan<byte> replacement)
    {
        foreach (Splice splice in message.Splices)
        {
            if (splice.Start == start && splice.Length == length && splice.Replacement.Span.SequenceEqual(replacement))
                return;
        }
        // A finding in the scope itself is replaced along with it.
        message.Splices.RemoveAll(s => s.Start >= start && s.End <= start + length && s.Length > 0);
        message.ReplaceRaw(0, start, length, replacement);
    }

    private static bool IsEdited(Message message, JsonNode result)
    {
        foreach (Splice splice in message.Splices)
        {
            if (splice.Start >= result.Start && splice.Start < result.Start + result.Length)
                return true;
        }
        return false;
    }
}
