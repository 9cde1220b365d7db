using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// <c>tool_choice</c>: which tools may or must be called this time. It is where a tool that the other side remembers can be asked
/// for without being offered.
/// </summary>
internal static class ResponsesToolChoice
{
    /// <summary>Declares the tools a choice names and no list offers.</summary>
    /// <param name="message">A request whose lists of tools were read.</param>
    /// <param name="tape">Its document 0.</param>
    public static ReadFault Read(Message message, JsonTape tape)
    {
        int choice = JsonShape.Present(tape, 0, "tool_choice"u8);
        if (choice < 0)
            return ReadFault.None;
        // A word that is none of the API's own is a name to some servers.
        if (tape.Is(choice, JsonKind.String))
            return IsWord(tape, choice) ? ReadFault.None : DeclareUnoffered(message, tape, choice, choice, OfferedBy(message));
        if (!tape.Is(choice, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, choice, ResponsesKeys.Choice))
            return ReadFault.Ambiguous;
        int list = ListOf(tape, choice);
        if (list < 0)
            return DeclareUnoffered(message, tape, choice, OfferedBy(message));
        if (!tape.Is(list, JsonKind.Array))
            return ReadFault.WrongShape;
        NameSet offered = OfferedBy(message);
        for (int entry = JsonTape.FirstChild(list); entry < tape[list].End; entry = tape[entry].End)
        {
            if (!tape.Is(entry, JsonKind.Object))
                return ReadFault.WrongShape;
            if (KnownKeys.HasVariant(tape, entry, ResponsesKeys.Choice))
                return ReadFault.Ambiguous;
            ReadFault fault = DeclareUnoffered(message, tape, entry, offered);
            if (fault != ReadFault.None)
                return fault;
        }
        return ReadFault.None;
    }

    /// <summary>Makes a choice fit the tools that are left.</summary>
    /// <param name="message">A request; gets splices.</param>
    /// <param name="names">Names of the tools taken out.</param>
    /// <param name="left">How many tools are left.</param>
    /// <param name="members">Gets the choice's key where it must go too.</param>
    /// <returns>False if it asks for what is gone: the caller must hear of it.</returns>
    public static bool Mend(Message message, NameSet names, int left, HashSet<int> members)
    {
        JsonTape tape = message.Documents[0].Tape;
        int choice = JsonShape.Present(tape, 0, "tool_choice"u8);
        if (choice < 0)
            return true;
        if (!tape.Is(choice, JsonKind.Object))
        {
            if (left > 0)
                return IsWord(tape, choice) || !Names(message, choice, names);
            // "required" without tools cannot be met.
            members.Add(choice - 1);
            return tape.Is(choice, JsonKind.String) && (tape.KeyEquals(choice, "auto"u8) || tape.KeyEquals(choice, "none"u8));
        }
        int list = ListOf(tape, choice);
        if (list < 0)
            return !Names(message, choice, names);
        var gone = new HashSet<int>();
        for (int entry = JsonTape.FirstChild(list); entry < tape[list].End; entry = tape[entry].End)
        {
            if (Names(message, entry, names))
                gone.Add(entry);
        }
        return gone.Count == 0 || ArrayEdit.RemoveElements(message, 0, list, gone) > 0;
    }

    private static bool IsWord(JsonTape tape, int choice) =>
        tape.KeyEquals(choice, "auto"u8) || tape.KeyEquals(choice, "none"u8) || tape.KeyEquals(choice, "required"u8) || tape.KeyEquals(choice, "any"u8);

    /// <summary>The list of those that may be called, in this API's form or in the chat API's; -1 where one is named.</summary>
    private static int ListOf(JsonTape tape, int choice)
    {
        int nested = JsonShape.Present(tape, choice, "allowed_tools"u8);
        return JsonShape.Present(tape, nested >= 0 ? nested : choice, "tools"u8);
    }

    private static NameSet OfferedBy(Message message)
    {
        var names = new NameSet();
        foreach (ToolDeclaration tool in message.ToolDeclarations)
            names.Add(tool.Name);
        return names;
    }

    private static ReadFault DeclareUnoffered(Message message, JsonTape tape, int entry, NameSet offered)
    {
        int type = tape.Find(entry, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        // A namespace is no tool; those in it are.
        if (tape.KeyEquals(type, "namespace"u8))
            return ReadFault.None;
        bool isNamed = ResponsesTools.IsNamed(tape, type);
        bool isRemote = tape.KeyEquals(type, "mcp"u8);
        ReadFault fault = DeclareUnoffered(message, tape, entry, tape.Find(entry, "name"u8), offered);
        if (fault == ReadFault.None && isRemote)
            fault = DeclareUnoffered(message, tape, entry, tape.Find(entry, "server_label"u8), offered);
        int nested = isNamed ? Math.Max(tape.Find(entry, "function"u8), tape.Find(entry, "custom"u8)) : -1;
        if (fault == ReadFault.None)
            fault = DeclareUnoffered(message, tape, entry, tape.Find(nested, "name"u8), offered);
        return fault != ReadFault.None || isNamed || isRemote ? fault : DeclareUnoffered(message, tape, entry, type, offered);
    }

    private static ReadFault DeclareUnoffered(Message message, JsonTape tape, int entry, int name, NameSet offered)
    {
        if (name < 0 || tape.Is(name, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(name, JsonKind.String))
            return ReadFault.WrongShape;
        ReadOnlyMemory<byte> decoded = message.Decode(0, name);
        if (offered.Add(decoded))
            message.ToolDeclarations.Add(new ToolDeclaration(decoded, 0, entry));
        return ReadFault.None;
    }

    /// <summary>
    /// Whether a choice names one of the tools: by name, a server by its label, or a provider's own by type. Any string counts
    /// but the type where it only says that a name follows.
    /// </summary>
    private static bool Names(Message message, int choice, NameSet names)
    {
        JsonTape tape = message.Documents[0].Tape;
        int type = tape.Find(choice, "type"u8);
        bool typeIsKind = tape.Is(type, JsonKind.String) && (ResponsesTools.IsNamed(tape, type) || tape.KeyEquals(type, "mcp"u8));
        for (int node = choice; node < tape[choice].End; node++)
        {
            if (tape[node].Kind == JsonKind.String && !(node == type && typeIsKind) && names.Has(message.Decode(0, node)))
                return true;
        }
        return false;
    }
}
