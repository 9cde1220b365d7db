using System.Runtime.InteropServices;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Calls in a request's history that are made by sending it: the other side runs its own tools (<c>server_tool_use</c>,
/// <c>mcp_tool_use</c>) where a conversation that was paused goes on, and a client can write such a call itself. One that
/// has no result among the messages is no replay.
/// </summary>
internal static class PendingCalls
{
    /// <summary>Marks such calls as being made now.</summary>
    /// <param name="message">Read; its calls from one on are of these messages.</param>
    /// <param name="document">Their document.</param>
    /// <param name="messages">The array of messages.</param>
    /// <param name="firstCall">Index of their first call.</param>
    public static void Mark(Message message, int document, int messages, int firstCall)
    {
        NameSet? results = null;
        Span<ToolCall> calls = CollectionsMarshal.AsSpan(message.ToolCalls)[firstCall..];
        foreach (ref ToolCall call in calls)
        {
            if (IsClients(message, document, call.Node))
                continue;
            results ??= ResultsIn(message, document, messages);
            int id = message.Documents[document].Tape.Find(call.Node, "id"u8);
            if (!message.Documents[document].Tape.Is(id, JsonKind.String) || !results.Has(message.Decode(document, id)))
                call = call with { Replayed = false };
        }
    }

    private static bool IsClients(Message message, int document, int block)
    {
        JsonTape tape = message.Documents[document].Tape;
        return tape.KeyEquals(tape.Find(block, "type"u8), "tool_use"u8);
    }

    private static NameSet ResultsIn(Message message, int document, int messages)
    {
        JsonTape tape = message.Documents[document].Tape;
        var ids = new NameSet();
        for (int item = JsonTape.FirstChild(messages); item < tape[messages].End; item = tape[item].End)
        {
            int content = tape.Find(item, "content"u8);
            if (!tape.Is(content, JsonKind.Array))
                continue;
            for (int block = JsonTape.FirstChild(content); block < tape[content].End; block = tape[block].End)
            {
                int type = tape.Find(block, "type"u8);
                int id = tape.Find(block, "tool_use_id"u8);
                if (tape.Is(id, JsonKind.String) && tape.Is(type, JsonKind.String)
                    && BlockKinds.Of(message.Decode(document, type).Span) is BlockKind.ServerToolResult or BlockKind.ClientToolResult)
                    ids.Add(message.Decode(document, id));
            }
        }
        return ids;
    }
}
