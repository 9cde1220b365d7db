using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>
/// Cohere's API (docs.cohere.com, versions 1 and 2): chats, completions, embeddings, reranking and the smaller endpoints.
/// Writer has a path of version 1's chat with a body like OpenAI's: a body with <c>messages</c> there is read as that.
/// </summary>
public sealed class CohereDialect : Dialect
{
    /// <summary>What the request of an exchange leaves behind where it was Writer's.</summary>
    private static readonly object Writers = new();

    /// <summary>The one instance.</summary>
    public static CohereDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "cohere";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => CohereOperation.Find(method, path) is not null;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (CohereOperation.Find(head.Method.Span, path.Span) is not { } operation)
            return ReadFault.UnknownPath;
        message.Operation = operation.Name;
        message.DialectState = operation;
        ReadFault fault = OpenAiBody.ReadRequest(head, body, limits, message);
        if (fault != ReadFault.None)
            return fault;
        if (!IsWriters(operation, message.Documents[0].Tape))
            return CohereRequest.Read(message, operation, limits);
        message.DialectState = Writers;
        return ChatRequest.Read(message, path, limits);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        if (request.DialectState == Writers)
            return OpenAiChatDialect.Instance.ReadResponse(request, head, body, limits, message);
        ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
        return fault == ReadFault.None && isJson ? CohereAnswer.Read(message, head.Status >= 400, limits) : fault;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head)
    {
        if (request.DialectState == Writers)
            return OpenAiChatDialect.Instance.OpenStream(request, head);
        var operation = request.DialectState as CohereOperation;
        // Version 1 streams are lines, or the same as events where the client asks for them.
        if (ContentTypes.Is(head, "application/stream+json"u8) || ContentTypes.Is(head, "application/x-ndjson"u8))
            return new CohereStream(operation, asLines: true);
        return ContentTypes.Is(head, "text/event-stream"u8) ? new CohereStream(operation, asLines: false) : null;
    }

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) =>
        message.DialectState == Writers ? ChatToolRemoval.Remove(message, removed) : CohereToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        if (request?.DialectState == Writers)
            return OpenAiBody.Refuse(reason);
        return new Refusal(reason.Status, "application/json", CohereRefusal.Body(reason));
    }

    private static bool IsWriters(CohereOperation operation, JsonTape tape) =>
        operation.IsFirstVersion && operation.Is("chat"u8) && tape.Find(0, "messages"u8) >= 0 && tape.Find(0, "message"u8) < 0
        && !KnownKeys.HasVariant(tape, 0, CohereKeys.Request);
}
