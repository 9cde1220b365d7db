using System.Runtime.InteropServices;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// Calls in a request's history that are made by sending it: the service runs tools of its own (<c>toolUse</c> with a
/// <c>type</c>), and goes on with a conversation that was paused before one. A call that no result
/// follows is no replay, and neither is a second with an id that one had before.
/// </summary>
internal static class ConversePending
{
    /// <summary>Marks such calls as being made now.</summary>
    /// <param name="message">Read; its calls from one on are of these turns.</param>
    /// <param name="document">Their document.</param>
    /// <param name="turns">The array of turns.</param>
    /// <param name="firstCall">Index of their first call.</param>
    public static void Mark(Message message, int document, int turns, int firstCall)
    {
        JsonTape tape = message.Documents[document].Tape;
        NameSet? results = null, seen = null;
        foreach (ref ToolCall call in CollectionsMarshal.AsSpan(message.ToolCalls)[firstCall..])
        {
            if (JsonShape.Present(tape, call.Node, "type"u8) < 0)
                continue;
            results ??= ResultsIn(message, document, turns);
            int id = tape.Find(call.Node, "toolUseId"u8);
            seen ??= new NameSet();
            if (!tape.Is(id, JsonKind.String) || !seen.Add(message.Decode(document, id)) || results.LastOf(message.Decode(document, id)) < call.Node)
                call = call with { Replayed = false };
        }
    }

    private static NameSet ResultsIn(Message message, int document, int turns)
    {
        JsonTape tape = message.Documents[document].Tape;
        var ids = new NameSet();
        for (int turn = JsonTape.FirstChild(turns); turn < tape[turns].End; turn = tape[turn].End)
        {
            int content = tape.Find(turn, "content"u8);
            if (!tape.Is(content, JsonKind.Array))
                continue;
            for (int block = JsonTape.FirstChild(content); block < tape[content].End; block = tape[block].End)
            {
                int id = tape.Find(tape.Find(block, "toolResult"u8), "toolUseId"u8);
                if (tape.Is(id, JsonKind.String))
                    ids.Add(message.Decode(document, id), block);
            }
        }
        return ids;
    }
}
