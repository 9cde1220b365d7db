using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>MCP servers the provider is to connect to (<c>mcp_servers</c>).</summary>
internal static class McpServers
{
    /// <summary>Servers of one request at most; the API takes twenty.</summary>
    private const int MaxServers = 64;

    /// <summary>
    /// Reads the servers of a request. Each address is a remote reference. A server's tools are offered by the toolset that
    /// names it; by an older version of the API, which has no toolsets, by its own <c>tool_configuration</c>.
    /// </summary>
    /// <param name="message">Gets declarations, segments and opaque parts.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="root">The object that holds them.</param>
    /// <param name="tools">The request's tools; -1 without any.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root, int tools)
    {
        JsonTape tape = sweep.Tape;
        int servers = tape.Find(root, "mcp_servers"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, servers))
            return ReadFault.WrongShape;
        if (!tape.Is(servers, JsonKind.Array))
            return ReadFault.None;
        ReadFault fault = ReadFault.None;
        int count = 0;
        for (int server = JsonTape.FirstChild(servers); server < tape[servers].End && fault == ReadFault.None; server = tape[server].End)
            fault = ++count > MaxServers ? ReadFault.TooLarge : ReadServer(message, ref sweep, server, tools);
        return fault;
    }

    /// <summary>Whether a tool is the toolset of a server.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="tool">An element of <c>tools</c>.</param>
    /// <param name="server">The server's name, decoded.</param>
    public static bool IsToolsetOf(JsonTape tape, int tool, ReadOnlySpan<byte> server)
    {
        int type = tape.Find(tool, "type"u8);
        int named = tape.Find(tool, "mcp_server_name"u8);
        return tape.Is(type, JsonKind.String) && tape.KeyEquals(type, "mcp_toolset"u8) && tape.Is(named, JsonKind.String) && tape.KeyEquals(named, server);
    }

    private static ReadFault ReadServer(Message message, ref SegmentSweep sweep, int server, int tools)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(server, JsonKind.Object))
            return ReadFault.WrongShape;
        int configuration = JsonShape.Present(tape, server, "tool_configuration"u8);
        if (KnownKeys.HasVariant(tape, server, AnthropicKeys.Server) || KnownKeys.HasVariant(tape, configuration, AnthropicKeys.Server))
            return ReadFault.Ambiguous;
        if (configuration >= 0 && !tape.Is(configuration, JsonKind.Object))
            return ReadFault.WrongShape;
        sweep.TakeLabel(tape.Find(server, "type"u8));
        sweep.TakeLabel(tape.Find(server, "name"u8));
        Media.TakeAddress(message, ref sweep, tape.Find(server, "url"u8), OpaqueKind.RemoteReference);
        sweep.Take(tape.Find(server, "authorization_token"u8), TextRole.Metadata);
        if (tape.Is(tape.Find(configuration, "enabled"u8), JsonKind.False))
            return ReadFault.None;
        int allowed = JsonShape.Present(tape, configuration, "allowed_tools"u8);
        if (allowed >= 0)
            return ReadAllowed(message, ref sweep, allowed);
        if (!HasToolset(message, sweep, tools, tape.Find(server, "name"u8)))
            message.ToolDeclarations.Add(new ToolDeclaration(McpTools.AnyTool, sweep.Document, server));
        return ReadFault.None;
    }

    private static ReadFault ReadAllowed(Message message, ref SegmentSweep sweep, int allowed)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(allowed, JsonKind.Array))
            return ReadFault.WrongShape;
        for (int name = JsonTape.FirstChild(allowed); name < tape[allowed].End; name = tape[name].End)
        {
            if (!tape.Is(name, JsonKind.String))
                return ReadFault.WrongShape;
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, name));
            sweep.Take(name, TextRole.ToolDescription);
        }
        return ReadFault.None;
    }

    private static bool HasToolset(Message message, in SegmentSweep sweep, int tools, int name)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(tools, JsonKind.Array) || !tape.Is(name, JsonKind.String))
            return false;
        ReadOnlySpan<byte> server = message.Decode(sweep.Document, name).Span;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End; tool = tape[tool].End)
        {
            if (IsToolsetOf(tape, tool, server))
                return true;
        }
        return false;
    }
}
