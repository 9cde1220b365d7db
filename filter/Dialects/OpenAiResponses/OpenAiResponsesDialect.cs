using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// OpenAI's Responses API and its conversations, and the servers that speak it (Azure, OpenRouter, DeepSeek, vLLM, Ollama and
/// others): requests, responses, and streams of typed events.
/// </summary>
public sealed class OpenAiResponsesDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static OpenAiResponsesDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "openai-responses";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => ResponsesPath.Of(method, path) != ResponsesOperation.None;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        ResponsesOperation operation = ResponsesPath.Of(head.Method.Span, path.Span);
        if (operation == ResponsesOperation.None)
            return ReadFault.UnknownPath;
        message.Operation = ResponsesPath.NameOf(operation);
        if (body.IsEmpty)
            return NeedsBody(operation) ? ReadFault.UnexpectedBody : ReadFault.None;
        if (!NeedsBody(operation) && !MayHaveBody(operation))
            return ReadFault.UnexpectedBody;
        ReadFault fault = OpenAiBody.ReadRequest(head, body, limits, message);
        return fault != ReadFault.None ? fault : ResponsesRequest.Read(message, operation, path, limits);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
        return isJson ? ResponsesResponse.Read(request, message, head.Status >= 400, limits) : fault;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new ResponsesStream(HostedTools.Of(request)) : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => ResponsesToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) =>
        OpenAiBody.Refuse(reason);

    private static bool NeedsBody(ResponsesOperation operation) =>
        operation is ResponsesOperation.Create or ResponsesOperation.Compact or ResponsesOperation.UpdateConversation or ResponsesOperation.AddItems;

    private static bool MayHaveBody(ResponsesOperation operation) =>
        operation is ResponsesOperation.CountTokens or ResponsesOperation.Cancel or ResponsesOperation.CreateConversation;
}
