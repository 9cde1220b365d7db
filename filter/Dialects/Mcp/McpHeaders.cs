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
            && (name == 0 || (rpc.Method >= 0 && TryDecode(head.First("mcp-name"), out ReadOnlyMemory<byte> said) && IsName(tape, rpc.Method, rpc.Params, said.Span)))
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
    /// Which argument a <c>Mcp-Param-</c> header repeats is the tool's schema's to say, which is not known here. It has to be the
    /// one of the same name, if there is one, and else any. More headers than <see cref="MaxParameters"/> agree with nothing.
    /// </summary>
    private static bool ParametersAgree(HttpHead head, JsonTape tape, int parameters)
    {
        int count = 0;
        int arguments = tape.Find(parameters, "arguments"u8);
        foreach (HeaderField field in head.Fields)
        {
            if (!field.Name.StartsWith("mcp-param-", StringComparison.Ordinal))
                continue;
            if (++count > MaxParameters || head.CountOf(field.Name) > 1 || !TryDecode(field.Value, out ReadOnlyMemory<byte> value)
                || !RepeatsArgument(tape, arguments, field.Name.AsSpan("mcp-param-".Length), value.Span))
                return false;
        }
        return true;
    }

    private static bool RepeatsArgument(JsonTape tape, int arguments, ReadOnlySpan<char> name, ReadOnlySpan<byte> value)
    {
        bool named = false;
        bool namedAgrees = false;
        bool anyAgrees = false;
        // Through objects only: what stands in an array has no header.
        for (int node = arguments; tape.Is(arguments, JsonKind.Object) && node < tape[arguments].End; node++)
        {
            if (tape[node].Kind == JsonKind.Array)
            {
                node = tape[node].End - 1;
                continue;
            }
            if (tape[node].Kind != JsonKind.Key)
                continue;
            bool agrees = Equals(tape, node + 1, value);
            anyAgrees |= agrees;
            if (IsCalled(tape.Raw(node), name))
            {
                named |= tape[node + 1].Kind is not (JsonKind.Object or JsonKind.Array);
                namedAgrees |= agrees;
            }
        }
        return named ? namedAgrees : anyAgrees;
    }

    /// <summary>A header's value as it is meant: those that no header can hold come in base64.</summary>
    private static bool TryDecode(ReadOnlyMemory<byte> header, out ReadOnlyMemory<byte> value)
    {
        value = header;
        ReadOnlySpan<byte> span = header.Span;
        if (!span.StartsWith("=?base64?"u8) || !span.EndsWith("?="u8) || span.Length < 11)
            return true;
        ReadOnlySpan<byte> encoded = span[9..^2];
        if (encoded.Length > LongestEncoded)
            return false;
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        bool whole = Base64.DecodeFromUtf8(encoded, decoded, out int consumed, out int written) == OperationStatus.Done && consumed == encoded.Length;
        value = decoded.AsMemory(0, written);
        return whole;
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

    /// <summary>Whether an argument is repeated: strings, integers and booleans are, as JSON writes them.</summary>
    private static bool Equals(JsonTape tape, int argument, ReadOnlySpan<byte> value) => tape[argument].Kind switch
    {
        JsonKind.String => tape.KeyEquals(argument, value),
        JsonKind.Number or JsonKind.True or JsonKind.False => tape.Raw(argument).SequenceEqual(value),
        _ => false,
    };

    /// <summary>Whether a key is a header's name but for case and for what joins its words.</summary>
    private static bool IsCalled(ReadOnlySpan<byte> key, ReadOnlySpan<char> name)
    {
        int at = 0;
        foreach (byte b in key)
        {
            if (b is (byte)'_' or (byte)'-')
                continue;
            while (at < name.Length && name[at] is '-' or '_')
                at++;
            if (at == name.Length || char.ToLowerInvariant((char)b) != name[at++])
                return false;
        }
        return name[at..].Trim("-_").IsEmpty;
    }
    private static bool Says(JsonTape tape, int parameters, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int node = tape.Find(parameters, key);
        return tape.Is(node, JsonKind.String) && tape.KeyEquals(node, value);
    }
}
