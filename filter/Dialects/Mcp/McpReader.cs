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
/// that is not named here, and every label that reads like more than one, is swept up with <see cref="TextRole.Unknown"/>.
/// </summary>
internal ref partial struct McpReader
{
    private const int LongestLabel = 64;

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
        Labels(_tape.Find(rpc.Node, "jsonrpc"u8));
        Labels(_tape.Find(rpc.Node, "id"u8));
        Labels(rpc.Method);
        if (rpc.Method >= 0)
            ReadParams(rpc.Node, rpc.Method, rpc.Params);
        else if (rpc.Result >= 0)
            ReadResult(rpc.Result, toolList);
        else
            ReadError(rpc.Error);
    }

    private void ReadError(int error)
    {
        Strings(_tape.Find(error, "message"u8), Speaker);
        int data = _tape.Find(error, "data"u8);
        // 2025-11-25, -32042: the addresses a person has to open before the request is tried again.
        int asked = _tape.Find(data, "elicitations"u8);
        if (_tape.Is(asked, JsonKind.Array))
        {
            for (int one = JsonTape.FirstChild(asked); one < _tape[asked].End; one = _tape[one].End)
                ReadElicitation(one);
        }
        Strings(data, Speaker);
    }

    /// <summary>What every request, notification, result, tool, turn and block may carry besides.</summary>
    private void ReadMeta(int holder)
    {
        int meta = _tape.Find(holder, "_meta"u8);
        if (!_tape.Is(meta, JsonKind.Object) || !Plain(meta, McpKeys.Meta))
            return;
        for (int key = JsonTape.FirstChild(meta); key < _tape[meta].End; key = _tape.Next(key))
        {
            // The protocol's own are long enough to be taken for prose.
            if (IsOneOf(_tape.Raw(key), McpKeys.Meta))
                _sweep.Skip(key);
        }
        ReadImplementation(_tape.Find(meta, "io.modelcontextprotocol/clientInfo"u8));
        ReadImplementation(_tape.Find(meta, "io.modelcontextprotocol/serverInfo"u8));
        Tokens(_tape.Find(meta, "tracestate"u8));
        Tokens(_tape.Find(meta, "baggage"u8));
        Labels(meta);
    }

    /// <summary>Who a client or server says it is. Hosts show a server's words to models.</summary>
    private void ReadImplementation(int implementation)
    {
        ReadIcons(_tape.Find(implementation, "icons"u8));
        Address(implementation, "websiteUrl"u8);
        if (_side == McpSide.Client)
        {
            Labels(_tape.Find(implementation, "name"u8));
            Labels(_tape.Find(implementation, "version"u8));
        }
        _sweep.TakeAll(implementation, _side == McpSide.Client ? TextRole.User : TextRole.ToolDescription);
    }

    private static bool IsOneOf(ReadOnlySpan<byte> key, byte[][] known)
    {
        foreach (byte[] one in known)
        {
            if (key.SequenceEqual(one))
                return true;
        }
        return false;
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

    /// <summary>A string that is a URI. One with spaces or other letters than ASCII's is prose in its place, and left to the sweep.</summary>
    private readonly void Address(int obj, ReadOnlySpan<byte> key)
    {
        int node = _tape.Find(obj, key);
        if (_tape.Is(node, JsonKind.String) && IsOneWord(node))
            _sweep.Take(node, TextRole.Url);
    }

    private readonly bool IsOneWord(int node) => _tape.Raw(node).IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;

    /// <summary>Every short string of a subtree that only software reads; what reads like prose is left to the sweep.</summary>
    private readonly void Labels(int node) => Tokens(node, LongestLabel);

    /// <summary>Every string of a subtree that is one word, however long: a cursor, a signed state.</summary>
    private readonly void Tokens(int node) => Tokens(node, int.MaxValue);

    private readonly void Tokens(int node, int longest)
    {
        if (node < 0)
            return;
        for (int i = node; i < _tape[node].End; i++)
        {
            if (_tape[i].Kind == JsonKind.String && _tape[i].Length <= longest && IsOneWord(i))
                _sweep.Take(i, TextRole.Metadata);
        }
    }

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
}
