using EnvoyExtAuthz.Dialects.JsonRpc;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>What a request asks for, and how its answer has to look. Found again in the request's message.</summary>
/// <param name="IsRpc">It came in the JSON-RPC binding.</param>
/// <param name="Id">The id to answer, as written; <c>null</c> where there is none.</param>
/// <param name="IsKnown">The method is one of A2A's own, not an extension's.</param>
/// <param name="AsksForCard">The answer is an agent's card.</param>
internal readonly record struct A2aCall(bool IsRpc, ReadOnlyMemory<byte> Id, bool IsKnown, bool AsksForCard)
{
    private static readonly ReadOnlyMemory<byte> NoId = "null"u8.ToArray();

    /// <summary>The call of a request as far as it was read.</summary>
    /// <param name="request">The request; null if nothing of it could be read.</param>
    public static A2aCall Of(Message? request)
    {
        JsonTape? tape = request is { Documents.Count: > 0 } ? request.Documents[0].Tape : null;
        bool rpc = tape is not null && tape.Find(0, "jsonrpc"u8) >= 0;
        ReadOnlyMemory<byte> id = rpc && JsonRpcMessage.TryRead(tape!, 0, out JsonRpcMessage message) == ReadFault.None && message.Id >= 0
            ? JsonRpcMessage.IdText(tape!, message.Id)
            : NoId;
        ReadOnlyMemory<byte> operation = request?.Operation ?? default;
        bool card = operation.Span.SequenceEqual(A2aMethods.GetAgentCard.Span) || operation.Span.SequenceEqual(A2aMethods.GetExtendedAgentCard.Span);
        return new A2aCall(rpc, id, A2aMethods.IsKnown(operation.Span), card);
    }
}
