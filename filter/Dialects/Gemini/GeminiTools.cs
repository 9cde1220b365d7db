using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Tools a request offers. An element of <c>tools</c> holds the client's functions and any number of tools of the provider's,
/// each a member that switches one on; they are judged under the member's name in lowerCamelCase (<c>googleSearch</c>).
/// </summary>
internal static class GeminiTools
{
    private static readonly ProtoField ServerSide = new("includeServerSideToolInvocations");

    /// <summary>Reads <c>tools</c> and <c>toolConfig</c>.</summary>
    /// <param name="message">Gets declarations, segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="holder">The object that holds them.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadConfig(ref sweep, GeminiFields.ToolConfig.In(tape, holder));
        ProtoList tools = ProtoList.Of(tape, GeminiFields.Tools.In(tape, holder));
        for (int tool = tools.First; tool < tools.End && fault == ReadFault.None; tool = tape[tool].End)
            fault = ReadTool(message, ref sweep, tool);
        return fault;
    }

    private static ReadFault ReadTool(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tool, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.ToolShape.IsAmbiguous(tape, tool))
            return ReadFault.Ambiguous;
        ReadFault fault = ReadFault.None;
        for (int key = JsonTape.FirstChild(tool); key < tape[tool].End && fault == ReadFault.None; key = tape.Next(key))
            fault = ReadMember(message, ref sweep, key);
        return fault;
    }

    private static ReadFault ReadMember(Message message, ref SegmentSweep sweep, int key)
    {
        JsonTape tape = sweep.Tape;
        int value = key + 1;
        if (tape.Is(value, JsonKind.Null))
            return ReadFault.None;
        if (GeminiFields.FunctionDeclarations.IsNamedBy(tape, key))
            return ReadFunctions(message, ref sweep, value);
        if (GeminiFields.McpServers.IsNamedBy(tape, key))
            return ReadServers(message, ref sweep, value);
        message.ToolDeclarations.Add(new ToolDeclaration(NameOf(message, sweep, key), sweep.Document, value));
        TakeSources(message, ref sweep, key);
        sweep.TakeAll(value, TextRole.ToolDescription);
        return ReadFault.None;
    }

    /// <summary>The name a tool of the provider's is judged under; of one that is not known, its key's.</summary>
    private static ReadOnlyMemory<byte> NameOf(Message message, in SegmentSweep sweep, int key)
    {
        foreach (ProtoField kind in GeminiFields.ToolKinds)
        {
            if (kind.IsNamedBy(sweep.Tape, key))
                return kind.Name;
        }
        return message.Decode(sweep.Document, key);
    }

    private static ReadFault ReadFunctions(Message message, ref SegmentSweep sweep, int declarations)
    {
        JsonTape tape = sweep.Tape;
        ProtoList functions = ProtoList.Of(tape, declarations);
        for (int function = functions.First; function < functions.End; function = tape[function].End)
        {
            if (!tape.Is(function, JsonKind.Object))
                return ReadFault.WrongShape;
            if (GeminiFields.DeclarationShape.IsAmbiguous(tape, function))
                return ReadFault.Ambiguous;
            int name = GeminiFields.Name.In(tape, function);
            if (!tape.Is(name, JsonKind.String))
                return ReadFault.WrongShape;
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, function));
            sweep.Take(name, TextRole.ToolDescription);
            sweep.Take(GeminiFields.Description.In(tape, function), TextRole.ToolDescription);
            sweep.TakeAll(function, TextRole.Schema);
        }
        return ReadFault.None;
    }

    /// <summary>
    /// Remote servers whose tools nobody here sees: each is judged both as <c>mcpServers</c> and under its own name, and is an
    /// address the other side goes to.
    /// </summary>
    private static ReadFault ReadServers(Message message, ref SegmentSweep sweep, int list)
    {
        JsonTape tape = sweep.Tape;
        ProtoList servers = ProtoList.Of(tape, list);
        for (int server = servers.First; server < servers.End; server = tape[server].End)
        {
            if (!tape.Is(server, JsonKind.Object))
                return ReadFault.WrongShape;
            int transport = GeminiFields.StreamableHttpTransport.In(tape, server);
            if (GeminiFields.McpServerShape.IsAmbiguous(tape, server) || GeminiFields.McpServerShape.IsAmbiguous(tape, transport))
                return ReadFault.Ambiguous;
            message.ToolDeclarations.Add(new ToolDeclaration(GeminiFields.McpServers.Name, sweep.Document, server));
            int name = GeminiFields.Name.In(tape, server);
            if (tape.Is(name, JsonKind.String))
                message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, server));
            Media.TakeAddress(message, ref sweep, GeminiFields.Url.In(tape, transport), OpaqueKind.File);
            Media.TakeAddress(message, ref sweep, GeminiFields.Url.In(tape, server), OpaqueKind.File);
            sweep.TakeAll(server, TextRole.ToolDescription);
        }
        return ReadFault.None;
    }

    /// <summary>What a tool brings before the model that is not in the message: files kept by the provider, stores and services elsewhere.</summary>
    private static void TakeSources(Message message, ref SegmentSweep sweep, int key)
    {
        JsonTape tape = sweep.Tape;
        int value = key + 1;
        bool files = GeminiFields.FileSearch.IsNamedBy(tape, key);
        bool search = GeminiFields.Retrieval.IsNamedBy(tape, key);
        if (files || search)
            message.Opaque.Add(new OpaquePart(files ? OpaqueKind.ServerState : OpaqueKind.RemoteReference, sweep.Document, tape[value].Start, tape[value].Length));
    }

    private static ReadFault ReadConfig(ref SegmentSweep sweep, int config)
    {
        JsonTape tape = sweep.Tape;
        int calling = GeminiFields.FunctionCallingConfig.In(tape, config);
        if (GeminiFields.ToolConfigShape.IsAmbiguous(tape, config) || GeminiFields.ToolConfigShape.IsAmbiguous(tape, calling))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(GeminiFields.Mode.In(tape, calling));
        int allowed = GeminiFields.AllowedFunctionNames.In(tape, calling);
        if (allowed >= 0)
            sweep.TakeAll(allowed, TextRole.Metadata);
        sweep.TakeLabels(config);
        // Long for a key, and known all the same.
        if (ServerSide.In(tape, config) is >= 0 and var option)
            sweep.TakeKey(option - 1, TextRole.Metadata);
        return ReadFault.None;
    }
}
