using EnvoyExtAuthz.Dialects.Gemini.Interactions;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Google's Gemini API and Vertex AI's, which speak one protocol: generating, streaming, counting tokens, embedding,
/// predicting, interactions, and the files, stores and caches that prompts refer to.
/// </summary>
public sealed class GeminiDialect : Dialect
{
    /// <summary>State of a request whose answer is a stream in one JSON array.</summary>
    private static readonly object ArrayAsked = new();

    /// <summary>The one instance.</summary>
    public static GeminiDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "gemini";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        if (!GeminiPath.TryParse(method, path.ToArray(), out GeminiPath found))
            return false;
        // Other protocols have these paths too: /v1/models and /v1/files are OpenAI's, /v1/models/m:predict is KServe's.
        bool shared = path.StartsWith("/v1/"u8) && !path.StartsWith("/v1/projects/"u8) && !path.StartsWith("/v1/publishers/"u8);
        return !(shared && found.Operation is GeminiOperation.Resource or GeminiOperation.Predict);
    }

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (!GeminiPath.TryParse(head.Method.Span, path, out GeminiPath asked))
            return ReadFault.UnknownPath;
        message.Operation = asked.Name;
        message.Model = asked.Model;
        message.WantsStream = asked.Operation == GeminiOperation.StreamGenerate;
        ReadFault fault = GeminiHead.Read(head, message, out bool events);
        message.DialectState = message.WantsStream && !events ? ArrayAsked : null;
        if (fault != ReadFault.None)
            return fault;
        if (asked.Operation == GeminiOperation.Upload)
            return GeminiUpload.Read(head, body, limits, message);
        if (body.IsEmpty)
            return asked.Operation is GeminiOperation.Resource or GeminiOperation.Interaction ? ReadFault.None : ReadFault.WrongShape;
        if (!GeminiHead.IsJson(head))
            return ReadFault.UnknownContentType;
        fault = message.ReadJson(body, limits);
        if (fault != ReadFault.None)
            return fault;
        return asked.Operation == GeminiOperation.Interaction ? InteractionBody.ReadRequest(message, limits) : GeminiRequest.Read(message, limits);
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
        return !isError && IsInteraction(request) ? InteractionBody.ReadResponse(message, limits) : GeminiResponse.Read(message, isError, limits);
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head)
    {
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return null;
        if (type.SequenceEqual("text/event-stream"u8))
            return IsInteraction(request) ? new InteractionStream() : new GeminiStream();
        return request.DialectState == ArrayAsked && head.Status < 400 && ContentTypes.IsJson(type) ? new GeminiArrayStream() : null;
    }

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) =>
        IsInteraction(message) ? InteractionToolRemoval.Remove(message, removed) : GeminiToolRemoval.Remove(message, removed);

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => GeminiRefusal.Status(reason);

    private static bool IsInteraction(Message request) => request.Operation.Span.SequenceEqual("interactions"u8);
}
