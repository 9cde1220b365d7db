using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Dialects.Cohere;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>What a request was, for reading what it is answered with.</summary>
/// <param name="Operation">What its path asks for.</param>
/// <param name="Shape">The form of its body, of an invocation.</param>
internal sealed record BedrockRequest(BedrockOperation Operation, InvokeShape Shape);

/// <summary>
/// AWS Bedrock's runtime: conversations in its own form (Converse) and in models' forms (InvokeModel), whole and as AWS event
/// streams; counting of tokens, guardrails, invocations answered into a bucket.
/// </summary>
public sealed class BedrockDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static BedrockDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "bedrock";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => BedrockPath.Read(method, path, out _) != BedrockOperation.None;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        BedrockOperation operation = BedrockPath.Read(head.Method.Span, path.Span, out Range model);
        message.DialectState = new BedrockRequest(operation, InvokeShape.Native);
        message.Operation = path[(path.Span.LastIndexOf((byte)'/') + 1)..];
        // What is said in both directions at once cannot be answered for.
        if (operation is BedrockOperation.None or BedrockOperation.Bidirectional)
            return ReadFault.UnknownPath;
        message.IsSigned = BedrockSignature.CoversBody(head);
        if (operation == BedrockOperation.ReadAsync)
            return body.IsEmpty ? ReadFault.None : ReadFault.UnexpectedBody;
        ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return fault;
        ReadOnlyMemory<byte> id = BedrockPath.DecodeModel(path[model]);
        fault = ReadBody(message, operation, id, limits);
        if (!id.IsEmpty)
            message.Model = id;
        message.WantsStream = operation is BedrockOperation.ConverseStream or BedrockOperation.InvokeStream;
        AddStoredPrompt(message);
        return fault;
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
        if (!ContentTypes.IsJson(type))
            return isError ? PlainBody.Read(message, body) : ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return isError ? PlainBody.Read(message, body) : fault;
        if (!isError)
            return InvokeBody.ReadResponse(message, (request.DialectState as BedrockRequest)?.Shape ?? InvokeShape.Native, limits);
        new SegmentSweep(message, 0).Finish(TextRole.Unknown);
        return ReadFault.None;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head)
    {
        if (!ContentTypes.Is(head, "application/vnd.amazon.eventstream"u8))
            return null;
        return new BedrockStream((request.DialectState as BedrockRequest)?.Operation ?? BedrockOperation.None, request.ToolDeclarations);
    }

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) =>
        message.DialectState switch
        {
            BedrockRequest { Shape: InvokeShape.Chat } => ChatToolRemoval.Remove(message, removed),
            BedrockRequest { Shape: InvokeShape.Cohere } => CohereToolRemoval.Remove(message, removed),
            BedrockRequest { Shape: InvokeShape.Anthropic } => AnthropicToolRemoval.Remove(message, removed),
            _ => BedrockToolRemoval.Remove(message, removed),
        };

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => BedrockRefusals.Whole(reason);

    private static ReadFault ReadBody(Message message, BedrockOperation operation, ReadOnlyMemory<byte> model, in JsonLimits limits)
    {
        if (operation is BedrockOperation.Invoke or BedrockOperation.InvokeStream)
        {
            ReadFault read = InvokeBody.ReadRequest(message, model, limits, out InvokeShape shape);
            message.DialectState = new BedrockRequest(operation, shape);
            return read;
        }
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = operation switch
        {
            BedrockOperation.Converse or BedrockOperation.ConverseStream => ConverseRequest.Read(message, ref sweep, 0, limits),
            BedrockOperation.CountTokens => BesideConversations.ReadCount(message, ref sweep, model, limits),
            BedrockOperation.ApplyGuardrail => BesideConversations.ReadGuardrail(message, ref sweep),
            BedrockOperation.GuardrailChecks => ConverseRequest.Read(message, ref sweep, 0, limits),
            _ => BesideConversations.ReadAsync(message, ref sweep),
        };
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>A prompt that the service keeps stands in a model's place: its words are not in the request.</summary>
    private static void AddStoredPrompt(Message message)
    {
        if (message.Model.Span.StartsWith("arn:"u8) && message.Model.Span.IndexOf(":prompt/"u8) >= 0)
            message.Opaque.Add(new OpaquePart(OpaqueKind.ServerState, 0, 0, message.Body.Length));
    }
}
