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
        method.SequenceEqual("POST"u8) && path.EndsWith("/chat/completions"u8);

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (!Recognises(head.Method.Span, path.Span))
            return ReadFault.UnknownPath;
        // Servers read JSON whatever the content type says (FastAPI, Go); what is strict JSON is no other form.
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset || type.StartsWith("multipart/"u8))
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        return fault != ReadFault.None ? fault : ChatRequest.Read(message, path, limits);
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
        // Clients raise an error whatever its form, and look for nothing in it.
        if (!ContentTypes.IsJson(type))
            return isError ? PlainBody.Read(message, body) : ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return isError ? PlainBody.Read(message, body) : fault;
        return ChatResponse.Read(message, isError, limits);
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new ChatStream(request.ToolDeclarations) : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => ChatToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        RefusalReason copy = reason;
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", $"{copy.Message} (event {copy.EventId})");
            json.WriteString("type", copy.Status == 403 ? "permission_error" : "invalid_request_error");
            json.WriteNull("param");
            json.WriteString("code", copy.Code);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/json", body) { Headers = [("x-should-retry", "false")] };
    }
}
