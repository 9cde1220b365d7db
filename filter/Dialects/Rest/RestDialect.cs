using System.Diagnostics.CodeAnalysis;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Rest;

/// <summary>A tool of a REST API.</summary>
/// <param name="Name">The name policies use.</param>
/// <param name="Method">HTTP method, in upper case.</param>
/// <param name="Path">Path template: segments, each literal or <c>{parameter}</c>.</param>
public sealed record RestTool(string Name, string Method, string Path);

/// <summary>
/// A plain REST API whose tools are told apart by method and path template. A request that no template matches is none of
/// its tools' and is refused as an unknown path. Where two templates match, the one with a literal further left wins.
/// </summary>
public sealed class RestDialect : Dialect
{
    private static readonly string[] OverrideHeaders = ["x-http-method-override", "x-http-method", "x-method-override"];
    private readonly Template[] _templates;

    private sealed record Template(byte[] Name, byte[] Method, byte[]?[] Segments);

    private RestDialect(Template[] templates) => _templates = templates;

    /// <inheritdoc/>
    public override string Name => "rest";

    /// <summary>Makes the protocol of an API.</summary>
    /// <param name="tools">Its tools; at least one.</param>
    /// <param name="dialect">The protocol.</param>
    /// <param name="fault">What is wrong with the tools, in a sentence.</param>
    public static bool TryCreate(IReadOnlyList<RestTool> tools, [NotNullWhen(true)] out RestDialect? dialect, out string fault)
    {
        dialect = null;
        fault = tools.Count == 0 ? "A REST route needs `tools`: what it does not name is refused." : "";
        var templates = new List<Template>();
        var shapes = new HashSet<string>(StringComparer.Ordinal);
        foreach (RestTool tool in tools)
        {
            if (!tool.Path.StartsWith('/') || tool.Method.Length == 0 || tool.Method.Any(c => !char.IsAsciiLetterUpper(c)))
                fault = $"The tool `{tool.Name}` needs a method in upper case and a path that begins with a slash.";
            byte[]?[] segments = [.. tool.Path.TrimStart('/').Split('/').Select(s => s.StartsWith('{') && s.EndsWith('}') ? null : Encoding.UTF8.GetBytes(s))];
            string shape = $"{tool.Method} {string.Join("/", segments.Select(s => s is null ? "{}" : Encoding.UTF8.GetString(s)))}";
            if (!shapes.Add(shape))
                fault = $"The tool `{tool.Name}` matches the same requests as one above it.";
            templates.Add(new Template(Encoding.UTF8.GetBytes(tool.Name), Encoding.UTF8.GetBytes(tool.Method), segments));
        }
        if (fault.Length > 0)
            return false;
        templates.Sort(LiteralFirst);
        dialect = new RestDialect([.. templates]);
        return true;
    }

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => Find(method, path) is not null;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        foreach (string name in OverrideHeaders)
        {
            if (head.CountOf(name) > 0)
                return ReadFault.HeaderMismatch;
        }
        if (Find(head.Method.Span, path.Span) is not { } tool)
            return ReadFault.UnknownPath;
        message.Operation = tool.Name;
        message.ToolCalls.Add(new ToolCall(tool.Name, body, -1, -1));
        ReadOnlyMemory<byte> raw = head.Path;
        int query = raw.Span.IndexOf((byte)'?');
        if (!FormText.TryTake(message, path[1..], (byte)'/') || (query >= 0 && !FormText.TryTake(message, raw[(query + 1)..], (byte)'&')))
            return ReadFault.Ambiguous;
        return body.IsEmpty ? ReadFault.None : ReadBody(head, body, limits, message, TextRole.ToolArgument);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message) =>
        body.IsEmpty ? ReadFault.None : ReadBody(head, body, limits, message, TextRole.ToolResult);

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        RefusalReason copy = reason;
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", $"urn:envoy-extauthz:{copy.Code}");
            json.WriteString("title", "Blocked by policy");
            json.WriteNumber("status", copy.Status);
            json.WriteString("detail", copy.Message);
            json.WriteString("event", copy.EventId);
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/problem+json", body);
    }

    private static ReadFault ReadBody(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message, TextRole role)
    {
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        if (ContentTypes.IsJson(type))
        {
            ReadFault fault = message.ReadJson(body, limits);
            if (fault != ReadFault.None)
                return fault;
            var sweep = new SegmentSweep(message, 0);
            NestedJsonStrings(message, ref sweep, role, limits);
            sweep.Finish(role);
            return ReadFault.None;
        }
        message.Take(body);
        if (type.SequenceEqual("application/x-www-form-urlencoded"u8))
            return FormText.TryTake(message, body, (byte)'&') ? ReadFault.None : ReadFault.Ambiguous;
        if (!type.StartsWith("text/"u8) || type.SequenceEqual("text/event-stream"u8) || !System.Text.Unicode.Utf8.IsValid(body.Span))
            return ReadFault.UnknownContentType;
        message.Segments.Add(new Segment(role, -1, 0, body.Length, false));
        return ReadFault.None;
    }

    private static void NestedJsonStrings(Message message, ref SegmentSweep sweep, TextRole role, in JsonLimits limits)
    {
        for (int i = 0; i < sweep.Tape.Count; i++)
        {
            if (sweep.Tape[i].Kind == JsonKind.String)
                NestedJson.Take(message, ref sweep, i, role, limits);
        }
    }

    private Template? Find(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        foreach (Template template in _templates)
        {
            if (method.SequenceEqual(template.Method) && Matches(template, path))
                return template;
        }
        return null;
    }

    private static bool Matches(Template template, ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
            return false;
        path = path[1..];
        for (int i = 0; i < template.Segments.Length; i++)
        {
            int slash = path.IndexOf((byte)'/');
            bool last = i == template.Segments.Length - 1;
            if (last != slash < 0)
                return false;
            ReadOnlySpan<byte> segment = last ? path : path[..slash];
            if (template.Segments[i] is { } literal ? !segment.SequenceEqual(literal) : segment.IsEmpty)
                return false;
            path = last ? default : path[(slash + 1)..];
        }
        return true;
    }

    private static int LiteralFirst(Template a, Template b)
    {
        for (int i = 0; i < Math.Min(a.Segments.Length, b.Segments.Length); i++)
        {
            int order = (a.Segments[i] is null).CompareTo(b.Segments[i] is null);
            if (order != 0)
                return order;
        }
        return a.Segments.Length.CompareTo(b.Segments.Length);
    }
}
