using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// OpenAI chat completions, and the many servers that speak it (vLLM, Ollama, Azure, Mistral and others): requests,
/// responses, and streams of chunks.
/// </summary>
public sealed class OpenAiChatDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static OpenAiChatDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "openai-chat";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        method.SequenceEqual("POST"u8) && (path.EndsWith("/chat/completions"u8) || path.EndsWith("/agents/completions"u8));

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        // Writer's path is Cohere's too: it is read as chat where a route says so.
        bool isWriters = head.Method.Span.SequenceEqual("POST"u8) && path.Span.EndsWith("/v1/chat"u8);
        if (!isWriters && !Recognises(head.Method.Span, path.Span))
            return ReadFault.UnknownPath;
        ReadFault fault = OpenAiBody.ReadRequest(head, body, limits, message);
        return fault != ReadFault.None ? fault : ChatRequest.Read(message, path, limits);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
        return fault == ReadFault.None && isJson ? ChatResponse.Read(message, head.Status >= 400, limits) : fault;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new ChatStream(request.ToolDeclarations, new ChunkWriter()) : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => ChatToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => OpenAiBody.Refuse(reason);
}
