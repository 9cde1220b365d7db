using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Takes declared tools out of a request. When none is left the member goes too, with what refers to it: providers refuse
/// an empty <c>tools</c>, and a <c>tool_choice</c> without tools.
/// </summary>
internal static class ChatToolRemoval
{
    /// <summary>Puts the edits on the message.</summary>
    /// <returns>False if the request cannot do without one of the tools; then the message is not to be released.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        var nodes = new HashSet<int>();
        var names = new NameSet();
        foreach (int index in removed)
        {
            nodes.Add(message.ToolDeclarations[index].Node);
            names.Add(message.ToolDeclarations[index].Name);
        }
        var members = new HashSet<int>();
        if (!RemoveHidden(message, nodes, members))
            return false;
        int toolsLeft = RemoveFrom(message, tape.Find(0, "tools"u8), nodes, members);
        int functionsLeft = RemoveFrom(message, tape.Find(0, "functions"u8), nodes, members);
        if (!MendChoice(message, tape.Find(0, "tool_choice"u8), names, toolsLeft, members)
            || !MendChoice(message, tape.Find(0, "function_call"u8), names, functionsLeft, members))
            return false;
        int parallel = tape.Find(0, "parallel_tool_calls"u8);
        if (toolsLeft == 0 && parallel >= 0)
            members.Add(parallel - 1);
        if (members.Count > 0)
            ArrayEdit.RemoveMembers(message, 0, 0, members);
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    /// <summary>Takes out the options that switch tools of the provider's own on (<see cref="HiddenTools"/>).</summary>
    /// <returns>False if a list of what may be used would be left empty: to some that means everything.</returns>
    private static bool RemoveHidden(Message message, HashSet<int> nodes, HashSet<int> members)
    {
        JsonTape tape = message.Documents[0].Tape;
        foreach (byte[] option in HiddenTools.Options)
        {
            int node = tape.Find(0, option);
            if (nodes.Contains(node))
                members.Add(node - 1);
        }
        RemoveFrom(message, tape.Find(0, "plugins"u8), nodes, members);
        if (!RemoveOnline(message, nodes, tape.Find(0, "model"u8)))
            return false;
        int models = tape.Find(0, "models"u8);
        for (int model = JsonTape.FirstChild(models); models >= 0 && model < tape[models].End; model = tape[model].End)
        {
            if (!RemoveOnline(message, nodes, model))
                return false;
        }
        int enabled = HiddenTools.EnabledTools(tape);
        var here = new HashSet<int>();
        for (int tool = JsonTape.FirstChild(enabled); enabled >= 0 && tool < tape[enabled].End; tool = tape[tool].End)
        {
            if (nodes.Contains(tool))
                here.Add(tool);
        }
        return here.Count == 0 || ArrayEdit.RemoveElements(message, 0, enabled, here) > 0;
    }

    /// <summary>Takes the end off a model's name that switches a search on.</summary>
    private static bool RemoveOnline(Message message, HashSet<int> nodes, int model)
    {
        if (!nodes.Contains(model))
            return true;
        JsonTape tape = message.Documents[0].Tape;
        if (!tape.Raw(model).EndsWith(HiddenTools.OnlineSuffix))
            return false;
        JsonNode name = tape[model];
        int suffix = HiddenTools.OnlineSuffix.Length;
        message.ReplaceRaw(0, name.Start + name.Length - suffix, suffix, []);
        return true;
    }

    /// <summary>Removes elements of an array, or marks its member for removal if none would be left.</summary>
    /// <returns>How many are left, or -1 if none was removed from here.</returns>
    internal static int RemoveFrom(Message message, int array, HashSet<int> nodes, HashSet<int> members)
    {
        JsonTape tape = message.Documents[0].Tape;
        if (!tape.Is(array, JsonKind.Array))
            return -1;
        var here = new HashSet<int>();
        int count = 0;
        for (int element = JsonTape.FirstChild(array); element < tape[array].End; element = tape[element].End)
        {
            count++;
            if (nodes.Contains(element))
                here.Add(element);
        }
        if (here.Count == 0)
            return -1;
        if (count == here.Count)
            members.Add(array - 1);
        else
            ArrayEdit.RemoveElements(message, 0, array, here);
        return count - here.Count;
    }

    /// <summary>Makes what says which tool to call fit the tools that are left.</summary>
    /// <returns>False if it asks for what is gone: the caller must hear of it.</returns>
    private static bool MendChoice(Message message, int choice, NameSet names, int left, HashSet<int> members)
    {
        JsonTape tape = message.Documents[0].Tape;
        if (choice < 0)
            return true;
        if (tape.Is(choice, JsonKind.Object))
        {
            int allowed = tape.Find(choice, "allowed_tools"u8);
            int list = tape.Find(allowed >= 0 ? allowed : choice, "tools"u8);
            return tape.Is(list, JsonKind.Array) ? MendAllowed(message, list, names) : !Names(message, choice, names);
        }
        if (left != 0)
            return true;
        // "required" without tools cannot be met.
        if (tape.Is(choice, JsonKind.String) && !tape.KeyEquals(choice, "auto"u8) && !tape.KeyEquals(choice, "none"u8))
            return false;
        members.Add(choice - 1);
        return true;
    }

    /// <summary>Takes the removed tools out of the list of those that may be called this time.</summary>
    private static bool MendAllowed(Message message, int list, NameSet names)
    {
        JsonTape tape = message.Documents[0].Tape;
        var gone = new HashSet<int>();
        for (int entry = JsonTape.FirstChild(list); entry < tape[list].End; entry = tape[entry].End)
        {
            if (Names(message, entry, names))
                gone.Add(entry);
        }
        return gone.Count == 0 || ArrayEdit.RemoveElements(message, 0, list, gone) > 0;
    }

    /// <summary>
    /// Whether a choice names one of the tools: by name, or a provider's own by type. Any string counts but the type where
    /// it only says that a name follows.
    /// </summary>
    private static bool Names(Message message, int choice, NameSet names)
    {
        JsonTape tape = message.Documents[0].Tape;
        int type = tape.Find(choice, "type"u8);
        bool typeIsKind = tape.Is(type, JsonKind.String) && (tape.KeyEquals(type, "function"u8) || tape.KeyEquals(type, "custom"u8));
        for (int node = choice; node < tape[choice].End; node++)
        {
            if (tape[node].Kind == JsonKind.String && !(node == type && typeIsKind) && names.Has(message.Decode(0, node)))
                return true;
        }
        return false;
    }
}
