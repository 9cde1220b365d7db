using System.Diagnostics.CodeAnalysis;
using System.Text;
using EnvoyExtAuthz.Text;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>
/// gRPC over HTTP/2 by a descriptor set: each method is a tool, named by its path (<c>/package.Service/Method</c>). A method or a
/// field that the set does not have is refused.
/// </summary>
public sealed class GrpcDialect : Dialect
{
    private const string PermissionDenied = "7";
    private const int MaxJoined = 256;
    private readonly Dictionary<string, ProtoMethod> _methods;
    private readonly Dictionary<string, ProtoMethod>.AlternateLookup<ReadOnlySpan<char>> _byPath;
    private readonly IReadOnlyDictionary<string, ProtoMessage> _types;

    private GrpcDialect(DescriptorSet set)
    {
        _types = set.Messages;
        _methods = set.Methods.ToDictionary(m => Encoding.UTF8.GetString(m.Path), StringComparer.Ordinal);
        _byPath = _methods.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public override string Name => "grpc";

    /// <summary>Makes the protocol of some services.</summary>
    /// <param name="descriptors">A <c>FileDescriptorSet</c> with all imports.</param>
    /// <param name="joined">
    /// Full names of string fields (<c>package.Message.field</c>) whose texts run on over the messages of a stream, such as a model's
    /// words; at most 256.
    /// </param>
    /// <param name="dialect">The protocol.</param>
    /// <param name="fault">What is wrong with the set or the names, in a sentence.</param>
    public static bool TryCreate(ReadOnlySpan<byte> descriptors, IReadOnlyList<string> joined, [NotNullWhen(true)] out GrpcDialect? dialect, out string fault)
    {
        dialect = null;
        fault = DescriptorSet.TryRead(descriptors, out DescriptorSet set);
        if (fault.Length == 0)
            fault = joined.Count > MaxJoined ? $"At most {MaxJoined} fields can be joined." : set.Join(joined);
        if (fault.Length > 0)
            return false;
        if (set.Methods.DistinctBy(m => Encoding.UTF8.GetString(m.Path)).Count() != set.Methods.Count)
        {
            fault = "The descriptor set has a method twice.";
            return false;
        }
        dialect = new GrpcDialect(set);
        return true;
    }

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => method.SequenceEqual("POST"u8) && Find(path) is not null;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        // Some servers route by what precedes a query, others by all of it.
        if (!head.Method.Span.SequenceEqual("POST"u8) || Find(path.Span) is not { } method || !head.Path.Span.SequenceEqual(method.Path))
            return ReadFault.UnknownPath;
        if (!IsGrpc(head))
            return ReadFault.UnknownContentType;
        message.Operation = method.Path;
        message.ToolCalls.Add(new ToolCall(method.Path, body, -1, -1));
        message.WantsStream = method.ServerStreams;
        ReadFault fault = GrpcBody.ReadCoding(head, out ContentCoding? coding);
        var state = new GrpcBody(method, new LengthScopes());
        return fault == ReadFault.None
            ? state.Read(message, body, coding, method.Input, method.ClientStreams, _types, TextRole.ToolArgument, limits)
            : fault;
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        if (!IsGrpc(head))
            return head.Status >= 400 ? PlainBody.Read(message, body) : ReadFault.UnknownContentType;
        // An answer to what was not read is of no known type.
        if (request.DialectState is not GrpcBody { Method: var method })
            return ReadFault.UnknownPath;
        ReadFault fault = GrpcBody.ReadCoding(head, out ContentCoding? coding);
        var state = new GrpcBody(method, new LengthScopes());
        return fault == ReadFault.None
            ? state.Read(message, body, coding, method.Output, method.ServerStreams, _types, TextRole.ToolResult, limits)
            : fault;
    }

    /// <summary>
    /// Answers of methods that stream. That of any other method is one message, gathered with its head held: so it can still be
    /// refused with a status.
    /// </summary>
    public override EventStream? OpenStream(Message request, HttpHead head)
    {
        if (request.DialectState is not GrpcBody { Method: { ServerStreams: true } method } || !IsGrpc(head))
            return null;
        // Without a coding that is known, a compressed message breaks the stream.
        _ = GrpcBody.ReadCoding(head, out ContentCoding? coding);
        return new GrpcEventStream(method, _types, coding);
    }

    /// <inheritdoc/>
    public override void CompleteEdits(Message message) => (message.DialectState as GrpcBody)?.Scopes.Complete(message.Splices);

    /// <summary>No message of gRPC offers tools.</summary>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <summary>
    /// The status PERMISSION_DENIED. Envoy makes a response of trailers only of it, with 200 in HTTP and the body as the message,
    /// where the request is gRPC.
    /// </summary>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead)
    {
        byte[] sentence = Encoding.UTF8.GetBytes(Sentence(reason));
        return requestHead.First("content-type").Span.StartsWith("application/grpc"u8)
            ? new Refusal(reason.Status, "application/grpc", sentence) { Headers = Status(reason) }
            : new Refusal(reason.Status, "text/plain; charset=utf-8", sentence);
    }

    /// <summary>A refusal as trailers (or as the head of a response that is nothing but trailers).</summary>
    internal static IReadOnlyList<(string Name, string Value)> Status(in RefusalReason reason) =>
        [("grpc-status", PermissionDenied), ("grpc-message", Uri.EscapeDataString(Sentence(reason)).Replace("%20", " ", StringComparison.Ordinal))];

    private static string Sentence(in RefusalReason reason) => $"{reason.Message} (event {reason.EventId})";

    private static bool IsGrpc(HttpHead head)
    {
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        return plainCharset && (type.SequenceEqual("application/grpc"u8) || type.SequenceEqual("application/grpc+proto"u8));
    }

    private ProtoMethod? Find(ReadOnlySpan<byte> path)
    {
        Span<char> chars = stackalloc char[512];
        if (path.Length > chars.Length || Encoding.UTF8.GetCharCount(path) > chars.Length)
            return null;
        int length = Encoding.UTF8.GetChars(path, chars);
        return _byPath.TryGetValue(chars[..length], out ProtoMethod? method) ? method : null;
    }
}
