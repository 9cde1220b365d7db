using System.Text;
using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// JSON of a model's own form, which this dialect does not know by heart: <c>additionalModelRequestFields</c>, and bodies of
/// models that are not known. Every string of it is inspected; tools in the forms that providers use are declared like any
/// other; whatever else looks like a tool is refused.
/// </summary>
internal static class NativeFields
{
    /// <summary>Calls of tools and what they returned; in a request they are history and offer nothing.</summary>
    private static readonly byte[][] History = KnownKeys.Of("tool_calls", "tool_results", "tool_use", "tool_result", "toolUse", "toolResult", "function_call");

    private static readonly byte[][] Words = KnownKeys.Of("tool", "function", "mcp", "plugin", "connector", "web_search", "code_execution");

    /// <summary>Reads an object in a model's own form.</summary>
    /// <param name="message">Gets declarations, further models, and addresses of servers.</param>
    /// <param name="sweep">The document's sweep; strings not taken here are left to it.</param>
    /// <param name="fields">Its node; -1 or null for none.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int fields)
    {
        JsonTape tape = sweep.Tape;
        if (fields < 0 || tape.Is(fields, JsonKind.Null))
            return ReadFault.None;
        if (!tape.Is(fields, JsonKind.Object))
            return ReadFault.WrongShape;
        ReadFault fault = RequestState.Read(message, ref sweep, fields);
        for (int key = JsonTape.FirstChild(fields); key < tape[fields].End && fault == ReadFault.None; key = tape.Next(key))
            fault = ReadMember(message, ref sweep, key);
        if (fault != ReadFault.None)
            return fault;
        TakeModel(message, ref sweep, fields);
        sweep.TakeLabels(tape.Find(fields, "anthropic_beta"u8));
        sweep.TakeLabels(tape.Find(fields, "thinking"u8));
        sweep.TakeLabels(tape.Find(fields, "output_config"u8));
        sweep.TakeLabel(tape.Find(fields, "reasoning_config"u8));
        sweep.TakeLabel(tape.Find(fields, "reasoning_effort"u8));
        return ReadFault.None;
    }

    private static ReadFault ReadMember(Message message, ref SegmentSweep sweep, int key)
    {
        JsonTape tape = sweep.Tape;
        int value = key + 1;
        if (!IsContainer(tape, value) && !HoldsContainer(tape, value))
            return ReadFault.None;
        if (tape.KeyEquals(key, "tools"u8) || tape.KeyEquals(key, "functions"u8))
            return ReadTools(message, ref sweep, value);
        if (tape.KeyEquals(key, "toolConfig"u8))
            return ConverseTools.Read(message, ref sweep, value);
        if (tape.KeyEquals(key, "mcp_servers"u8))
            return ReadServers(message, ref sweep, value);
        if (tape.KeyEquals(key, "tool_choice"u8) || tape.KeyEquals(key, "toolChoice"u8))
        {
            sweep.TakeAll(value, TextRole.Metadata);
            return ReadFault.None;
        }
        return LooksLikeTools(tape, key) ? ReadFault.WrongShape : ReadFault.None;
    }

    /// <summary>Whether a member, or one at any depth in it, is a list or object under a name that speaks of tools.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="member">The member's key.</param>
    /// <param name="isAnswer">It is a model's: calls in it are live.</param>
    public static bool LooksLikeTools(JsonTape tape, int member, bool isAnswer = false)
    {
        for (int key = member; key < tape[member + 1].End; key++)
        {
            if (tape[key].Kind == JsonKind.Key && (IsContainer(tape, key + 1) || HoldsContainer(tape, key + 1)) && SpeaksOfTools(tape, key) && (isAnswer || !IsHistory(tape, key)))
                return true;
        }
        return false;
    }

    /// <summary>Whether a key's name has a word in it, in any case, that stands for tools.</summary>
    public static bool SpeaksOfTools(JsonTape tape, int key)
    {
        Span<byte> name = stackalloc byte[256];
        if (tape[key].Length > name.Length)
            return false;
        int length = JsonText.Decode(tape.Raw(key), name);
        name = name[..length];
        Ascii.ToLowerInPlace(name, out _);
        foreach (byte[] word in Words)
        {
            if (name.IndexOf(word) >= 0)
                return true;
        }
        return false;
    }

    private static bool IsHistory(JsonTape tape, int key)
    {
        foreach (byte[] word in History)
        {
            if (tape.KeyEquals(key, word))
                return true;
        }
        return false;
    }

    private static ReadFault ReadTools(Message message, ref SegmentSweep sweep, int tools)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tools, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End && fault == ReadFault.None; tool = tape[tool].End)
            fault = ReadTool(message, ref sweep, tool);
        return fault;
    }

    /// <summary>
    /// A tool in the form of any provider, judged under every name it has: whichever of them the model's server goes by, it
    /// is among them.
    /// </summary>
    private static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, tool, BedrockKeys.Tool))
            return ReadFault.Ambiguous;
        if (tape.Find(tool, "toolSpec"u8) >= 0 || tape.Find(tool, "systemTool"u8) >= 0)
            return ConverseTools.ReadTool(message, ref sweep, tool);
        int before = message.ToolDeclarations.Count;
        int function = tape.Find(tool, "function"u8);
        int custom = tape.Find(tool, "custom"u8);
        if (KnownKeys.HasVariant(tape, function, BedrockKeys.Tool) || KnownKeys.HasVariant(tape, custom, BedrockKeys.Tool))
            return ReadFault.Ambiguous;
        if (HoldsFurther(tape, tool, function))
            return ReadFault.WrongShape;
        ConverseTools.AddName(message, sweep, tape.Find(function, "name"u8), tool);
        ConverseTools.AddName(message, sweep, tape.Find(custom, "name"u8), tool);
        ConverseTools.AddName(message, sweep, tape.Find(tool, "name"u8), tool);
        ConverseTools.AddName(message, sweep, tape.Find(tool, "mcp_server_name"u8), tool);
        int type = tape.Find(tool, "type"u8);
        bool typeIsKind = type < 0 || tape.KeyEquals(type, "function"u8) || tape.KeyEquals(type, "custom"u8);
        if (!typeIsKind)
            ConverseTools.AddName(message, sweep, type, tool);
        if (message.ToolDeclarations.Count == before)
            return ReadFault.WrongShape;
        sweep.TakeLabel(type);
        TakeWords(ref sweep, tool);
        TakeWords(ref sweep, function);
        TakeWords(ref sweep, custom);
        sweep.TakeAll(tool, TextRole.Schema);
        return ReadFault.None;
    }

    /// <summary>Whether a tool has tools of its own, under any name but that of its one function.</summary>
    private static bool HoldsFurther(JsonTape tape, int tool, int function)
    {
        for (int key = JsonTape.FirstChild(tool); key < tape[tool].End; key = tape.Next(key))
        {
            if (key + 1 != function && IsContainer(tape, key + 1) && SpeaksOfTools(tape, key))
                return true;
        }
        return false;
    }

    private static void TakeWords(ref SegmentSweep sweep, int tool)
    {
        sweep.Take(sweep.Tape.Find(tool, "name"u8), TextRole.ToolDescription);
        sweep.Take(sweep.Tape.Find(tool, "description"u8), TextRole.ToolDescription);
    }

    /// <summary>Servers whose tools the provider calls itself: each is fetched from, and is judged by its name.</summary>
    private static ReadFault ReadServers(Message message, ref SegmentSweep sweep, int servers)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(servers, JsonKind.Array))
            return ReadFault.WrongShape;
        for (int server = JsonTape.FirstChild(servers); server < tape[servers].End; server = tape[server].End)
        {
            int name = tape.Find(server, "name"u8);
            if (!tape.Is(name, JsonKind.String))
                return ReadFault.WrongShape;
            ConverseTools.AddName(message, sweep, name, server);
            message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, sweep.Document, tape[server].Start, tape[server].Length));
            sweep.Take(tape.Find(server, "url"u8), TextRole.Url);
            sweep.TakeAll(server, TextRole.ToolDescription);
        }
        return ReadFault.None;
    }

    private static void TakeModel(Message message, ref SegmentSweep sweep, int fields)
    {
        int model = sweep.Tape.Find(fields, "model"u8);
        if (!sweep.Tape.Is(model, JsonKind.String))
            return;
        message.FurtherModels.Add(message.Decode(sweep.Document, model));
        sweep.TakeLabel(model);
    }

    /// <summary>A string that holds JSON: some servers read tools from one.</summary>
    private static bool HoldsContainer(JsonTape tape, int node) => tape.Is(node, JsonKind.String) && tape.Raw(node).IndexOfAny("[{"u8) >= 0;

    private static bool IsContainer(JsonTape tape, int node) =>
        tape[node].Kind is JsonKind.Object or JsonKind.Array && tape[node].End > JsonTape.FirstChild(node);
}
