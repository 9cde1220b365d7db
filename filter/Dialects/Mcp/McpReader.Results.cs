using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Results: what a call gave, what a server lists, and what a client answers to a server's requests.</summary>
internal ref partial struct McpReader
{
    private static readonly byte[][] ResultLabels = KnownKeys.Of(
        "cacheScope", "resultType", "protocolVersion", "supportedVersions", "capabilities", "role", "model", "stopReason", "action", "taskId",
        "status", "createdAt", "lastUpdatedAt");

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
        ReadMeta(result);
        foreach (byte[] key in ResultLabels)
            Labels(_tape.Find(result, key));
        Tokens(_tape.Find(result, "nextCursor"u8));
        Tokens(_tape.Find(result, "requestState"u8));
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
        ReadImplementation(_tape.Find(result, "serverInfo"u8));
        All(result, "completion"u8, TextRole.Document);
        Strings(_tape.Find(result, "statusMessage"u8), Speaker);
        ReadTask(_tape.Find(result, "task"u8));
        int tasks = _tape.Find(result, "tasks"u8);
        if (_tape.Is(tasks, JsonKind.Array))
        {
            for (int task = JsonTape.FirstChild(tasks); task < _tape[tasks].End; task = _tape[task].End)
                ReadTask(task);
        }
        ReadRequests(_tape.Find(result, "inputRequests"u8));
        ReadNested(result);
    }

    /// <summary>What is told of a task; its labels are those of any result.</summary>
    private void ReadTask(int task)
    {
        if (!_tape.Is(task, JsonKind.Object) || !Plain(task, McpKeys.Result))
            return;
        Strings(_tape.Find(task, "statusMessage"u8), Speaker);
        foreach (byte[] key in ResultLabels)
            Labels(_tape.Find(task, key));
        ReadMeta(task);
    }

    private void ReadTools(int tools, bool strict)
    {
        if (!_tape.Is(tools, JsonKind.Array))
        {
            Fault(strict && tools >= 0 && !_tape.Is(tools, JsonKind.Null) ? ReadFault.WrongShape : ReadFault.None);
            return;
        }
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
            Labels(_tape.Find(tool, "execution"u8));
            ReadMeta(tool);
            ReadIcons(_tape.Find(tool, "icons"u8));
        }
    }

    private void ReadPrompts(int prompts)
    {
        if (!_tape.Is(prompts, JsonKind.Array))
            return;
        for (int prompt = JsonTape.FirstChild(prompts); prompt < _tape[prompts].End; prompt = _tape[prompt].End)
        {
            ReadMeta(prompt);
            ReadIcons(_tape.Find(prompt, "icons"u8));
            _sweep.TakeAll(prompt, TextRole.ToolDescription);
        }
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
