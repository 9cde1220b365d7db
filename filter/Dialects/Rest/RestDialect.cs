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
/// its tools' and is refused as an unknown path. Where two templates match, the more exact one wins; where neither is,
/// the API cannot be made.
/// </summary>
public sealed class RestDialect : Dialect
{
    private static readonly string[] OverrideHeaders = ["x-http-method-override", "x-http-method", "x-method-override"];
    private readonly Operation[] _operations;

    private RestDialect(Operation[] operations) => _operations = operations;

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
        var operations = new List<Operation>();
        for (int i = 0; i < tools.Count && fault.Length == 0; i++)
            fault = Add(operations, tools[i]);
        if (fault.Length > 0)
            return false;
        operations.Sort(static (a, b) => PathTemplate.MoreExactFirst(a.Path, b.Path));
        dialect = new RestDialect([.. operations]);
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
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        ReadFault fault = ReadBody(head, body, limits, message, TextRole.ToolResult);
        return fault != ReadFault.None && head.Status >= 400 ? PlainBody.Read(message, body) : fault;
    }

    /// <inheritdoc/>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => JsonErrors.Problem(reason);

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

    private Operation? Find(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        foreach (Operation operation in _operations)
        {
            if (method.SequenceEqual(operation.Method) && operation.Path.Matches(path))
                return operation;
        }
        return null;
    }

    private static string Add(List<Operation> operations, RestTool tool)
    {
        if (tool.Name.Length == 0)
            return "A tool of a REST route needs a name.";
        if (tool.Method.Length == 0 || tool.Method.Any(c => !char.IsAsciiLetterUpper(c)))
            return $"The tool `{tool.Name}` needs a method in upper case.";
        if (PathTemplate.Parse(tool.Path) is not { } path)
            return $"The tool `{tool.Name}` needs a path that begins with a slash and whose parameters, in braces, are whole segments.";
        byte[] method = Encoding.UTF8.GetBytes(tool.Method);
        foreach (Operation other in operations)
        {
            if (other.Method.AsSpan().SequenceEqual(method) && other.Path.ContendsWith(path))
                return $"The tool `{tool.Name}` matches some of the same requests as `{Encoding.UTF8.GetString(other.Name)}`, and neither path is the more exact.";
        }
        operations.Add(new Operation(Encoding.UTF8.GetBytes(tool.Name), method, path));
        return "";
    }

    private sealed record Operation(byte[] Name, byte[] Method, PathTemplate Path);
}
