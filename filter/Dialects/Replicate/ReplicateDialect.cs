using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Replicate;

/// <summary>
/// Replicate's HTTP API (replicate.com/docs/reference/http): running models, looking at runs and models, streams of output. It
/// has no tools; an input that offers some is refused.
/// </summary>
public sealed class ReplicateDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static ReplicateDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "replicate";

    /// <summary>Runs, on any path that names them; models and streams are other protocols' paths too, and a route must say so.</summary>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        path.IndexOf("/predictions"u8) >= 0 && ReplicatePath.TryRead(method, path.ToArray(), out _, out _);

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (!ReplicatePath.TryRead(head.Method.Span, path, out ReplicateKind kind, out ReadOnlyMemory<byte> model))
            return ReadFault.UnknownPath;
        if (kind != ReplicateKind.Run)
        {
            message.Model = model;
            return body.IsEmpty ? ReadFault.None : ReadFault.UnexpectedBody;
        }
        ReadFault fault = OpenAiBody.ReadRequest(head, body, limits, message);
        return fault != ReadFault.None ? fault : ReplicateRun.ReadRequest(message, model, limits);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
        return fault == ReadFault.None && isJson ? ReplicateRun.ReadAnswer(message, head.Status >= 400, limits) : fault;
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new ReplicateStream() : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        RefusalReason copy = reason;
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("title", "Blocked by policy");
            json.WriteString("detail", $"{copy.Message} (event {copy.EventId})");
            json.WriteNumber("status", copy.Status);
            json.WriteString("code", copy.Code);
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/json", body);
    }
}
