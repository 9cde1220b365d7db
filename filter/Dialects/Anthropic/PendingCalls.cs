using System.Runtime.InteropServices;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Calls in a request's history that are made by sending it: the other side runs its own tools (<c>server_tool_use</c>,
/// <c>mcp_tool_use</c>) where a conversation that was paused goes on, and a client can write such a call itself. One that
/// no result follows among the messages is no replay, and neither is a second with an id that one had before.
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
        NameSet? results = null, seen = null;
        int last = -1;
        foreach (ref ToolCall call in CollectionsMarshal.AsSpan(message.ToolCalls)[firstCall..])
        {
            if (IsClients(message, document, call.Node))
                continue;
            results ??= ResultsIn(message, document, messages);
            if (!IsReplay(message, document, call.Node, results, seen ??= new NameSet(), call.Node == last))
                call = call with { Replayed = false };
            last = call.Node;
        }
    }

    /// <param name="message">Decodes.</param>
    /// <param name="document">The call's document.</param>
    /// <param name="block">The call.</param>
    /// <param name="results">Ids of calls that have results, each with its last.</param>
    /// <param name="seen">Ids of the calls before.</param>
    /// <param name="again">It is the call before under its other name: a toolset's member has two.</param>
    private static bool IsReplay(Message message, int document, int block, NameSet results, NameSet seen, bool again)
    {
        JsonTape tape = message.Documents[document].Tape;
        int id = tape.Find(block, "id"u8);
        if (!tape.Is(id, JsonKind.String))
            return false;
        ReadOnlyMemory<byte> text = message.Decode(document, id);
        bool isFirst = seen.Add(text, block) || again;
        return isFirst && results.LastOf(text) > block;
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
                    ids.Add(message.Decode(document, id), block);
            }
        }
        return ids;
    }
}
