using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.JsonRpc;

/// <summary>
/// One JSON-RPC 2.0 message and where its members are; -1 for a member that is not there. What servers and clients read in
/// two ways is no message here: another version, a number that is no integer as id, parameters by position.
/// </summary>
/// <param name="Node">The message's object.</param>
/// <param name="Id">Its id: a string or an integer; null only in an error.</param>
/// <param name="Method">What is asked or told; -1 in a response.</param>
/// <param name="Params">An object; -1 if absent or null.</param>
/// <param name="Result">The result; -1 in anything but a successful response.</param>
/// <param name="Error">The error; -1 in anything but a failed response.</param>
internal readonly record struct JsonRpcMessage(int Node, int Id, int Method, int Params, int Result, int Error)
{
    private const int LongestId = 256;
    private static readonly byte[][] Keys = KnownKeys.Of("jsonrpc", "id", "method", "params", "result", "error");

    /// <summary>Whether an answer is due: a method with an id.</summary>
    public bool IsRequest => Method >= 0 && Id >= 0;

    /// <summary>Reads a message.</summary>
    /// <returns>
    /// <see cref="ReadFault.WrongShape"/> where it is no JSON-RPC 2.0 message with parameters by name,
    /// <see cref="ReadFault.Ambiguous"/> where it is two at once.
    /// </returns>
    public static ReadFault TryRead(JsonTape tape, int node, out JsonRpcMessage message)
    {
        message = default;
        if (!tape.Is(node, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, node, Keys))
            return ReadFault.Ambiguous;
        int version = tape.Find(node, "jsonrpc"u8);
        if (!tape.Is(version, JsonKind.String) || !tape.KeyEquals(version, "2.0"u8))
            return ReadFault.WrongShape;
        int id = tape.Find(node, "id"u8);
        int method = tape.Find(node, "method"u8);
        int parameters = tape.Find(node, "params"u8);
        int result = tape.Find(node, "result"u8);
        int error = tape.Find(node, "error"u8);
        // Some servers write both members of a response and null in one of them.
        if (result >= 0 && tape.Is(error, JsonKind.Null))
            error = -1;
        else if (error >= 0 && tape.Is(result, JsonKind.Null))
            result = -1;
        if ((method >= 0 ? 1 : 0) + (result >= 0 ? 1 : 0) + (error >= 0 ? 1 : 0) > 1)
            return ReadFault.Ambiguous;
        if (tape.Is(parameters, JsonKind.Null))
            parameters = -1;
        message = new JsonRpcMessage(node, id, method, parameters, result, error);
        bool idFits = id < 0 ? method >= 0 || error >= 0 : IsId(tape, id) || (error >= 0 && tape.Is(id, JsonKind.Null));
        bool bodyFits = method >= 0 ? tape.Is(method, JsonKind.String) : result >= 0 || tape.Is(error, JsonKind.Object);
        return idFits && bodyFits && (parameters < 0 || tape.Is(parameters, JsonKind.Object)) ? ReadFault.None : ReadFault.WrongShape;
    }

    /// <summary>The id as written, quotes included.</summary>
    public static ReadOnlyMemory<byte> IdText(JsonTape tape, int id)
    {
        JsonNode node = tape[id];
        int quote = node.Kind == JsonKind.String ? 1 : 0;
        return tape.Source.Slice(node.Start - quote, node.Length + (2 * quote));
    }

    private static bool IsId(JsonTape tape, int id)
    {
        if (tape[id].Length > LongestId)
            return false;
        // 1, 1.0 and 1e0 are one number to some readers and three ids to others.
        return tape.Is(id, JsonKind.String) || (tape.Is(id, JsonKind.Number) && tape.Raw(id).IndexOfAny(".eE"u8) < 0);
    }
}
