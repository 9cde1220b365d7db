using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Requests and notifications of either side, also those inside a result (2026-07-28).</summary>
internal ref partial struct McpReader
{
    private static readonly byte[][] ParamLabels = KnownKeys.Of(
        "level", "logger", "protocolVersion", "capabilities", "ref", "taskId", "task", "status", "progressToken", "requestId", "toolChoice",
        "modelPreferences", "stopSequences", "includeContext", "mode", "elicitationId", "createdAt", "lastUpdatedAt", "notifications");

    private void ReadParams(int node, int method, int parameters)
    {
        if (_tape.KeyEquals(method, "tools/call"u8))
            ReadCall(node, parameters);
        else if (IsNearlyACall(method))
            Fault(ReadFault.Ambiguous);
        if (parameters < 0 || !Plain(parameters, McpKeys.Params))
            return;
        ReadMeta(parameters);
        ReadName(parameters);
        Address(parameters, "uri"u8);
        int reference = _tape.Find(parameters, "ref"u8);
        ReadName(reference);
        Address(reference, "uri"u8);
        ReadImplementation(_tape.Find(parameters, "clientInfo"u8));
        ReadElicitation(parameters);
        foreach (byte[] key in ParamLabels)
            Labels(_tape.Find(parameters, key));
        Tokens(_tape.Find(parameters, "cursor"u8));
        Tokens(_tape.Find(parameters, "requestState"u8));
        Strings(_tape.Find(parameters, "statusMessage"u8), Speaker);
        Strings(_tape.Find(parameters, "reason"u8), Speaker);
        Strings(_tape.Find(parameters, "data"u8), Speaker);
        // Arguments of a prompt and of a completion are what a person fills in.
        All(parameters, "arguments"u8, TextRole.User);
        All(parameters, "argument"u8, TextRole.User);
        All(parameters, "context"u8, TextRole.User);
        ReadSampling(parameters, _tape.KeyEquals(method, "sampling/createMessage"u8));
        ReadRequests(_tape.Find(parameters, "inputRequests"u8));
        ReadResponses(_tape.Find(parameters, "inputResponses"u8));
        ReadNested(parameters);
    }

    /// <summary>The name of a prompt or of anything else that is asked for.</summary>
    private void ReadName(int holder)
    {
        int name = _tape.Find(holder, "name"u8);
        Labels(name);
        Strings(name, Speaker);
    }

    /// <summary>Whether a server that is careless about case, spaces or slashes would take a method for a call.</summary>
    private readonly bool IsNearlyACall(int method)
    {
        ReadOnlySpan<byte> name = _message.Decode(0, method).Span;
        Span<byte> letters = stackalloc byte[16];
        int length = 0;
        foreach (byte b in name)
        {
            if (b is (byte)' ' or (byte)'/' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'_' or (byte)'.' or 0)
                continue;
            if (length == letters.Length)
                return false;
            letters[length++] = b;
        }
        return System.Text.Ascii.EqualsIgnoreCase(letters[..length], "toolscall"u8);
    }

    private void ReadCall(int node, int parameters)
    {
        int name = _tape.Find(parameters, "name"u8);
        if (_tape.Is(name, JsonKind.String))
            AddCall(node, name, _tape.Find(parameters, "arguments"u8), replayed: false);
        else
            Fault(ReadFault.WrongShape);
    }

    /// <summary>Adds a call; its arguments are an object or nothing.</summary>
    private void AddCall(int node, int name, int arguments, bool replayed)
    {
        if (_tape.Is(arguments, JsonKind.Null))
            arguments = -1;
        if (arguments >= 0 && !_tape.Is(arguments, JsonKind.Object))
        {
            Fault(ReadFault.WrongShape);
            return;
        }
        ReadOnlyMemory<byte> text = arguments < 0 ? default : _tape.Source.Slice(_tape[arguments].Start, _tape[arguments].Length);
        _message.ToolCalls.Add(new ToolCall(_message.Decode(0, name), text, 0, node, replayed));
        _sweep.Take(name, TextRole.Metadata);
        Strings(arguments, TextRole.ToolArgument);
    }

    /// <summary>What a server wants from a person: an answer to a form, or that they open an address.</summary>
    private void ReadElicitation(int asked)
    {
        if (!Plain(asked, McpKeys.Params))
            return;
        Strings(_tape.Find(asked, "message"u8), Speaker);
        Schema(_tape.Find(asked, "requestedSchema"u8));
        // A server can bring a person to any address by this: what is there is out of reach.
        int address = _tape.Find(asked, "url"u8);
        if (_side == McpSide.Server && _tape.Is(address, JsonKind.String))
        {
            if (IsOneWord(address))
                Media.TakeAddress(_message, ref _sweep, address, OpaqueKind.File);
            else
                _message.Opaque.Add(new OpaquePart(OpaqueKind.RemoteReference, 0, _tape[address].Start, _tape[address].Length));
        }
        Labels(_tape.Find(asked, "mode"u8));
        Labels(_tape.Find(asked, "elicitationId"u8));
    }

    private void ReadSampling(int parameters, bool isSampling)
    {
        Strings(_tape.Find(parameters, "systemPrompt"u8), TextRole.ToolDescription);
        ReadTurns(_tape.Find(parameters, "messages"u8), prompt: false);
        ReadTools(_tape.Find(parameters, "tools"u8), strict: isSampling);
    }

    private void ReadTurns(int turns, bool prompt)
    {
        if (!_tape.Is(turns, JsonKind.Array))
            return;
        for (int turn = JsonTape.FirstChild(turns); turn < _tape[turns].End; turn = _tape[turn].End)
        {
            if (!_tape.Is(turn, JsonKind.Object) || !Plain(turn, McpKeys.Turn))
                continue;
            Labels(_tape.Find(turn, "role"u8));
            ReadMeta(turn);
            // A server's turns are its text in whatever mouth it puts them; only what it asks a model is asked as a user.
            TextRole role = RoleOf(turn);
            bool stranger = prompt || (_side == McpSide.Server && role == TextRole.Assistant);
            ReadContent(_tape.Find(turn, "content"u8), stranger ? TextRole.Document : role, replayed: true);
        }
    }

    private readonly TextRole RoleOf(int turn)
    {
        int role = _tape.Find(turn, "role"u8);
        return _tape.Is(role, JsonKind.String) && _tape.KeyEquals(role, "assistant"u8) ? TextRole.Assistant : TextRole.User;
    }

    /// <summary>Requests of a server inside a result (2026-07-28, "input_required"), by names of its own.</summary>
    private void ReadRequests(int requests)
    {
        if (!IsMap(requests))
            return;
        for (int key = JsonTape.FirstChild(requests); key < _tape[requests].End; key = _tape.Next(key))
        {
            int request = key + 1;
            int method = _tape.Find(request, "method"u8);
            int parameters = _tape.Find(request, "params"u8);
            if (!_tape.Is(method, JsonKind.String) || (parameters >= 0 && !_tape.Is(parameters, JsonKind.Object)))
            {
                Fault(ReadFault.WrongShape);
                return;
            }
            if (!Plain(request, McpKeys.Request))
                return;
            Labels(method);
            Labels(_tape.Find(request, "jsonrpc"u8));
            Labels(_tape.Find(request, "id"u8));
            ReadParams(request, method, parameters);
        }
    }

    private void ReadResponses(int responses)
    {
        if (!IsMap(responses))
            return;
        for (int key = JsonTape.FirstChild(responses); key < _tape[responses].End; key = _tape.Next(key))
            ReadResult(key + 1, toolList: false);
    }

    /// <summary>Whether something is there to read; anything but an object in its place is no message.</summary>
    private bool IsMap(int node)
    {
        if (node >= 0 && !_tape.Is(node, JsonKind.Object) && !_tape.Is(node, JsonKind.Null))
            Fault(ReadFault.WrongShape);
        return _tape.Is(node, JsonKind.Object);
    }

    /// <summary>The outcome of a task, inside what tells of the task.</summary>
    private void ReadNested(int holder)
    {
        int result = _tape.Find(holder, "result"u8);
        if (result >= 0)
            ReadResult(result, toolList: false);
        int error = _tape.Find(holder, "error"u8);
        if (_tape.Is(error, JsonKind.Object))
            ReadError(error);
    }
}
