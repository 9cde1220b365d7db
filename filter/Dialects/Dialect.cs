using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>What a refusal may say: nothing of the text that caused it.</summary>
/// <param name="Code">A stable word for software, such as <c>tool_not_allowed</c>.</param>
/// <param name="Message">One English sentence for people. It may name the rule's subject only as the policy names it.</param>
/// <param name="EventId">Opaque id, found again in the audit log.</param>
/// <param name="Status">HTTP status the refusal asks for: 403, 413 or 415. A dialect may answer otherwise (MCP: 200).</param>
public readonly record struct RefusalReason(string Code, string Message, string EventId, int Status = 403);

/// <summary>A refusal in a protocol's own words.</summary>
/// <param name="Status">200, or 400 to 499 but 408, 409 and 429: those and 5xx are retried by SDKs.</param>
/// <param name="ContentType">Media type of the body.</param>
/// <param name="Body">The body.</param>
public sealed record Refusal(int Status, string ContentType, byte[] Body)
{
    /// <summary>Further response headers, such as <c>x-should-retry: false</c>.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];
}

/// <summary>
/// One protocol on the wire: how to read its bodies into a <see cref="Message"/>, how to take tools out of one, and how to
/// say no in it. Knows nothing of policy, identity or detection. Stateless and thread-safe; what a body's reading leaves
/// behind is in the message.
/// </summary>
public abstract class Dialect
{
    /// <summary>The name policies use, such as <c>openai-chat</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a request on this method and path is this protocol's, for routes that leave the choice open.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query (<see cref="RequestPath"/>).</param>
    public abstract bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path);

    /// <summary>Reads a request's whole body (empty if it has none).</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="path">Normalised, without query.</param>
    /// <param name="body">Decoded body; stays unchanged while the message lives.</param>
    /// <param name="limits">Bounds of JSON.</param>
    /// <param name="message">Cleared before the call; filled here.</param>
    public abstract ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message);

    /// <summary>Reads a response's whole body.</summary>
    /// <param name="request">The request it answers, read before.</param>
    /// <param name="head">The response's head.</param>
    /// <param name="body">Decoded body.</param>
    /// <param name="limits">Bounds of JSON.</param>
    /// <param name="message">Cleared before the call; filled here.</param>
    public abstract ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message);

    /// <summary>Begins reading a response that comes as a stream of events, which its content type says.</summary>
    /// <param name="request">The request it answers, read before.</param>
    /// <param name="head">The response's head.</param>
    /// <returns>Null if this response is no stream: it is gathered and read as a whole.</returns>
    public virtual EventStream? OpenStream(Message request, HttpHead head) => null;

    /// <summary>
    /// The message's body with its edits. By default the splices are applied to the body's bytes; a dialect whose bytes also say
    /// how long their parts are makes those fit.
    /// </summary>
    /// <param name="message">A message this dialect read, with splices.</param>
    /// <param name="edited">The new body, when true.</param>
    /// <returns>False if the edits contradict each other; then nothing of the message may go on.</returns>
    public virtual bool TryWrite(Message message, out byte[] edited)
    {
        CompleteEdits(message);
        return Splice.TryApply(message.Body.Span, message.Splices, out edited);
    }

    /// <summary>
    /// Asks for what else of a message is no longer true once something of it is edited, such as that a cache may keep it for
    /// everyone. For whole bodies and for single events of a stream; asked again, it asks for nothing more.
    /// </summary>
    /// <param name="message">A message this dialect read, with splices; may get more.</param>
    public virtual void CompleteEdits(Message message)
    {
    }

    /// <summary>Asks for declared tools to be taken out of a message, and for what names them to be mended.</summary>
    /// <param name="message">A message this dialect read; gets splices.</param>
    /// <param name="removed">Indices into <see cref="Message.ToolDeclarations"/>, ascending.</param>
    /// <returns>False if the message cannot do without one of them (a forced tool choice): refuse instead.</returns>
    public abstract bool RemoveTools(Message message, ReadOnlySpan<int> removed);

    /// <summary>A refusal of a request or of a response whose headers are not out yet.</summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="request">The request as far as it was read, or null if nothing of it could be.</param>
    /// <param name="requestHead">The request's head.</param>
    public abstract Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead);
}

/// <summary>
/// A response stream being read, one complete event at a time. Keeps what spans events: which call a fragment belongs
/// to, whether the end was seen. One instance a response; not thread-safe.
/// </summary>
public abstract class EventStream : IDisposable
{
    /// <summary>A tool call has begun and is not complete: its events, and all after them, must be held.</summary>
    public abstract bool HasOpenCall { get; }

    /// <summary>The protocol's own end was seen.</summary>
    public abstract bool Ended { get; }

    /// <summary>How the stream is cut into events; by default as <c>text/event-stream</c>.</summary>
    /// <param name="maxFrameBytes">Longest event in bytes.</param>
    public virtual EventFramer CreateFramer(int maxFrameBytes) => new SseFramer(maxFrameBytes);

    /// <summary>
    /// Reads one event. Its texts become segments, running ones with a channel; calls that this event completes become
    /// <see cref="Message.ToolCalls"/>, with Document -1 if they were put together from several events.
    /// </summary>
    /// <param name="frame">The event.</param>
    /// <param name="limits">Bounds of JSON.</param>
    /// <param name="message">Cleared before the call; <see cref="Message.Body"/> becomes the event's data.</param>
    public abstract ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message);

    /// <summary>
    /// The oldest event that was read and not let go yet goes on to the client, edited or not. Where a refusal depends on what
    /// the client has seen, this is how a stream knows. Called once an event, in the order they were read.
    /// </summary>
    /// <param name="edited">It does not go on as it came: what it said may have been masked, and must not be repeated.</param>
    public virtual void OnReleased(bool edited)
    {
    }

    /// <summary>The input is over: completes calls that nothing else completed.</summary>
    /// <param name="message">Cleared before the call; gets the calls.</param>
    public abstract ReadFault Finish(Message message);

    /// <summary>
    /// Events that end this stream in the protocol's own way with a refusal, valid after whatever was released before.
    /// </summary>
    public abstract byte[] Refuse(in RefusalReason reason);

    /// <summary>Trailers that tell of a refusal, where a protocol's end stands in them and not in the body; else none.</summary>
    public virtual IReadOnlyList<(string Name, string Value)> RefusalTrailers(in RefusalReason reason) => [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns pooled memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
