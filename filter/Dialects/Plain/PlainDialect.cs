using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Plain;

/// <summary>
/// HTTP of no protocol that is known here: vector stores, dashboards, whatever a policy lets through by an unknown path. It
/// has no tools and no models; every string that can be read is inspected in the role <see cref="TextRole.Unknown"/>, and what
/// is no text is an opaque file. It claims no path: a route names it (<c>protocol: plain</c>), or a policy allows
/// <c>unknown-path</c>.
/// </summary>
public sealed class PlainDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static PlainDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "plain";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => false;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        ReadOnlyMemory<byte> raw = head.Path;
        int query = raw.Span.IndexOf((byte)'?');
        message.ExtraTexts.Add(path);
        if (query >= 0 && !FormText.TryTake(message, raw[(query + 1)..], (byte)'&'))
            return ReadFault.Ambiguous;
        return ReadBody(head, body, limits, message);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        return ReadBody(head, body, limits, message);
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) =>
        ContentTypes.Is(head, "text/event-stream"u8) ? new PlainStream() : null;

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => JsonErrors.Problem(reason);

    private static ReadFault ReadBody(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        if (body.IsEmpty)
            return ReadFault.None;
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        if (Multipart.Is(type))
            return MultipartBody.Read(message, head, TextRole.Unknown, limits);
        if (type.SequenceEqual("application/x-www-form-urlencoded"u8))
            return FormText.TryTake(message, body, (byte)'&') ? ReadFault.None : ReadFault.Ambiguous;
        if (IsLines(type))
            return ReadLines(message, limits);
        if (ContentTypes.IsJson(type) || (type.IsEmpty && LooksLikeJson(body.Span)))
            return ReadJson(message, body, limits);
        if (Utf8.IsValid(body.Span) && !body.Span.Contains((byte)0))
            message.Segments.Add(new Segment(TextRole.Unknown, -1, 0, body.Length, false));
        else if (type.StartsWith("text/"u8))
            return ReadFault.UnknownContentType;
        else
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, 0, body.Length));
        return ReadFault.None;
    }

    private static ReadFault ReadJson(Message message, ReadOnlyMemory<byte> body, in JsonLimits limits)
    {
        ReadFault fault = message.ReadJson(body, limits);
        if (fault == ReadFault.None)
            Sweep(message, 0, limits);
        return fault;
    }

    private static ReadFault ReadLines(Message message, in JsonLimits limits)
    {
        int start = 0;
        ReadOnlySpan<byte> all = message.Body.Span;
        while (start < all.Length)
        {
            int length = all[start..].IndexOf((byte)'\n');
            length = length < 0 ? all.Length - start : length;
            if (!all.Slice(start, length).Trim(" \t\r"u8).IsEmpty)
            {
                int document = message.OpenPart(start, length, limits);
                if (document < 0)
                    return ReadFault.NotStrictJson;
                Sweep(message, document, limits);
            }
            start += length + 1;
        }
        return ReadFault.None;
    }

    private static void Sweep(Message message, int document, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, document);
        NestedJson.Take(message, ref sweep, 0, TextRole.Unknown, limits);
        sweep.Finish(TextRole.Unknown);
    }

    private static bool IsLines(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("application/x-ndjson"u8) || type.SequenceEqual("application/jsonl"u8) || type.SequenceEqual("application/x-jsonlines"u8);

    private static bool LooksLikeJson(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
}
