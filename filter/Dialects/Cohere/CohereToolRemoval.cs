using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Takes declared tools and connectors out of a request, and with the last tool what makes no sense without one.</summary>
internal static class CohereToolRemoval
{
    private static readonly byte[][] WithTools = KnownKeys.Of("tool_choice", "strict_tools", "force_single_step");

    /// <summary>Puts the edits on the message.</summary>
    /// <returns>False if the request says that a tool must be called, and none is left.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        var nodes = new HashSet<int>();
        foreach (int index in removed)
            nodes.Add(message.ToolDeclarations[index].Node);
        var members = new HashSet<int>();
        int left = ChatToolRemoval.RemoveFrom(message, tape.Find(0, "tools"u8), nodes, members);
        ChatToolRemoval.RemoveFrom(message, tape.Find(0, "functions"u8), nodes, members);
        ChatToolRemoval.RemoveFrom(message, tape.Find(0, "connectors"u8), nodes, members);
        int choice = JsonShape.Present(tape, 0, "tool_choice"u8);
        if (left == 0 && choice >= 0 && !(tape.Is(choice, JsonKind.String) && tape.KeyEquals(choice, "NONE"u8)))
            return false;
        foreach (byte[] option in WithTools)
        {
            int node = tape.Find(0, option);
            if (left == 0 && node >= 0)
                members.Add(node - 1);
        }
        if (members.Count > 0)
            ArrayEdit.RemoveMembers(message, 0, 0, members);
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }
}
