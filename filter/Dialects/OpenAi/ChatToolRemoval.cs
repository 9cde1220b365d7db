using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Takes declared tools out of a request. When none is left the member goes too, with what refers to it: providers refuse
/// an empty <c>tools</c>, and a <c>tool_choice</c> without tools.
/// </summary>
internal static class ChatToolRemoval
{
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        var elements = new HashSet<int>();
        var names = new List<ReadOnlyMemory<byte>>();
        foreach (int index in removed)
        {
            elements.Add(message.ToolDeclarations[index].Node);
            names.Add(message.ToolDeclarations[index].Name);
        }
        if (ChoiceNames(tape, tape.Find(0, "tool_choice"u8), names) || ChoiceNames(tape, tape.Find(0, "function_call"u8), names))
            return false;
        var members = new HashSet<int>();
        if (!RemoveFrom(message, tape, "tools"u8, ["tool_choice", "parallel_tool_calls"], elements, members)
            || !RemoveFrom(message, tape, "functions"u8, ["function_call"], elements, members))
            return false;
        if (members.Count > 0)
            ArrayEdit.RemoveMembers(message, 0, 0, members);
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    private static bool RemoveFrom(Message message, JsonTape tape, ReadOnlySpan<byte> key, string[] dependants, HashSet<int> elements, HashSet<int> members)
    {
        int array = tape.Find(0, key);
        if (!tape.Is(array, JsonKind.Array))
            return true;
        var here = elements.Where(e => e > array && e < tape[array].End).ToHashSet();
        if (here.Count == 0)
            return true;
        int count = 0;
        for (int e = JsonTape.FirstChild(array); e < tape[array].End; e = tape[e].End)
            count++;
        if (count > here.Count)
        {
            ArrayEdit.RemoveElements(message, 0, array, here);
            return true;
        }
        members.Add(array - 1);
        foreach (string dependant in dependants)
        {
            int value = tape.Find(0, System.Text.Encoding.UTF8.GetBytes(dependant));
            if (value < 0)
                continue;
            // "required" without tools cannot be met: the caller must hear of it.
            if (tape.Is(value, JsonKind.Object) || (tape.Is(value, JsonKind.String) && !tape.KeyEquals(value, "auto"u8) && !tape.KeyEquals(value, "none"u8)))
                return false;
            members.Add(value - 1);
        }
        return true;
    }

    /// <summary>Whether a tool choice names one of the removed tools, in any of its forms.</summary>
    private static bool ChoiceNames(JsonTape tape, int choice, List<ReadOnlyMemory<byte>> names)
    {
        if (!tape.Is(choice, JsonKind.Object))
            return false;
        for (int node = choice; node < tape[choice].End; node++)
        {
            if (tape[node].Kind != JsonKind.String)
                continue;
            foreach (ReadOnlyMemory<byte> name in names)
            {
                if (tape.KeyEquals(node, name.Span))
                    return true;
            }
        }
        return false;
    }
}
