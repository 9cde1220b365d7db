using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// The messages of a body: one object, or the objects of an array (batches, which MCP had from 2025-03-26 to 2025-06-18 and
/// servers still take). Enumerates nodes without judging them.
/// </summary>
internal readonly struct JsonRpcBatch(JsonTape tape)
{
    private static readonly byte[][] Protocol = KnownKeys.Of("jsonrpc");

    /// <summary>Most messages in one body.</summary>
    public const int MaxMessages = 128;

    /// <summary>Whether it is an array.</summary>
    public bool IsArray => tape.Is(0, JsonKind.Array);

    /// <summary>Whether a client could take a body for messages: an array, or an object that names the protocol in any case.</summary>
    public static bool LooksLikeOne(JsonTape tape) =>
        tape.Is(0, JsonKind.Array) || tape.Find(0, "jsonrpc"u8) >= 0 || KnownKeys.HasVariant(tape, 0, Protocol);

    /// <summary>Starts over the messages' nodes.</summary>
    public Enumerator GetEnumerator() => new(tape);

    /// <summary>Walks the messages' nodes.</summary>
    internal struct Enumerator(JsonTape tape)
    {
        private readonly bool _isArray = tape.Is(0, JsonKind.Array);
        private int _next = tape.Is(0, JsonKind.Array) ? JsonTape.FirstChild(0) : 0;

        /// <summary>The message's node.</summary>
        public int Current { get; private set; } = -1;

        /// <summary>Goes on to the next message.</summary>
        public bool MoveNext()
        {
            if (_next >= tape.Count)
                return false;
            Current = _next;
            _next = _isArray ? tape[_next].End : tape.Count;
            return true;
        }
    }
}
