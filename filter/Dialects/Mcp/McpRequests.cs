using EnvoyExtAuthz.Dialects.JsonRpc;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// The requests of a body that was read, found again in its tape: what a response answers, and whom a refusal has to
/// answer. Keeps nothing of its own.
/// </summary>
/// <param name="tape">The request's tape; null where there was no body.</param>
internal readonly struct McpRequests(JsonTape? tape)
{
    /// <summary>The first version of the protocol without sessions.</summary>
    private static ReadOnlySpan<byte> FirstStateless => "2026-07-28"u8;

    /// <summary>The requests of a message; none if it holds no JSON.</summary>
    public static McpRequests Of(Message? message) => new(message is { Documents.Count: > 0 } ? message.Documents[0].Tape : null);

    /// <summary>Whether answers come as an array.</summary>
    public bool IsBatch => tape is not null && new JsonRpcBatch(tape).IsArray;

    /// <summary>Those that wait for an answer, in order; at most <see cref="JsonRpcBatch.MaxMessages"/>.</summary>
    public List<PendingRequest> Pending()
    {
        var pending = new List<PendingRequest>();
        if (tape is null)
            return pending;
        foreach (int node in new JsonRpcBatch(tape))
        {
            if (pending.Count == JsonRpcBatch.MaxMessages)
                break;
            if (JsonRpcMessage.TryRead(tape, node, out JsonRpcMessage rpc) != ReadFault.None || !rpc.IsRequest)
                continue;
            int version = VersionOf(tape, rpc.Params);
            bool stateless = version >= 0 && IsStateless(tape.Raw(version));
            pending.Add(new PendingRequest(JsonRpcMessage.IdText(tape, rpc.Id), tape.KeyEquals(rpc.Method, "tools/call"u8), stateless));
        }
        return pending;
    }

    /// <summary>Whether any of them waits for an answer: notifications and a client's own answers do not.</summary>
    public bool AwaitAnswer()
    {
        if (tape is null)
            return false;
        foreach (int node in new JsonRpcBatch(tape))
        {
            if (JsonRpcMessage.TryRead(tape, node, out JsonRpcMessage rpc) == ReadFault.None && rpc.IsRequest)
                return true;
        }
        return false;
    }

    /// <summary>Whether a response's id is that of a request for the list of tools. Ids are compared as written.</summary>
    public bool IsToolList(JsonTape answer, int id)
    {
        if (tape is null)
            return false;
        ReadOnlySpan<byte> text = JsonRpcMessage.IdText(answer, id).Span;
        foreach (int node in new JsonRpcBatch(tape))
        {
            if (JsonRpcMessage.TryRead(tape, node, out JsonRpcMessage rpc) == ReadFault.None && rpc.IsRequest
                && JsonRpcMessage.IdText(tape, rpc.Id).Span.SequenceEqual(text))
                return tape.KeyEquals(rpc.Method, "tools/list"u8);
        }
        return false;
    }

    /// <summary>Whether two requests share an id, so that their answers could not be told apart.</summary>
    public bool HasDuplicateId()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (PendingRequest request in Pending())
        {
            if (!seen.Add(System.Text.Encoding.UTF8.GetString(request.Id.Span)))
                return true;
        }
        return false;
    }

    /// <summary>The protocol version a request names in its <c>_meta</c> (2026-07-28 and later); -1 if it names none.</summary>
    public static int VersionOf(JsonTape tape, int parameters) =>
        tape.Find(tape.Find(parameters, "_meta"u8), "io.modelcontextprotocol/protocolVersion"u8);

    /// <summary>Whether a version is 2026-07-28 or later: versions are dates, and sort as text.</summary>
    public static bool IsStateless(ReadOnlySpan<byte> version) => version.Length == 10 && version.SequenceCompareTo(FirstStateless) >= 0;
}

/// <summary>A request that waits for its answer.</summary>
/// <param name="Id">Its id as written, quotes included.</param>
/// <param name="IsCall">It calls a tool.</param>
/// <param name="IsStateless">It is of 2026-07-28 or later.</param>
internal readonly record struct PendingRequest(ReadOnlyMemory<byte> Id, bool IsCall, bool IsStateless);
