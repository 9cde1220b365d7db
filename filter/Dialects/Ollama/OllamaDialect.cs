using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>
/// Ollama's own API (github.com/ollama/ollama, docs/api.md): chats, completions and embeddings, answered whole or as lines of
/// JSON, and the management of models. Its OpenAI-like paths are those protocols'.
/// </summary>
public sealed class OllamaDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static OllamaDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "ollama";

    /// <summary>All its paths but the bare one, which every server has.</summary>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        OllamaOperation.Find(method, path) is { Kind: not OllamaKind.Greeting };

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (OllamaOperation.Find(head.Method.Span, path.Span) is not { } operation)
            return ReadFault.UnknownPath;
        message.Operation = operation.Name;
        message.DialectState = operation;
        if (operation.Kind is OllamaKind.Look or OllamaKind.Blob or OllamaKind.Greeting)
            return ReadBodiless(operation, head, body, message);
        // The server reads JSON whatever the content type says.
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset || type.StartsWith("multipart/"u8))
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        return fault != ReadFault.None ? fault : OllamaRequest.Read(message, operation, limits);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        bool isError = head.Status >= 400;
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        bool isGreeting = request.DialectState is OllamaOperation { Kind: OllamaKind.Greeting };
        if (!ContentTypes.IsJson(type))
            return isError || (isGreeting && type.SequenceEqual("text/plain"u8)) ? PlainBody.Read(message, body) : ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return isError ? PlainBody.Read(message, body) : fault;
        return OllamaAnswer.Read(message, request.DialectState as OllamaOperation, isError, limits);
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "application/x-ndjson"u8) || ContentTypes.Is(head, "application/ndjson"u8)
            ? new OllamaStream(request.DialectState as OllamaOperation, request.Model)
            : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => ChatToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) =>
        new(reason.Status, "application/json", OllamaRefusal.WriteError(reason));

    /// <summary>Requests that say all in their path, and files: the bytes of a model.</summary>
    private static ReadFault ReadBodiless(OllamaOperation operation, HttpHead head, ReadOnlyMemory<byte> body, Message message)
    {
        if (body.IsEmpty)
            return ReadFault.None;
        if (operation.Kind != OllamaKind.Blob || !head.Method.Span.SequenceEqual("POST"u8))
            return ReadFault.UnexpectedBody;
        message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, 0, body.Length));
        return ReadFault.None;
    }
}
