using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Content of turns and results: blocks, resources, icons.</summary>
internal ref partial struct McpReader
{
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
        Labels(type);
        ReadMeta(block);
        Labels(_tape.Find(block, "annotations"u8));
        Labels(_tape.Find(block, "mimeType"u8));
        Strings(_tape.Find(block, "text"u8), role);
        Address(block, "uri"u8);
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
        else if (_tape.Is(type, JsonKind.String) && System.Text.Ascii.EqualsIgnoreCase(_message.Decode(0, type).Span, "tool_use"u8))
            Fault(ReadFault.Ambiguous);
        Take(block, "name"u8, TextRole.FileName);
        Labels(_tape.Find(block, "id"u8));
        Labels(_tape.Find(block, "toolUseId"u8));
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
        Address(resource, "uri"u8);
        Address(resource, "uriTemplate"u8);
        Take(resource, "name"u8, TextRole.FileName);
        Labels(_tape.Find(resource, "mimeType"u8));
        Labels(_tape.Find(resource, "annotations"u8));
        ReadMeta(resource);
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
                Address(icon, "src"u8);
            Labels(icon);
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
}
