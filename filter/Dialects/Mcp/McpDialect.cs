using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// The Model Context Protocol over HTTP, all versions from 2024-11-05 to 2026-07-28 on one endpoint: single messages and
/// batches, answers as JSON or as a stream of events, and a server's own requests in either. A tool is called by the body's
/// <c>params.name</c>, byte for byte, never by a header.
/// </summary>
public sealed class McpDialect : Dialect
{
    private static readonly string[] OverrideHeaders = ["x-http-method-override", "x-http-method", "x-method-override"];

    /// <summary>The one instance.</summary>
    public static McpDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "mcp";

    /// <summary>POST, GET and DELETE on <c>/mcp</c>, <c>/sse</c> and <c>/messages</c>, with or without a slash behind.</summary>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        if (path.Length > 1 && path.EndsWith("/"u8))
            path = path[..^1];
        return IsMethod(method) && (path.SequenceEqual("/mcp"u8) || path.SequenceEqual("/sse"u8) || path.SequenceEqual("/messages"u8));
    }

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        ReadOnlySpan<byte> method = head.Method.Span;
        if (!IsMethod(method))
            return ReadFault.UnknownPath;
        foreach (string name in OverrideHeaders)
        {
            if (head.CountOf(name) > 0)
                return ReadFault.HeaderMismatch;
        }
        if (method.SequenceEqual("POST"u8) == body.IsEmpty)
            return ReadFault.UnexpectedBody;
        if (body.IsEmpty)
        {
            message.WantsStream = method.SequenceEqual("GET"u8);
            // What the stream's first event is measured by (2024-11-05).
            message.DialectState = head.Authority.ToArray();
            return ReadFault.None;
        }
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset || !(type.IsEmpty || ContentTypes.IsJson(type)))
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault == ReadFault.None)
            fault = McpReader.Read(message, McpSide.Client, default, limits);
        return fault != ReadFault.None || McpHeaders.Agree(head, message) ? fault : ReadFault.HeaderMismatch;
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
        // What answers no message (an acknowledgement, 202; a proxy's error; a discovery document) is read as text.
        McpRequests asked = McpRequests.Of(request);
        bool answersMessage = head.Status is >= 200 and < 300 and not 202 && asked.AwaitAnswer();
        if (answersMessage && !type.IsEmpty && !ContentTypes.IsJson(type))
            return ReadFault.UnknownContentType;
        // Whatever it calls itself: a list of tools that nobody asked for is still one.
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return answersMessage ? fault : McpUndeclaredStream.IsIn(body.Span) ? ReadFault.UnknownContentType : PlainBody.Read(message, body);
        if (answersMessage || JsonRpcBatch.LooksLikeOne(message.Documents[0].Tape))
            return McpReader.Read(message, McpSide.Server, asked, limits);
        McpReader.Sweep(message);
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new McpEventStream(request) : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => McpToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override void CompleteEdits(Message message) => McpCaching.MakeEditedPrivate(message);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        McpRequests requests = McpRequests.Of(request);
        List<PendingRequest> pending = requests.Pending();
        if (pending.Count == 0)
            return new Refusal(McpAnswer.IsHeaderMismatch(reason) ? 400 : reason.Status, "application/json", McpAnswer.WriteUnaddressed(reason));
        // SDKs show their callers what a 200 says, and hide the body of a 403. Only the mismatch has a status of its own;
        // and a client that waits for its answers on another stream (2024-11-05) reads nothing here but the status.
        int status = McpAnswer.IsHeaderMismatch(reason) ? 400 : AwaitsAnswerElsewhere(requestHead) ? reason.Status : 200;
        return new Refusal(status, "application/json", McpAnswer.Write(reason, pending, requests.IsBatch));
    }

    private static bool AwaitsAnswerElsewhere(HttpHead head)
    {
        ReadOnlySpan<byte> path = head.Path.Span;
        int query = path.IndexOf((byte)'?');
        return query >= 0 && (path[query..].IndexOf("sessionId="u8) >= 0 || path[query..].IndexOf("session_id="u8) >= 0)
            && head.First("accept").Span.IndexOf("text/event-stream"u8) < 0;
    }

    private static bool IsMethod(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("POST"u8) || method.SequenceEqual("GET"u8) || method.SequenceEqual("DELETE"u8);
}
