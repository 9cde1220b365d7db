using EnvoyExtAuthz.Dialects.JsonRpc;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>Who sends a body.</summary>
internal enum McpSide : byte
{
    /// <summary>The client: requests, and answers to what a server asked.</summary>
    Client,

    /// <summary>The server: answers, and requests and notifications of its own.</summary>
    Server,
}

/// <summary>
/// Reads the messages of one body into segments, declarations and calls. What a member means follows from its key, wherever
/// it stands, and not from the method that was called: so a list of tools is found in whatever result it comes. Everything
/// that is not named here is swept up with <see cref="TextRole.Unknown"/>.
/// </summary>
internal ref partial struct McpReader
{
    private readonly Message _message;
    private readonly McpSide _side;
    private readonly JsonLimits _limits;
    private readonly JsonTape _tape;
    private SegmentSweep _sweep;
    private ReadFault _fault;

    private McpReader(Message message, McpSide side, in JsonLimits limits)
    {
        _message = message;
        _side = side;
        _limits = limits;
        _tape = message.Documents[0].Tape;
        _sweep = new SegmentSweep(message, 0);
        _fault = ReadFault.None;
    }

    /// <summary>Role of what the sender itself says.</summary>
    private readonly TextRole Speaker => _side == McpSide.Client ? TextRole.User : TextRole.ToolResult;

    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Holds the body, read as JSON.</param>
    /// <param name="side">Who sent it.</param>
    /// <param name="asked">What it answers; default if nothing is known of that.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, McpSide side, McpRequests asked, in JsonLimits limits)
    {
        var reader = new McpReader(message, side, limits);
        reader.ReadBody(asked);
        reader._sweep.Finish(TextRole.Unknown);
        return reader._fault;
    }

    /// <summary>Makes every string of a body that is no JSON-RPC a segment.</summary>
    public static void Sweep(Message message)
    {
        var sweep = new SegmentSweep(message, 0);
        sweep.Finish(TextRole.Unknown);
    }

    private void ReadBody(McpRequests asked)
    {
        int count = 0;
        foreach (int node in new JsonRpcBatch(_tape))
        {
            if (++count > JsonRpcBatch.MaxMessages)
                Fault(ReadFault.TooLarge);
            Fault(JsonRpcMessage.TryRead(_tape, node, out JsonRpcMessage rpc));
            if (_fault == ReadFault.None)
                ReadMessage(rpc, rpc.Result >= 0 && rpc.Id >= 0 && asked.IsToolList(_tape, rpc.Id));
            if (_fault != ReadFault.None)
                return;
            if (count == 1 && rpc.Method >= 0)
                _message.Operation = _message.Decode(0, rpc.Method);
        }
        if (count == 0)
            Fault(ReadFault.WrongShape);
        else if (count > 1 && McpRequests.Of(_message).HasDuplicateId())
            Fault(ReadFault.Ambiguous);
    }

    private void ReadMessage(in JsonRpcMessage rpc, bool toolList)
    {
        Take(rpc.Node, "jsonrpc"u8, TextRole.Metadata);
        Take(rpc.Node, "id"u8, TextRole.Metadata);
        _sweep.Take(rpc.Method, TextRole.Metadata);
        if (rpc.Method >= 0)
            ReadParams(rpc.Node, rpc.Method, rpc.Params);
        else if (rpc.Result >= 0)
            ReadResult(rpc.Result, toolList);
        else
            ReadError(rpc.Error);
    }

    private void ReadParams(int node, int method, int parameters)
    {
        if (_tape.KeyEquals(method, "tools/call"u8))
            ReadCall(node, parameters);
        if (parameters < 0 || !Plain(parameters, McpKeys.Params))
            return;
        All(parameters, "_meta"u8, TextRole.Metadata);
        Fault(KnownKeys.HasVariant(_tape, _tape.Find(parameters, "_meta"u8), McpKeys.Meta) ? ReadFault.Ambiguous : ReadFault.None);
        foreach (byte[] key in MetadataKeys)
            All(parameters, key, TextRole.Metadata);
        Take(parameters, "uri"u8, TextRole.Url);
        Take(parameters, "url"u8, TextRole.Url);
        Strings(_tape.Find(parameters, "message"u8), Speaker);
        Strings(_tape.Find(parameters, "statusMessage"u8), Speaker);
        Strings(_tape.Find(parameters, "reason"u8), Speaker);
        Strings(_tape.Find(parameters, "data"u8), Speaker);
        // Arguments of a prompt and of a completion are what a person fills in.
        All(parameters, "arguments"u8, TextRole.User);
        All(parameters, "argument"u8, TextRole.User);
        All(parameters, "context"u8, TextRole.User);
        Schema(_tape.Find(parameters, "requestedSchema"u8));
        ReadSampling(parameters, _tape.KeyEquals(method, "sampling/createMessage"u8));
        ReadRequests(_tape.Find(parameters, "inputRequests"u8));
        ReadResponses(_tape.Find(parameters, "inputResponses"u8));
        ReadNested(parameters);
    }

    private void ReadCall(int node, int parameters)
    {
        int name = _tape.Find(parameters, "name"u8);
        int arguments = _tape.Find(parameters, "arguments"u8);
        bool hasArguments = _tape.Is(arguments, JsonKind.Object);
        if (!_tape.Is(name, JsonKind.String) || (arguments >= 0 && !hasArguments && !_tape.Is(arguments, JsonKind.Null)))
        {
            Fault(ReadFault.WrongShape);
            return;
        }
        AddCall(node, name, hasArguments ? arguments : -1, replayed: false);
    }

    private void AddCall(int node, int name, int arguments, bool replayed)
    {
        ReadOnlyMemory<byte> text = arguments < 0 ? default : _tape.Source.Slice(_tape[arguments].Start, _tape[arguments].Length);
        _message.ToolCalls.Add(new ToolCall(_message.Decode(0, name), text, 0, node, replayed));
        _sweep.Take(name, TextRole.Metadata);
        Strings(arguments, TextRole.ToolArgument);
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
            Take(turn, "role"u8, TextRole.Metadata);
            All(turn, "_meta"u8, TextRole.Metadata);
            // A prompt's turns are a server's text in whatever mouth it puts them.
            ReadContent(_tape.Find(turn, "content"u8), prompt ? TextRole.Document : RoleOf(turn), replayed: true);
        }
    }

    private readonly TextRole RoleOf(int turn)
    {
        int role = _tape.Find(turn, "role"u8);
        return _tape.Is(role, JsonKind.String) && _tape.KeyEquals(role, "assistant"u8) ? TextRole.Assistant : TextRole.User;
    }

    private void ReadError(int error)
    {
        Strings(_tape.Find(error, "message"u8), Speaker);
        Strings(_tape.Find(error, "data"u8), Speaker);
    }

    /// <summary>Requests of a server inside a result (2026-07-28, "input_required"), by names of its own.</summary>
    private void ReadRequests(int requests)
    {
        if (!_tape.Is(requests, JsonKind.Object))
            return;
        for (int key = JsonTape.FirstChild(requests); key < _tape[requests].End; key = _tape.Next(key))
        {
            int method = _tape.Find(key + 1, "method"u8);
            int parameters = _tape.Find(key + 1, "params"u8);
            if (!_tape.Is(method, JsonKind.String) || (parameters >= 0 && !_tape.Is(parameters, JsonKind.Object)))
            {
                Fault(ReadFault.WrongShape);
                return;
            }
            _sweep.Take(method, TextRole.Metadata);
            Take(key + 1, "jsonrpc"u8, TextRole.Metadata);
            Take(key + 1, "id"u8, TextRole.Metadata);
            ReadParams(key + 1, method, parameters);
        }
    }

    private void ReadResponses(int responses)
    {
        if (!_tape.Is(responses, JsonKind.Object))
            return;
        for (int key = JsonTape.FirstChild(responses); key < _tape[responses].End; key = _tape.Next(key))
            ReadResult(key + 1, toolList: false);
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

    private bool Plain(int node, byte[][] known)
    {
        if (!KnownKeys.HasVariant(_tape, node, known))
            return true;
        Fault(ReadFault.Ambiguous);
        return false;
    }

    private void Fault(ReadFault fault)
    {
        if (_fault == ReadFault.None)
            _fault = fault;
    }

    private readonly void Take(int obj, ReadOnlySpan<byte> key, TextRole role) => _sweep.Take(_tape.Find(obj, key), role);

    private readonly void All(int obj, ReadOnlySpan<byte> key, TextRole role) => _sweep.TakeAll(_tape.Find(obj, key), role);

    /// <summary>Every string of a subtree; strings that hold JSON are read as such, so that an edit leaves them JSON.</summary>
    private void Strings(int node, TextRole role)
    {
        if (node < 0)
            return;
        for (int i = node; i < _tape[node].End; i++)
        {
            if (_tape[i].Kind == JsonKind.String)
                NestedJson.Take(_message, ref _sweep, i, role, _limits);
        }
        _sweep.TakeAll(node, role);
    }

    private static readonly byte[][] MetadataKeys = KnownKeys.Of(
        "name", "cursor", "level", "logger", "protocolVersion", "capabilities", "clientInfo", "ref", "taskId", "task", "status", "progressToken",
        "requestId", "requestState", "toolChoice", "modelPreferences", "stopSequences", "includeContext", "mode", "elicitationId", "createdAt",
        "lastUpdatedAt", "notifications");
}
