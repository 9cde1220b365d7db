using System.Buffers;
using System.Buffers.Text;
using EnvoyExtAuthz.Dialects.JsonRpc;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// Headers that repeat what the body says (MCP 2026-07-28, Streamable HTTP): where one stands there, it has to stand there
/// once and say the same. Nothing is ever decided by a header; but something on the way may route or allow by it.
/// </summary>
internal static class McpHeaders
{
    private const int MaxParameters = 32;
    private const int LongestEncoded = 16 * 1024;

    /// <summary>Whether every repeated header agrees with the body.</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="message">The body, read.</param>
    public static bool Agree(HttpHead head, Message message)
    {
        int method = head.CountOf("mcp-method");
        int name = head.CountOf("mcp-name");
        int version = head.CountOf("mcp-protocol-version");
        if (method > 1 || name > 1 || version > 1)
            return false;
        JsonTape tape = message.Documents[0].Tape;
        // They speak of one message; batches were gone before they came, and versions with them know none.
        if (new JsonRpcBatch(tape).IsArray)
            return method == 0 && name == 0 && ParametersAgree(head, tape, -1) && VersionAgrees(head, tape, -1) && !McpRequests.IsStateless(head.First("mcp-protocol-version").Span);
        if (JsonRpcMessage.TryRead(tape, 0, out JsonRpcMessage rpc) != ReadFault.None)
            return true;
        return (method == 0 || (rpc.Method >= 0 && tape.KeyEquals(rpc.Method, head.First("mcp-method").Span)))
            && (name == 0 || (rpc.Method >= 0 && Mirrors(head.First("mcp-name").Span, tape, rpc.Method, rpc.Params)))
            && ParametersAgree(head, tape, rpc.Params)
            && VersionAgrees(head, tape, rpc.Params);
    }

    /// <summary>
    /// Whether header and body name one version, where both name one. A body without one beside a header of 2026-07-28 is not
    /// contradicted by it: servers answer that it is incomplete (-32602), and it is read here like any other.
    /// </summary>
    private static bool VersionAgrees(HttpHead head, JsonTape tape, int parameters)
    {
        ReadOnlySpan<byte> header = head.First("mcp-protocol-version").Span;
        int inBody = McpRequests.VersionOf(tape, parameters);
        if (inBody >= 0 && !tape.Is(inBody, JsonKind.String))
            return false;
        if (header.IsEmpty)
            return head.CountOf("mcp-protocol-version") == 0;
        return inBody < 0 || tape.KeyEquals(inBody, header);
    }

    /// <summary>
    /// Which argument a <c>Mcp-Param-</c> header repeats is the tool's schema's to say, which is not known here; but it has to
    /// be one of them. More of them than <see cref="MaxParameters"/> agree with nothing.
    /// </summary>
    private static bool ParametersAgree(HttpHead head, JsonTape tape, int parameters)
    {
        int count = 0;
        foreach (HeaderField field in head.Fields)
        {
            if (!field.Name.StartsWith("mcp-param-", StringComparison.Ordinal))
                continue;
            if (++count > MaxParameters || head.CountOf(field.Name) > 1 || !Mirrors(field.Value.Span, tape, -1, parameters))
                return false;
        }
        return true;
    }

    /// <summary>Whether a header, decoded, is the name of what a method is about; without a method, whether it is an argument.</summary>
    private static bool Mirrors(ReadOnlySpan<byte> header, JsonTape tape, int method, int parameters)
    {
        byte[]? rented = null;
        if (header.StartsWith("=?base64?"u8) && header.EndsWith("?="u8) && header.Length >= 11)
        {
            if (header.Length > LongestEncoded)
                return false;
            ReadOnlySpan<byte> encoded = header[9..^2];
            rented = ArrayPool<byte>.Shared.Rent(encoded.Length + 3);
            if (Base64.DecodeFromUtf8(encoded, rented, out int consumed, out int written) != OperationStatus.Done || consumed != encoded.Length)
            {
                ArrayPool<byte>.Shared.Return(rented);
                return false;
            }
            header = rented.AsSpan(0, written);
        }
        bool agrees = method >= 0 ? IsName(tape, method, parameters, header) : IsArgument(tape, parameters, header);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return agrees;
    }

    private static bool IsName(JsonTape tape, int method, int parameters, ReadOnlySpan<byte> name)
    {
        if (tape.KeyEquals(method, "tools/call"u8) || tape.KeyEquals(method, "prompts/get"u8))
            return Says(tape, parameters, "name"u8, name);
        if (tape.KeyEquals(method, "resources/read"u8))
            return Says(tape, parameters, "uri"u8, name);
        // Extensions name what they are about by one of these (tasks/get: taskId).
        return Says(tape, parameters, "taskId"u8, name) || Says(tape, parameters, "name"u8, name) || Says(tape, parameters, "uri"u8, name);
    }

    private static bool IsArgument(JsonTape tape, int parameters, ReadOnlySpan<byte> value)
    {
        int arguments = tape.Find(parameters, "arguments"u8);
        if (!tape.Is(arguments, JsonKind.Object))
            return false;
        for (int key = JsonTape.FirstChild(arguments); key < tape[arguments].End; key = tape.Next(key))
        {
            // Strings, integers and booleans are repeated, as JSON writes them.
            bool repeated = tape[key + 1].Kind switch
            {
                JsonKind.String => tape.KeyEquals(key + 1, value),
                JsonKind.Number or JsonKind.True or JsonKind.False => tape.Raw(key + 1).SequenceEqual(value),
                _ => false,
            };
            if (repeated)
                return true;
        }
        return false;
    }

    private static bool Says(JsonTape tape, int parameters, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int node = tape.Find(parameters, key);
        return tape.Is(node, JsonKind.String) && tape.KeyEquals(node, value);
    }
}
