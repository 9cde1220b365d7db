using EnvoyExtAuthz.Dialects.JsonRpc;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>
/// The Agent2Agent protocol, versions 1.0 and 0.3, in the JSON-RPC and HTTP+JSON bindings (the gRPC binding is the gRPC
/// protocol's, with A2A's descriptors). The tool of a request is its method, under its name in 1.0 whichever way it came.
/// </summary>
public sealed class A2aDialect : Dialect
{
    private static readonly string[] OverrideHeaders = ["x-http-method-override", "x-http-method", "x-method-override"];

    /// <summary>The one instance.</summary>
    public static A2aDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "a2a";

    /// <summary>The HTTP+JSON binding's paths and the card's; for JSON-RPC, POST on <c>/a2a</c> and one segment below.</summary>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        if (A2aPath.Read(method, path, out ReadOnlyMemory<byte> operation) != ReadFault.None || !operation.IsEmpty)
            return true;
        if (path.Length > 1 && path.EndsWith("/"u8))
            path = path[..^1];
        return method.SequenceEqual("POST"u8) && (path.SequenceEqual("/a2a"u8) || (path.StartsWith("/a2a/"u8) && path[5..].IndexOf((byte)'/') < 0));
    }

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (!HeadersArePlain(head))
            return ReadFault.HeaderMismatch;
        ReadFault fault = A2aPath.Read(head.Method.Span, path.Span, out ReadOnlyMemory<byte> operation);
        if (fault != ReadFault.None)
            return fault;
        if (operation.IsEmpty && !head.Method.Span.SequenceEqual("POST"u8))
            return ReadFault.UnknownPath;
        ReadOnlyMemory<byte> raw = head.Path;
        int query = raw.Span.IndexOf((byte)'?');
        // Tenants, tasks and configurations stand in the path, the rest of a question in the query.
        if (!FormText.TryTake(message, path[1..], (byte)'/') || (query >= 0 && !FormText.TryTake(message, raw[(query + 1)..], (byte)'&')))
            return ReadFault.Ambiguous;
        return operation.IsEmpty ? ReadRpcRequest(head, body, limits, message) : ReadRestRequest(head, operation, body, limits, message);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        bool isError = head.Status >= 400;
        if (!isError && !type.IsEmpty && !ContentTypes.IsJson(type))
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault == ReadFault.None)
            fault = ReadAnswer(message, A2aCall.Of(request), limits, null);
        // Errors come from anywhere on the way, in any form.
        return fault != ReadFault.None && isError ? PlainBody.Read(message, body) : fault;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new A2aEventStream(request) : null;

    /// <summary>No message of A2A offers tools.</summary>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        bool rest = RequestPath.TryNormalise(requestHead.Path, out ReadOnlyMemory<byte> path, out _)
            && (A2aPath.Read(requestHead.Method.Span, path.Span, out ReadOnlyMemory<byte> operation) != ReadFault.None || !operation.IsEmpty
                || !requestHead.Method.Span.SequenceEqual("POST"u8));
        if (rest)
            return new Refusal(reason.Status, "application/json", A2aRefusal.Rest(reason));
        // Clients of JSON-RPC show their callers what a 200 says; some hide the body of anything else.
        A2aCall call = A2aCall.Of(request);
        return new Refusal(call.IsRpc ? 200 : reason.Status, "application/json", A2aRefusal.Rpc(reason, call.Id));
    }

    /// <summary>Reads an answer in document 0 of a message: of either binding, whole or as an event.</summary>
    /// <param name="message">Holds the answer, read as JSON.</param>
    /// <param name="call">What it answers.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    /// <param name="channels">The stream's channels; null for a whole answer.</param>
    internal static ReadFault ReadAnswer(Message message, in A2aCall call, in JsonLimits limits, ArtifactChannels? channels)
    {
        JsonTape tape = message.Documents[0].Tape;
        int value = 0;
        int error = -1;
        bool isRpc = call.IsRpc || tape.Find(0, "jsonrpc"u8) >= 0;
        if (isRpc)
        {
            ReadFault fault = JsonRpcMessage.TryRead(tape, 0, out JsonRpcMessage rpc);
            if (fault != ReadFault.None)
                return fault;
            if (rpc.Method >= 0)
                return ReadFault.WrongShape;
            (value, error) = (rpc.Result, rpc.Error);
        }
        else if (tape.Find(0, "error"u8) is >= 0 and int found)
        {
            // Beside an error an answer is read too: which of them a client looks at first is its own affair.
            error = found;
        }
        return call.AsksForCard
            ? A2aReader.ReadCard(message, value, error, limits)
            : A2aReader.Read(message, value, error, A2aSide.Agent, call.IsKnown, limits, channels);
    }

    private static ReadFault ReadRpcRequest(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        if (body.IsEmpty)
            return ReadFault.UnexpectedBody;
        ReadFault fault = ReadJson(head, body, limits, message);
        if (fault != ReadFault.None)
            return fault;
        JsonTape tape = message.Documents[0].Tape;
        if (tape.Find(0, "jsonrpc"u8) < 0)
            return ReadNotification(tape, limits, message);
        fault = JsonRpcMessage.TryRead(tape, 0, out JsonRpcMessage rpc);
        if (fault != ReadFault.None)
            return fault;
        if (rpc.Method < 0)
            return ReadFault.WrongShape;
        // The other binding's body around it would be another request where the paths are not as we think.
        if (HasOtherMembers(tape))
            return ReadFault.Ambiguous;
        ReadOnlyMemory<byte> name = A2aMethods.Of(tape, rpc.Method);
        bool known = !name.IsEmpty;
        message.Operation = known ? name : message.Decode(0, rpc.Method);
        message.WantsStream = A2aMethods.Streams(message.Operation.Span);
        AddCall(message, rpc.Params);
        return A2aReader.Read(message, rpc.Params, -1, A2aSide.Client, known, limits);
    }

    private static ReadFault ReadRestRequest(HttpHead head, ReadOnlyMemory<byte> operation, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Operation = operation;
        message.WantsStream = A2aMethods.Streams(operation.Span);
        bool post = head.Method.Span.SequenceEqual("POST"u8);
        if (body.IsEmpty ? NeedsBody(operation.Span) : !post)
            return ReadFault.UnexpectedBody;
        ReadFault fault = body.IsEmpty ? ReadFault.None : ReadJson(head, body, limits, message);
        if (fault != ReadFault.None)
            return fault;
        int root = message.Documents.Count > 0 ? 0 : -1;
        if (!operation.Span.SequenceEqual(A2aMethods.GetAgentCard.Span))
            AddCall(message, root);
        if (root < 0)
            return ReadFault.None;
        JsonTape tape = message.Documents[0].Tape;
        foreach (byte[] key in A2aKeys.Envelope)
        {
            if (tape.Find(0, key) >= 0 && key is not [(byte)'i', (byte)'d'])
                return ReadFault.Ambiguous;
        }
        return A2aReader.Read(message, 0, -1, A2aSide.Client, strict: true, limits);
    }

    /// <summary>What an agent sends to the address a client gave: an event's content (1.0), or a task (0.3).</summary>
    private static ReadFault ReadNotification(JsonTape tape, in JsonLimits limits, Message message)
    {
        bool isEvent = false;
        for (int key = JsonTape.FirstChild(0); tape.Is(0, JsonKind.Object) && key < tape[0].End; key = tape.Next(key))
        {
            isEvent |= A2aKeys.Of(tape, key) is A2aMember.Task or A2aMember.Message or A2aMember.StatusUpdate or A2aMember.ArtifactUpdate or A2aMember.Status;
            // A JSON-RPC message without its version is one to some servers.
            if (tape.KeyEquals(key, "method"u8) || tape.KeyEquals(key, "params"u8))
                return ReadFault.WrongShape;
        }
        if (!isEvent || KnownKeys.HasVariant(tape, 0, A2aKeys.Envelope))
            return ReadFault.WrongShape;
        message.Operation = A2aMethods.PushNotification;
        AddCall(message, 0);
        return A2aReader.Read(message, 0, -1, A2aSide.Agent, strict: true, limits);
    }

    private static ReadFault ReadJson(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        return plainCharset && (type.IsEmpty || ContentTypes.IsJson(type)) ? message.ReadJson(body, limits) : ReadFault.UnknownContentType;
    }

    private static void AddCall(Message message, int arguments)
    {
        ReadOnlyMemory<byte> text = default;
        if (arguments >= 0)
        {
            JsonNode node = message.Documents[0].Tape[arguments];
            text = message.Documents[0].Bytes.Slice(node.Start, node.Length);
        }
        message.ToolCalls.Add(new ToolCall(message.Operation, text, arguments < 0 ? -1 : 0, arguments < 0 ? -1 : 0));
    }

    private static bool HasOtherMembers(JsonTape tape)
    {
        for (int key = JsonTape.FirstChild(0); key < tape[0].End; key = tape.Next(key))
        {
            if (A2aKeys.Of(tape, key) is not (A2aMember.Other or A2aMember.Id or A2aMember.Metadata))
                return true;
        }
        return false;
    }

    private static bool NeedsBody(ReadOnlySpan<byte> operation) =>
        operation.SequenceEqual(A2aMethods.SendMessage.Span) || operation.SequenceEqual(A2aMethods.SendStreamingMessage.Span)
        || operation.SequenceEqual(A2aMethods.CreatePushConfig.Span);

    /// <summary>One version at most, and one we know the words of; nothing that makes another method of the request.</summary>
    private static bool HeadersArePlain(HttpHead head)
    {
        foreach (string name in OverrideHeaders)
        {
            if (head.CountOf(name) > 0)
                return false;
        }
        ReadOnlySpan<byte> version = head.First("a2a-version").Span.Trim(" \t"u8);
        return head.CountOf("a2a-version") <= 1 && (version.IsEmpty || version.StartsWith("0.3"u8) || version.StartsWith("1."u8) || version.SequenceEqual("1"u8));
    }
}
