using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>An endpoint of OpenAI's API, and of those like it, that takes one JSON text and answers with one.</summary>
public abstract class OpenAiEndpoint : Dialect
{
    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (!Reads(head.Method.Span, path.Span))
            return ReadFault.UnknownPath;
        ReadFault fault = OpenAiBody.ReadRequest(head, body, limits, message);
        if (fault != ReadFault.None)
            return fault;
        if (!message.Documents[0].Tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        fault = ReadQuestion(message, limits);
        if (fault == ReadFault.None && AzurePath.DeploymentOf(path) is { IsEmpty: false } deployment)
            message.Model = deployment;
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
        if (fault != ReadFault.None || !isJson)
            return fault;
        // Clients look for nothing in an error.
        return head.Status >= 400 ? ChatResponse.Read(message, isError: true, limits) : ReadAnswer(message, limits);
    }

    /// <summary>Takes no tools out: these endpoints have none, unless one overrides this.</summary>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => OpenAiBody.Refuse(reason);

    /// <summary>Whether a request is read where a route names this protocol: also on paths that <c>auto</c> leaves to another.</summary>
    private protected virtual bool Reads(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => Recognises(method, path);

    /// <summary>Reads document 0 of a request, which is an object.</summary>
    private protected abstract ReadFault ReadQuestion(Message message, in JsonLimits limits);

    /// <summary>Reads document 0 of an answer, whatever it is.</summary>
    private protected abstract ReadFault ReadAnswer(Message message, in JsonLimits limits);
}
