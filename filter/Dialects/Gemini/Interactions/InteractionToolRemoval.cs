using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>Takes tools out of an interaction, with what says which of them may be called.</summary>
internal static class InteractionToolRemoval
{
    /// <summary>Puts the edits on the message.</summary>
    /// <returns>False if the request cannot do without one of the tools; then the message is not to be released.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        JsonTape tape = message.Documents[0].Tape;
        int list = InteractionFields.Tools.In(tape, 0);
        int agent = InteractionFields.Agent.In(tape, 0);
        var nodes = new HashSet<int>();
        var names = new HashSet<string>();
        foreach (int index in removed)
        {
            ToolDeclaration tool = message.ToolDeclarations[index];
            // Who is asked cannot be taken out of the question.
            if (tool.Node == agent)
                return false;
            nodes.Add(tool.Node);
            names.Add(Encoding.UTF8.GetString(tool.Name.Span));
        }
        ProtoList tools = ProtoList.Of(tape, list);
        int left = 0;
        for (int tool = tools.First; tool < tools.End; tool = tape[tool].End)
            left += nodes.Contains(tool) ? 0 : 1;
        int config = InteractionFields.GenerationConfig.In(tape, 0);
        if (!MendChoice(message, config, names, left))
            return false;
        if (left == 0)
            ArrayEdit.RemoveMembers(message, 0, 0, new HashSet<int> { list - 1 });
        else
            ArrayEdit.RemoveElements(message, 0, list, nodes);
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    private static bool MendChoice(Message message, int config, HashSet<string> names, int left)
    {
        JsonTape tape = message.Documents[0].Tape;
        int choice = InteractionFields.ToolChoice.In(tape, config);
        if (choice < 0)
            return true;
        int allowed = InteractionFields.AllowedTools.In(tape, choice);
        int mode = allowed >= 0 ? InteractionFields.Mode.In(tape, allowed) : choice;
        if (left == 0)
        {
            ArrayEdit.RemoveMembers(message, 0, config, new HashSet<int> { choice - 1 });
            return mode < 0 || IsFree(tape, mode);
        }
        int list = InteractionFields.Tools.In(tape, allowed);
        ProtoList entries = ProtoList.Of(tape, list);
        var gone = new HashSet<int>();
        int count = 0;
        for (int entry = entries.First; entry < entries.End; entry = tape[entry].End)
        {
            count++;
            if (tape.Is(entry, JsonKind.String) && names.Contains(Encoding.UTF8.GetString(message.Decode(0, entry).Span)))
                gone.Add(entry);
        }
        // An empty list allows every tool: it must not take the place of one that allowed none of those left.
        return gone.Count == 0 || (gone.Count < count && ArrayEdit.RemoveElements(message, 0, list, gone) > 0);
    }

    private static bool IsFree(JsonTape tape, int mode) =>
        tape.Is(mode, JsonKind.String) && (tape.KeyEquals(mode, "auto"u8) || tape.KeyEquals(mode, "none"u8) || tape.KeyEquals(mode, "validated"u8));
}
