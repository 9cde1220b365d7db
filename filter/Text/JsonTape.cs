using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace EnvoyExtAuthz.Text;

/// <summary>What a node of a <see cref="JsonTape"/> is.</summary>
public enum JsonKind : byte
{
    /// <summary>An object; its keys and values follow in turn.</summary>
    Object,

    /// <summary>An array; its elements follow.</summary>
    Array,

    /// <summary>A member's key; its value is the next node.</summary>
    Key,

    /// <summary>A string value.</summary>
    String,

    /// <summary>A number, kept as written.</summary>
    Number,

    /// <summary><c>true</c>.</summary>
    True,

    /// <summary><c>false</c>.</summary>
    False,

    /// <summary><c>null</c>.</summary>
    Null,
}

/// <summary>One value or key of a parsed text and where its bytes are.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Escaped">A string or key that holds at least one backslash escape.</param>
/// <param name="Start">First byte: of a string or key, the one after the opening quote; of anything else, its own first.</param>
/// <param name="Length">Bytes: of a string or key, those between the quotes; of an object or array, brackets included.</param>
/// <param name="End">Index of the first node that is not part of this one. A key ends before its value.</param>
public readonly record struct JsonNode(JsonKind Kind, bool Escaped, int Start, int Length, int End);

/// <summary>
/// A JSON text read once, strictly, into a flat list of nodes in document order that know their bytes. Reading is
/// RFC 8259 with nothing left to a reader's choice: UTF-8 only, no byte-order mark, no duplicate keys (in any spelling or
/// ASCII case), no lone surrogates. An edit of the text is a splice at a node's bytes; everything else stays as it came.
/// Instances are reused: the node array is pooled and grows to what the largest text needed. Not thread-safe.
/// </summary>
public sealed class JsonTape : IDisposable
{
    private const int MaskedObjects = 16;

    private JsonNode[] _nodes = ArrayPool<JsonNode>.Shared.Rent(256);
    private int[] _open = new int[64];
    private int _count;
    private readonly JsonKeySet _keys = new();
    private readonly int[] _maskedObjects = new int[MaskedObjects];
    private readonly ulong[] _masks = new ulong[MaskedObjects];

    /// <summary>The text that was parsed last; empty before the first parse.</summary>
    public ReadOnlyMemory<byte> Source { get; private set; }

    /// <summary>Nodes in document order; node 0 is the root.</summary>
    public ReadOnlySpan<JsonNode> Nodes => _nodes.AsSpan(0, _count);

    /// <summary>The node at an index, 0 to <see cref="Count"/> - 1.</summary>
    public ref readonly JsonNode this[int index] => ref _nodes[index];

    /// <summary>Number of nodes; 0 after a fault.</summary>
    public int Count => _count;

    /// <summary>See <see cref="JsonKeySet.Probes"/>.</summary>
    internal long KeyProbes => _keys.Probes;

    /// <summary>Byte offset at which the last parse failed, or 0.</summary>
    public int FaultOffset { get; private set; }

    /// <summary>Parses a whole text. Time and memory are linear in its length.</summary>
    /// <param name="utf8">The text. It must stay unchanged while the tape is used.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns><see cref="JsonFault.None"/>, or why the text is refused; then the tape is empty.</returns>
    public JsonFault Parse(ReadOnlyMemory<byte> utf8, in JsonLimits limits)
    {
        Source = utf8;
        _count = 0;
        FaultOffset = 0;
        Array.Fill(_maskedObjects, -1);
        JsonFault fault = ParseNodes(utf8.Span, limits);
        if (fault != JsonFault.None)
            _count = 0;
        return fault;
    }

    /// <summary>Raw bytes of a node: between the quotes for a string or key.</summary>
    public ReadOnlySpan<byte> Raw(int node) => Source.Span.Slice(_nodes[node].Start, _nodes[node].Length);

    /// <summary>Whether a node exists and is of a kind.</summary>
    public bool Is(int node, JsonKind kind) => node >= 0 && node < _count && _nodes[node].Kind == kind;

    /// <summary>The value of a member of an object, or -1 if the node is no object or has no such member.</summary>
    /// <param name="obj">Index of an object node; -1 is allowed and finds nothing.</param>
    /// <param name="name">The key, decoded.</param>
    public int Find(int obj, ReadOnlySpan<byte> name)
    {
        if (!Is(obj, JsonKind.Object) || (MaskOf(obj) & Bit(name)) == 0)
            return -1;
        int end = _nodes[obj].End;
        for (int key = obj + 1; key < end; key = _nodes[key + 1].End)
        {
            if (KeyEquals(key, name))
                return key + 1;
        }
        return -1;
    }

    /// <summary>Whether a key or string, decoded, equals some bytes.</summary>
    public bool KeyEquals(int node, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> raw = Raw(node);
        return _nodes[node].Escaped ? JsonText.DecodedEquals(raw, value) : raw.SequenceEqual(value);
    }

    /// <summary>First child of an object (a key) or array (an element); equal to the node's End when it has none.</summary>
    public static int FirstChild(int node) => node + 1;

    /// <summary>The element after this one in the same array; for members, pass the key to get the next key.</summary>
    public int Next(int node) => _nodes[node].Kind == JsonKind.Key ? _nodes[node + 1].End : _nodes[node].End;

    /// <summary>Returns the pooled node array. The tape must not be used afterwards.</summary>
    public void Dispose()
    {
        ArrayPool<JsonNode>.Shared.Return(_nodes);
        _nodes = [];
        _count = 0;
        _keys.Dispose();
    }

    private JsonFault ParseNodes(ReadOnlySpan<byte> utf8, in JsonLimits limits)
    {
        if (utf8.StartsWith("\uFEFF"u8) || utf8.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || utf8.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return JsonFault.ByteOrderMark;
        if (!Utf8.IsValid(utf8))
            return JsonFault.NotUtf8;
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
            return JsonFault.Empty;

        // One past the allowed depth lets us tell "too deep" from a syntax error.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = limits.MaxDepth + 1, CommentHandling = JsonCommentHandling.Disallow });
        if (_open.Length < limits.MaxDepth + 1)
            _open = new int[limits.MaxDepth + 1];
        int depth = 0;
        try
        {
            while (reader.Read())
            {
                int start = (int)reader.TokenStartIndex;
                if (_count == limits.MaxNodes && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
                    return Fault(JsonFault.TooManyNodes, start);
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        if (depth == limits.MaxDepth)
                            return Fault(JsonFault.TooDeep, start);
                        _open[depth++] = _count;
                        Append(new JsonNode(reader.TokenType == JsonTokenType.StartObject ? JsonKind.Object : JsonKind.Array, false, start, 0, 0));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        int opened = _open[--depth];
                        ref JsonNode node = ref _nodes[opened];
                        node = node with { Length = start + 1 - node.Start, End = _count };
                        if (node.Kind == JsonKind.Object && _keys.FindClash(this, opened) is var clash and not JsonFault.None)
                            return Fault(clash, node.Start);
                        break;
                    case JsonTokenType.PropertyName or JsonTokenType.String:
                        bool key = reader.TokenType == JsonTokenType.PropertyName;
                        int length = reader.ValueSpan.Length;
                        if (key && length > limits.MaxKeyBytes)
                            return Fault(JsonFault.KeyTooLong, start);
                        if (reader.ValueIsEscaped && !JsonText.HasWholeSurrogates(reader.ValueSpan))
                            return Fault(JsonFault.LoneSurrogate, start);
                        Append(new JsonNode(key ? JsonKind.Key : JsonKind.String, reader.ValueIsEscaped, start + 1, length, _count + 1));
                        break;
                    default:
                        Append(new JsonNode(Scalar(reader.TokenType), false, start, reader.ValueSpan.Length, _count + 1));
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // The reader's depth check is its only way to say so; ours came first for anything within one level.
            return Fault(JsonFault.Syntax, (int)reader.BytesConsumed);
        }
        return JsonFault.None;
    }

    /// <summary>
    /// Which keys an object may have, a bit for each by length and ends: readers ask each object for many keys that it does not
    /// have, and few objects at a time.
    /// </summary>
    private ulong MaskOf(int obj)
    {
        int slot = obj % MaskedObjects;
        if (_maskedObjects[slot] == obj)
            return _masks[slot];
        ulong mask = 0;
        int end = _nodes[obj].End;
        for (int key = obj + 1; key < end; key = _nodes[key + 1].End)
            mask |= _nodes[key].Escaped ? ulong.MaxValue : Bit(Raw(key));
        _maskedObjects[slot] = obj;
        return _masks[slot] = mask;
    }

    private static ulong Bit(ReadOnlySpan<byte> name) => name.IsEmpty ? 1 : 1UL << ((name.Length * 7) + name[0] + (name[^1] * 3));

    private JsonFault Fault(JsonFault fault, int offset)
    {
        FaultOffset = offset;
        return fault;
    }

    private void Append(in JsonNode node)
    {
        if (_count == _nodes.Length)
        {
            JsonNode[] larger = ArrayPool<JsonNode>.Shared.Rent(_count * 2);
            _nodes.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<JsonNode>.Shared.Return(_nodes);
            _nodes = larger;
        }
        _nodes[_count++] = node;
    }

    private static JsonKind Scalar(JsonTokenType token) => token switch
    {
        JsonTokenType.Number => JsonKind.Number,
        JsonTokenType.True => JsonKind.True,
        JsonTokenType.False => JsonKind.False,
        _ => JsonKind.Null,
    };
}
