using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Results: what a call gave, what a server lists, and what a client answers to a server's requests.</summary>
internal ref partial struct McpReader
{
    private static readonly byte[][] ResultMetadata = KnownKeys.Of(
        "nextCursor", "cacheScope", "resultType", "protocolVersion", "supportedVersions", "capabilities", "role", "model", "stopReason", "action",
        "requestState", "taskId", "status", "createdAt", "lastUpdatedAt");

    private void ReadResult(int result, bool toolList)
    {
        if (!_tape.Is(result, JsonKind.Object))
        {
            Fault(toolList ? ReadFault.WrongShape : ReadFault.None);
            Strings(result, Speaker);
            return;
        }
        if (!Plain(result, McpKeys.Result))
            return;
        All(result, "_meta"u8, TextRole.Metadata);
        foreach (byte[] key in ResultMetadata)
            All(result, key, TextRole.Metadata);
        int tools = _tape.Find(result, "tools"u8);
        if (toolList && !_tape.Is(tools, JsonKind.Array))
            Fault(ReadFault.WrongShape);
        ReadTools(tools, toolList);
        ReadContent(_tape.Find(result, "content"u8), _side == McpSide.Client ? RoleOf(result) : TextRole.ToolResult, replayed: false);
        Strings(_tape.Find(result, "structuredContent"u8), TextRole.ToolResult);
        ReadResources(_tape.Find(result, "contents"u8));
        ReadResources(_tape.Find(result, "resources"u8));
        ReadResources(_tape.Find(result, "resourceTemplates"u8));
        ReadResources(_tape.Find(result, "roots"u8));
        ReadTurns(_tape.Find(result, "messages"u8), prompt: true);
        ReadPrompts(_tape.Find(result, "prompts"u8));
        // Hosts put instructions into their system prompt; nobody but the server vouches for them.
        All(result, "instructions"u8, TextRole.ToolDescription);
        All(result, "description"u8, TextRole.ToolDescription);
        ReadIcons(_tape.Find(_tape.Find(result, "serverInfo"u8), "icons"u8));
        All(result, "serverInfo"u8, TextRole.ToolDescription);
        All(result, "completion"u8, TextRole.Document);
        Strings(_tape.Find(result, "statusMessage"u8), Speaker);
        Strings(_tape.Find(_tape.Find(result, "task"u8), "statusMessage"u8), Speaker);
        All(result, "task"u8, TextRole.Metadata);
        ReadRequests(_tape.Find(result, "inputRequests"u8));
        ReadNested(result);
    }

    private void ReadTools(int tools, bool strict)
    {
        if (!_tape.Is(tools, JsonKind.Array))
            return;
        for (int tool = JsonTape.FirstChild(tools); tool < _tape[tools].End; tool = _tape[tool].End)
        {
            int name = _tape.Find(tool, "name"u8);
            if (_tape.Is(tool, JsonKind.Object) && !Plain(tool, McpKeys.Tool))
                return;
            if (!_tape.Is(name, JsonKind.String))
            {
                Fault(strict ? ReadFault.WrongShape : ReadFault.None);
                continue;
            }
            _message.ToolDeclarations.Add(new ToolDeclaration(_message.Decode(0, name), 0, tool));
            _sweep.Take(name, TextRole.ToolDescription);
            All(tool, "title"u8, TextRole.ToolDescription);
            All(tool, "description"u8, TextRole.ToolDescription);
            All(tool, "annotations"u8, TextRole.ToolDescription);
            Schema(_tape.Find(tool, "inputSchema"u8));
            Schema(_tape.Find(tool, "outputSchema"u8));
            All(tool, "execution"u8, TextRole.Metadata);
            All(tool, "_meta"u8, TextRole.Metadata);
            ReadIcons(_tape.Find(tool, "icons"u8));
        }
    }

    private void ReadPrompts(int prompts)
    {
        if (!_tape.Is(prompts, JsonKind.Array))
            return;
        for (int prompt = JsonTape.FirstChild(prompts); prompt < _tape[prompts].End; prompt = _tape[prompt].End)
        {
            All(prompt, "_meta"u8, TextRole.Metadata);
            ReadIcons(_tape.Find(prompt, "icons"u8));
            _sweep.TakeAll(prompt, TextRole.ToolDescription);
        }
    }

    private void ReadContent(int content, TextRole role, bool replayed)
    {
        if (_tape.Is(content, JsonKind.Array))
        {
            for (int block = JsonTape.FirstChild(content); block < _tape[content].End; block = _tape[block].End)
                ReadBlock(block, role, replayed);
            return;
        }
        // What a person fills into a form is an object without a type.
        if (_tape.Is(content, JsonKind.Object) && _tape.Is(_tape.Find(content, "type"u8), JsonKind.String))
            ReadBlock(content, role, replayed);
        else
            Strings(content, role);
    }

    private void ReadBlock(int block, TextRole role, bool replayed)
    {
        if (!_tape.Is(block, JsonKind.Object))
        {
            Strings(block, role);
            return;
        }
        if (!Plain(block, McpKeys.Block))
            return;
        int type = _tape.Find(block, "type"u8);
        _sweep.Take(type, TextRole.Metadata);
        All(block, "_meta"u8, TextRole.Metadata);
        All(block, "annotations"u8, TextRole.Metadata);
        Take(block, "mimeType"u8, TextRole.Metadata);
        Strings(_tape.Find(block, "text"u8), role);
        Take(block, "uri"u8, TextRole.Url);
        All(block, "title"u8, TextRole.Document);
        All(block, "description"u8, TextRole.Document);
        ReadIcons(_tape.Find(block, "icons"u8));
        ReadResource(_tape.Find(block, "resource"u8));
        Payload(_tape.Find(block, "blob"u8), OpaqueKind.File);
        if (IsType(type, "image"u8))
            Payload(_tape.Find(block, "data"u8), OpaqueKind.Image);
        else if (IsType(type, "audio"u8))
            Payload(_tape.Find(block, "data"u8), OpaqueKind.Audio);
        else if (IsType(type, "tool_use"u8))
            ReadToolUse(block, replayed);
        Take(block, "name"u8, TextRole.FileName);
        Take(block, "id"u8, TextRole.Metadata);
        Take(block, "toolUseId"u8, TextRole.Metadata);
        Strings(_tape.Find(block, "structuredContent"u8), TextRole.ToolResult);
        ReadContent(_tape.Find(block, "content"u8), TextRole.ToolResult, replayed);
    }

    private void ReadToolUse(int block, bool replayed)
    {
        int name = _tape.Find(block, "name"u8);
        int input = _tape.Find(block, "input"u8);
        if (_tape.Is(name, JsonKind.String))
            AddCall(block, name, input, replayed);
        else
            Fault(ReadFault.WrongShape);
    }

    private void ReadResources(int resources)
    {
        if (!_tape.Is(resources, JsonKind.Array))
            return;
        for (int resource = JsonTape.FirstChild(resources); resource < _tape[resources].End; resource = _tape[resource].End)
            ReadResource(resource);
    }

    private void ReadResource(int resource)
    {
        if (!_tape.Is(resource, JsonKind.Object) || !Plain(resource, McpKeys.Block))
            return;
        Take(resource, "uri"u8, TextRole.Url);
        Take(resource, "uriTemplate"u8, TextRole.Url);
        Take(resource, "name"u8, TextRole.FileName);
        Take(resource, "mimeType"u8, TextRole.Metadata);
        All(resource, "annotations"u8, TextRole.Metadata);
        All(resource, "_meta"u8, TextRole.Metadata);
        Strings(_tape.Find(resource, "text"u8), TextRole.Document);
        All(resource, "title"u8, TextRole.Document);
        All(resource, "description"u8, TextRole.Document);
        Payload(_tape.Find(resource, "blob"u8), OpaqueKind.File);
        ReadIcons(_tape.Find(resource, "icons"u8));
    }

    private void ReadIcons(int icons)
    {
        if (!_tape.Is(icons, JsonKind.Array))
            return;
        for (int icon = JsonTape.FirstChild(icons); icon < _tape[icons].End; icon = _tape[icon].End)
        {
            int source = _tape.Find(icon, "src"u8);
            if (_tape.Is(source, JsonKind.String) && _tape.Raw(source).StartsWith("data:"u8))
                Payload(source, OpaqueKind.Image);
            else
                _sweep.Take(source, TextRole.Url);
            _sweep.TakeAll(icon, TextRole.Metadata);
        }
    }

    private readonly bool IsType(int type, ReadOnlySpan<byte> name) => _tape.Is(type, JsonKind.String) && _tape.KeyEquals(type, name);

    /// <summary>Bytes in base64: never decoded, scanned or copied.</summary>
    private readonly void Payload(int node, OpaqueKind kind)
    {
        if (!_tape.Is(node, JsonKind.String))
            return;
        JsonNode found = _tape[node];
        _message.Opaque.Add(new OpaquePart(kind, 0, found.Start, found.Length));
        _sweep.Skip(node);
    }

    /// <summary>A schema's strings, and the names of its properties: models read both.</summary>
    private readonly void Schema(int schema)
    {
        if (schema < 0)
            return;
        for (int i = schema; i < _tape[schema].End; i++)
        {
            if (_tape[i].Kind == JsonKind.Key && !SchemaWords.Contains(_tape.Raw(i)))
                _sweep.TakeKey(i, TextRole.Schema);
        }
        _sweep.TakeAll(schema, TextRole.Schema);
    }
}
