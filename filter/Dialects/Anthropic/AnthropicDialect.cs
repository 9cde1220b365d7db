using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Anthropic's Messages API, as the provider, Vertex and other servers speak it: messages whole and streamed, counting of
/// tokens, batches, files, models, and the older text completions.
/// </summary>
public sealed class AnthropicDialect : Dialect
{
    /// <summary>Operations as objects, made once.</summary>
    private static readonly object[] States = [.. Enum.GetValues<AnthropicOperation>().Select(o => (object)o)];

    /// <summary>The one instance.</summary>
    public static AnthropicDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "anthropic";

    /// <summary>Claims the paths that are Anthropic's alone; lists of models and files, which others have too, are read where a route says so.</summary>
    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        path.IndexOf("/v1/messages"u8) >= 0 || path.EndsWith("/v1/complete"u8) || path.IndexOf("/publishers/anthropic/models/"u8) >= 0;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        AnthropicPath asked = AnthropicPath.Of(head.Method.Span, path);
        if (asked.Operation == AnthropicOperation.None)
            return ReadFault.UnknownPath;
        message.Operation = asked.Name;
        message.DialectState = States[(int)asked.Operation];
        message.Model = asked.Model;
        message.WantsStream = asked.Streams;
        switch (asked.Operation)
        {
            case AnthropicOperation.UploadFile:
                return FileUpload.Read(head, message, limits);
            case AnthropicOperation.Batches or AnthropicOperation.BatchResults or AnthropicOperation.Models or AnthropicOperation.Files or AnthropicOperation.FileContent:
                return body.IsEmpty ? ReadFault.None : ReadFault.UnexpectedBody;
            default:
                return ReadJson(head, asked.Operation, body, limits, message);
        }
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        bool isError = head.Status >= 400;
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (request.DialectState is AnthropicOperation.FileContent && !isError)
            return FileContent.Read(message, body, type, limits);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        // Clients raise an error whatever its form, and look for nothing in it.
        if (!ContentTypes.IsJson(type))
            return isError ? PlainBody.Read(message, body) : ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return isError ? PlainBody.Read(message, body) : fault;
        return request.DialectState is AnthropicOperation.Batches or AnthropicOperation.CreateBatch or AnthropicOperation.Models or AnthropicOperation.Files or AnthropicOperation.UploadFile
            ? ResourceResponse.Read(message)
            : MessagesResponse.Read(message, 0, isError, limits);
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head)
    {
        if (request.DialectState is AnthropicOperation.BatchResults && head.Status < 400 && BatchResults.IsListType(head))
            return new BatchResults();
        if (!ContentTypes.Is(head, "text/event-stream"u8))
            return null;
        return request.DialectState is AnthropicOperation.Complete ? new CompletionStream() : new MessagesStream();
    }

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => AnthropicToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => AnthropicRefusal.Whole(reason);

    private static ReadFault ReadJson(HttpHead head, AnthropicOperation operation, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        // Servers read JSON whatever the content type says (FastAPI, Go); what is strict JSON is no other form.
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset || type.StartsWith("multipart/"u8))
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return fault;
        fault = operation switch
        {
            AnthropicOperation.CreateBatch => BatchRequest.Read(message, limits),
            AnthropicOperation.Complete => CompletionRequest.Read(message),
            _ => MessagesRequest.Read(message, 0, limits),
        };
        // A server without the key would answer with a model of its own choice.
        return fault == ReadFault.None && message.Model.IsEmpty ? ReadFault.WrongShape : fault;
    }
}
