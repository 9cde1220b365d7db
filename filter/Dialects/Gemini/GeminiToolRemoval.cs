using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Takes declared tools out of a request: functions out of their lists, tools of the provider's out of their elements,
/// elements that are left empty out of <c>tools</c>, and their names out of what says which may be called. Google refuses an
/// empty <c>tools</c>, and a calling mode without functions.
/// </summary>
internal static class GeminiToolRemoval
{
    /// <summary>Puts the edits on the message.</summary>
    /// <returns>False if the request cannot do without one of the tools; then the message is not to be released.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        var nodes = new HashSet<int>();
        var names = new HashSet<string>();
        foreach (int index in removed)
        {
            ToolDeclaration tool = message.ToolDeclarations[index];
            if (tool.Document != 0)
                return false;
            nodes.Add(tool.Node);
            names.Add(Encoding.UTF8.GetString(tool.Name.Span));
        }
        foreach (int holder in GeminiRequest.ToolHolders(tape))
        {
            if (!RemoveFrom(message, holder, nodes, names))
                return false;
        }
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    /// <summary>Takes the tools out of one request; there can be several in a body.</summary>
    private static bool RemoveFrom(Message message, int holder, HashSet<int> nodes, HashSet<string> names)
    {
        JsonTape tape = message.Documents[0].Tape;
        int list = GeminiFields.Tools.In(tape, holder);
        ProtoList tools = ProtoList.Of(tape, list);
        var empty = new HashSet<int>();
        int count = 0;
        int functionsLeft = 0;
        bool touched = false;
        for (int tool = tools.First; tool < tools.End; tool = tape[tool].End)
        {
            count++;
            HashSet<int> members = MembersLeftOut(message, tool, nodes, out int functions, out bool hit);
            touched |= hit;
            functionsLeft += functions;
            if (members.Count > 0 && members.Count == CountMembers(tape, tool))
                empty.Add(tool);
            else if (members.Count > 0)
                ArrayEdit.RemoveMembers(message, 0, tool, members);
        }
        if (!touched)
            return true;
        var keys = new HashSet<int>();
        if (empty.Count == count)
            keys.Add(list - 1);
        else if (empty.Count > 0)
            ArrayEdit.RemoveElements(message, 0, list, empty);
        if (!MendConfig(message, holder, names, functionsLeft, keys))
            return false;
        if (keys.Count > 0)
            ArrayEdit.RemoveMembers(message, 0, holder, keys);
        return true;
    }

    /// <summary>Finds the members of an element that go as a whole, and edits lists of which some entries stay.</summary>
    private static HashSet<int> MembersLeftOut(Message message, int tool, HashSet<int> nodes, out int functionsLeft, out bool hit)
    {
        JsonTape tape = message.Documents[0].Tape;
        var members = new HashSet<int>();
        functionsLeft = 0;
        hit = false;
        for (int key = JsonTape.FirstChild(tool); key < tape[tool].End; key = tape.Next(key))
        {
            var gone = new HashSet<int>();
            int entries = 0;
            bool functions = GeminiFields.FunctionDeclarations.IsNamedBy(tape, key);
            ProtoList list = functions || GeminiFields.McpServers.IsNamedBy(tape, key)
                ? ProtoList.Of(tape, tape.Is(key + 1, JsonKind.Null) ? -1 : key + 1)
                : new ProtoList(key + 1, tape[key + 1].End);
            for (int entry = list.First; entry < list.End; entry = tape[entry].End)
            {
                entries++;
                if (nodes.Contains(entry))
                    gone.Add(entry);
            }
            hit |= gone.Count > 0;
            functionsLeft += functions ? entries - gone.Count : 0;
            if (gone.Count > 0 && gone.Count == entries)
                members.Add(key);
            else if (gone.Count > 0)
                ArrayEdit.RemoveElements(message, 0, key + 1, gone);
        }
        return members;
    }

    /// <summary>Makes what says which functions may be called fit those that are left.</summary>
    /// <returns>False if it asks for what is gone: the caller must hear of it.</returns>
    private static bool MendConfig(Message message, int holder, HashSet<string> names, int functionsLeft, HashSet<int> keys)
    {
        JsonTape tape = message.Documents[0].Tape;
        int config = GeminiFields.ToolConfig.In(tape, holder);
        int calling = GeminiFields.FunctionCallingConfig.In(tape, config);
        if (calling < 0)
            return true;
        int mode = GeminiFields.Mode.In(tape, calling);
        // A mode is a name or its number; one that is not known may well force a call.
        bool forced = mode >= 0 && !IsFree(tape, mode);
        if (functionsLeft == 0)
        {
            // Without functions there is no mode to have either; what else the config says stays.
            if (CountMembers(tape, config) == 1)
                keys.Add(config - 1);
            else
                ArrayEdit.RemoveMembers(message, 0, config, new HashSet<int> { calling - 1 });
            return !forced;
        }
        return MendAllowed(message, calling, names, forced);
    }

    private static bool MendAllowed(Message message, int calling, HashSet<string> names, bool forced)
    {
        JsonTape tape = message.Documents[0].Tape;
        int allowed = GeminiFields.AllowedFunctionNames.In(tape, calling);
        ProtoList list = ProtoList.Of(tape, allowed);
        var gone = new HashSet<int>();
        int entries = 0;
        for (int entry = list.First; entry < list.End; entry = tape[entry].End)
        {
            entries++;
            if (tape.Is(entry, JsonKind.String) && names.Contains(Encoding.UTF8.GetString(message.Decode(0, entry).Span)))
                gone.Add(entry);
        }
        if (gone.Count == 0)
            return true;
        // An empty list allows every function: it must not take the place of one that allowed none of those left.
        if (gone.Count == entries)
            return false;
        ArrayEdit.RemoveElements(message, 0, allowed, gone);
        return !forced || entries > gone.Count;
    }

    /// <summary>MODE_UNSPECIFIED, AUTO, NONE and VALIDATED leave it to the model whether it calls.</summary>
    private static bool IsFree(JsonTape tape, int mode)
    {
        if (tape.Is(mode, JsonKind.Number))
            return tape.Raw(mode) is [(byte)'0'] or [(byte)'1'] or [(byte)'3'];
        return tape.Is(mode, JsonKind.String)
            && (tape.KeyEquals(mode, "AUTO"u8) || tape.KeyEquals(mode, "NONE"u8) || tape.KeyEquals(mode, "VALIDATED"u8) || tape.KeyEquals(mode, "MODE_UNSPECIFIED"u8));
    }

    private static int CountMembers(JsonTape tape, int obj)
    {
        int count = 0;
        for (int key = JsonTape.FirstChild(obj); key < tape[obj].End; key = tape.Next(key))
            count++;
        return count;
    }
}
