using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Takes declared tools out of a message, wherever they stand. What holds nothing afterwards goes too where it would mean
/// something else empty: a namespace, a remote server with a list of its allowed tools (without one, all are allowed), an
/// item that adds tools, the request's own list. What says which tools to call is made to fit.
/// </summary>
internal static class ResponsesToolRemoval
{
    /// <summary>Puts the edits on the message.</summary>
    /// <returns>False if the message cannot do without one of the tools; then it is not to be released.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        int[] parents = ParentsOf(tape);
        var gone = new SortedDictionary<int, HashSet<int>>(Comparer<int>.Create(static (a, b) => b.CompareTo(a)));
        var members = new HashSet<int>();
        var names = new NameSet();
        var online = new HashSet<int>();
        foreach (int index in removed)
        {
            ToolDeclaration tool = message.ToolDeclarations[index];
            names.Add(tool.Name);
            if (tape.Is(tool.Node, JsonKind.String) && tape.Raw(tool.Node).EndsWith(HiddenTools.OnlineSuffix) && IsModel(tape, parents, tool.Node))
                online.Add(tool.Node);
            else
                Mark(tape, parents, tool.Node, gone, members);
        }
        int choice = JsonShape.Present(tape, 0, "tool_choice"u8);
        if (!Settle(tape, parents, gone, members))
            return false;
        RemoveFrom(message, parents, gone, members, choice);
        foreach (int model in online)
            message.ReplaceRaw(0, tape[model].Start + tape[model].Length - HiddenTools.OnlineSuffix.Length, HiddenTools.OnlineSuffix.Length, []);
        int left = LeftOf(message, removed);
        if (choice >= 0 && !ResponsesToolChoice.Mend(message, names, left, members))
            return false;
        int parallel = tape.Find(0, "parallel_tool_calls"u8);
        if (left == 0 && parallel >= 0 && gone.Count > 0)
            members.Add(parallel - 1);
        if (members.Count > 0)
            ArrayEdit.RemoveMembers(message, 0, 0, members);
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    /// <summary>A model whose name switches a search on by its end, which then goes alone.</summary>
    private static bool IsModel(JsonTape tape, int[] parents, int node) =>
        parents[node] == 0 ? tape.KeyEquals(node - 1, "model"u8) : parents[parents[node]] == 0 && tape.KeyEquals(parents[node] - 1, "models"u8);

    /// <summary>Marks an element of a list, or the member of the request that an option is.</summary>
    private static void Mark(JsonTape tape, int[] parents, int node, SortedDictionary<int, HashSet<int>> gone, HashSet<int> members)
    {
        int holder = parents[node];
        if (tape.Is(holder, JsonKind.Array))
            Elements(gone, holder).Add(node);
        else if (holder == 0)
            members.Add(node - 1);
    }

    /// <summary>Goes from the innermost lists outwards: what is left without elements is marked in the list around it.</summary>
    private static bool Settle(JsonTape tape, int[] parents, SortedDictionary<int, HashSet<int>> gone, HashSet<int> members)
    {
        var queue = new PriorityQueue<int, int>();
        foreach (int list in gone.Keys)
            queue.Enqueue(list, -list);
        while (queue.TryDequeue(out int list, out _))
        {
            if (gone[list].Count < CountOf(tape, list))
                continue;
            // To some that means that everything may be used.
            if (tape.KeyEquals(list - 1, "enabled_tools"u8))
                return false;
            int holder = HolderOf(tape, parents, list);
            // A list of the request itself: its member goes, and what would be nothing without it cannot do without it.
            if (holder == 0 && tape.Find(0, "type"u8) < 0)
            {
                if (IsInput(tape, parents, list))
                    return false;
                members.Add(list - 1);
                continue;
            }
            int around = parents[holder];
            if (!tape.Is(around, JsonKind.Array) || !GoesEmpty(tape, parents, holder, around))
                continue;
            bool known = gone.ContainsKey(around);
            Elements(gone, around).Add(holder);
            if (!known)
                queue.Enqueue(around, -around);
        }
        return true;
    }

    /// <summary>Whether an object whose list of tools is empty means something else than no tools, or nothing at all.</summary>
    private static bool GoesEmpty(JsonTape tape, int[] parents, int holder, int around)
    {
        int type = tape.Find(holder, "type"u8);
        return tape.Is(type, JsonKind.String)
            && (tape.KeyEquals(type, "namespace"u8) || tape.KeyEquals(type, "mcp"u8)
                || (tape.KeyEquals(type, "additional_tools"u8) && IsInput(tape, parents, around)));
    }

    private static bool IsInput(JsonTape tape, int[] parents, int list) =>
        parents[list] == 0 && (tape.KeyEquals(list - 1, "input"u8) || tape.KeyEquals(list - 1, "items"u8));

    /// <summary>The object that a list is of; the object around it where that one only holds the list (<c>allowed_tools</c>).</summary>
    private static int HolderOf(JsonTape tape, int[] parents, int list)
    {
        int holder = parents[list];
        return tape.KeyEquals(list - 1, "tool_names"u8) ? parents[holder] : holder;
    }

    private static void RemoveFrom(Message message, int[] parents, SortedDictionary<int, HashSet<int>> gone, HashSet<int> members, int choice)
    {
        foreach ((int list, HashSet<int> elements) in gone)
        {
            // Of what goes as a whole nothing is taken out besides; the choice is mended by name.
            if (IsGone(parents, list, gone, members) || (choice >= 0 && list > choice && list < message.Documents[0].Tape[choice].End))
                continue;
            ArrayEdit.RemoveElements(message, 0, list, elements);
        }
    }

    private static bool IsGone(int[] parents, int node, SortedDictionary<int, HashSet<int>> gone, HashSet<int> members)
    {
        for (int at = node; at > 0; at = parents[at])
        {
            if (gone.TryGetValue(parents[at], out HashSet<int>? elements) && elements.Contains(at))
                return true;
            if (parents[at] == 0 && members.Contains(at - 1))
                return true;
        }
        return false;
    }

    private static int LeftOf(Message message, ReadOnlySpan<int> removed)
    {
        // A tool with two names is two declarations of one node, either of which takes it out.
        var nodes = new HashSet<int>();
        foreach (ToolDeclaration tool in message.ToolDeclarations)
            nodes.Add(tool.Node);
        foreach (int index in removed)
            nodes.Remove(message.ToolDeclarations[index].Node);
        return nodes.Count;
    }

    private static HashSet<int> Elements(SortedDictionary<int, HashSet<int>> gone, int list)
    {
        if (!gone.TryGetValue(list, out HashSet<int>? elements))
            gone[list] = elements = [];
        return elements;
    }

    private static int CountOf(JsonTape tape, int list)
    {
        int count = 0;
        for (int element = JsonTape.FirstChild(list); element < tape[list].End; element = tape[element].End)
            count++;
        return count;
    }

    /// <summary>The object or array around each node; 0 for the root's own members.</summary>
    private static int[] ParentsOf(JsonTape tape)
    {
        var parents = new int[tape.Count];
        int parent = 0;
        for (int node = 1; node < tape.Count; node++)
        {
            while (tape[parent].End <= node)
                parent = parents[parent];
            parents[node] = parent;
            if (tape[node].Kind is JsonKind.Object or JsonKind.Array)
                parent = node;
        }
        return parents;
    }
}
