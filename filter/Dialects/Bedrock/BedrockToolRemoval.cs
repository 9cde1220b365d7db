using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// Takes declared tools out of a request in Bedrock's or a model's own form. A list that would be left without a tool goes
/// with what refers to it, because the service refuses an empty one.
/// </summary>
internal static class BedrockToolRemoval
{
    /// <summary>Puts the edits on the message.</summary>
    /// <returns>False if the request cannot do without one of the tools; then the message is not to be released.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        var nodes = new HashSet<int>();
        var names = new List<ReadOnlyMemory<byte>>();
        foreach (int index in removed)
        {
            ToolDeclaration tool = message.ToolDeclarations[index];
            if (tool.Document != 0)
                return false;
            nodes.Add(tool.Node);
        }
        // A tool judged under two names is gone under both.
        foreach (ToolDeclaration tool in message.ToolDeclarations)
        {
            if (nodes.Contains(tool.Node))
                names.Add(tool.Name);
        }
        JsonTape tape = message.Documents[0].Tape;
        var members = new SortedDictionary<int, HashSet<int>>();
        foreach ((int list, HashSet<int> gone) in ListsOf(tape, nodes))
        {
            if (!MendChoice(tape, list, names, LeavesNone(tape, list, gone), members))
                return false;
            if (!LeavesNone(tape, list, gone))
                ArrayEdit.RemoveElements(message, 0, list, gone);
            else if (!DropList(message, tape, list, members))
                return false;
        }
        foreach ((int holder, HashSet<int> keys) in members)
            ArrayEdit.RemoveMembers(message, 0, holder, keys);
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    /// <summary>The arrays that hold some elements, found in one pass, with the elements in each.</summary>
    private static SortedDictionary<int, HashSet<int>> ListsOf(JsonTape tape, HashSet<int> elements)
    {
        var lists = new SortedDictionary<int, HashSet<int>>();
        var open = new Stack<int>();
        for (int node = 0; node < tape.Count; node++)
        {
            while (open.TryPeek(out int above) && tape[above].End <= node)
                open.Pop();
            if (elements.Contains(node) && open.TryPeek(out int list))
            {
                if (!lists.TryGetValue(list, out HashSet<int>? inIt))
                    lists[list] = inIt = [];
                inIt.Add(node);
            }
            if (tape[node].Kind is JsonKind.Object or JsonKind.Array)
                open.Push(node);
        }
        return lists;
    }

    /// <summary>Whether nothing but marks of a cache would be left of a list.</summary>
    private static bool LeavesNone(JsonTape tape, int list, HashSet<int> gone)
    {
        for (int element = JsonTape.FirstChild(list); element < tape[list].End; element = tape[element].End)
        {
            if (!gone.Contains(element) && tape.Find(element, "cachePoint"u8) < 0)
                return false;
        }
        return true;
    }

    /// <summary>Marks the member that holds a list for removal: the list's own, or <c>toolConfig</c> with all of it.</summary>
    private static bool DropList(Message message, JsonTape tape, int list, SortedDictionary<int, HashSet<int>> members)
    {
        if (!IsMember(tape, list, "tools"u8) && !IsMember(tape, list, "mcp_servers"u8) && !IsMember(tape, list, "functions"u8))
            return false;
        int holder = HolderOf(tape, list - 1);
        if (!IsMember(tape, holder, "toolConfig"u8))
            return Mark(tape, list - 1, members);
        // The service refuses calls in history where no tools are declared.
        return message.ToolCalls.Count == 0 && Mark(tape, holder - 1, members);
    }

    /// <summary>Makes what says which tool to call fit the tools that are left of the list beside it.</summary>
    /// <returns>False if it asks for what is gone.</returns>
    private static bool MendChoice(JsonTape tape, int list, List<ReadOnlyMemory<byte>> names, bool leavesNone, SortedDictionary<int, HashSet<int>> members)
    {
        int holder = tape.Is(list - 1, JsonKind.Key) ? HolderOf(tape, list - 1) : -1;
        int choice = Math.Max(tape.Find(holder, "toolChoice"u8), tape.Find(holder, "tool_choice"u8));
        if (choice < 0 || tape.Is(choice, JsonKind.Null))
            return true;
        bool isFree = false;
        for (int node = choice; node < tape[choice].End; node++)
        {
            if (tape[node].Kind is not (JsonKind.String or JsonKind.Key))
                continue;
            isFree |= tape.KeyEquals(node, "auto"u8) || tape.KeyEquals(node, "none"u8);
            foreach (ReadOnlyMemory<byte> name in names)
            {
                if (tape[node].Kind == JsonKind.String && tape.KeyEquals(node, name.Span))
                    return false;
            }
        }
        if (!leavesNone)
            return true;
        return isFree && (IsMember(tape, holder, "toolConfig"u8) || Mark(tape, choice - 1, members));
    }

    private static bool Mark(JsonTape tape, int key, SortedDictionary<int, HashSet<int>> members)
    {
        int holder = HolderOf(tape, key);
        if (!members.TryGetValue(holder, out HashSet<int>? keys))
            members[holder] = keys = [];
        keys.Add(key);
        return true;
    }

    private static bool IsMember(JsonTape tape, int value, ReadOnlySpan<byte> key) => tape.Is(value - 1, JsonKind.Key) && tape.KeyEquals(value - 1, key);

    /// <summary>The object that a key is in.</summary>
    private static int HolderOf(JsonTape tape, int key)
    {
        int holder = key - 1;
        while (tape[holder].End <= key)
            holder--;
        return holder;
    }
}
