using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// One JSON text of a message: the body itself, or a string of another document that holds JSON; or a plain text put together
/// from a value of another document.
/// </summary>
/// <param name="Bytes">The text.</param>
/// <param name="Tape">The text, read; empty if it is no JSON.</param>
/// <param name="Parent">Document whose string this is; -1 for the body.</param>
/// <param name="ParentNode">The string's or value's node in the parent; -1 for the body.</param>
/// <param name="Offset">Without a parent: where the text begins in the body.</param>
public readonly record struct SourceDocument(ReadOnlyMemory<byte> Bytes, JsonTape Tape, int Parent, int ParentNode, int Offset = 0);

/// <summary>
/// One body (or one event of a stream), read: its texts, the tools it offers, the calls it makes, and what cannot be
/// read. Everything knows its bytes, so that an edit is a splice and everything else stays as it came. Holds no policy and
/// no judgement. Reused between exchanges; not thread-safe.
/// </summary>
public sealed class Message : IDisposable
{
    private static readonly JsonTape NoTape = new();

    private readonly List<JsonTape> _tapes = [];
    private readonly DecodedText _decoded = new();
    private readonly Echoes _echoes = new();
    private int _tapesUsed;

    /// <summary>The protocol that read it, or null before it is read.</summary>
    public Dialect? Dialect { get; set; }

    /// <summary>JSON texts; [0] is the body. Empty for a body that is no JSON.</summary>
    public List<SourceDocument> Documents { get; } = [];

    /// <summary>Every text of the body, in no promised order.</summary>
    public List<Segment> Segments { get; } = [];

    /// <summary>Tools offered.</summary>
    public List<ToolDeclaration> ToolDeclarations { get; } = [];

    /// <summary>Tools called.</summary>
    public List<ToolCall> ToolCalls { get; } = [];

    /// <summary>
    /// Texts that came beside the body (in a path or query), decoded, all in the role of tool arguments. They are judged
    /// like segments; an edit of one is impossible.
    /// </summary>
    public List<ReadOnlyMemory<byte>> ExtraTexts { get; } = [];

    /// <summary>
    /// Channels of running texts that are complete with this event of a stream: nothing is appended to them any more, so that
    /// their last words need not be held. A channel that goes on nonetheless begins anew.
    /// </summary>
    public List<int> EndedChannels { get; } = [];

    /// <summary>Parts that are not text.</summary>
    public List<OpaquePart> Opaque { get; } = [];

    /// <summary>Edits of the body asked for so far.</summary>
    public List<Splice> Splices { get; } = [];

    /// <summary>Header fields that the edited body needs to have changed, filled by <see cref="Dialect.TryWrite"/>.</summary>
    public List<(string Name, string Value)> FieldsToSet { get; } = [];

    /// <summary>The model asked for, decoded; empty where the protocol has none.</summary>
    public ReadOnlyMemory<byte> Model { get; set; }

    /// <summary>Models asked for in case the first does not answer, decoded; each is judged like <see cref="Model"/>.</summary>
    public List<ReadOnlyMemory<byte>> FurtherModels { get; } = [];

    /// <summary>The protocol's own name for what is asked (a JSON-RPC method, a REST operation); empty where there is none.</summary>
    public ReadOnlyMemory<byte> Operation { get; set; }

    /// <summary>Whether the answer is asked for as a stream.</summary>
    public bool WantsStream { get; set; }

    /// <summary>
    /// The sender signed the body (AWS SigV4): an edit breaks the signature, so it is refused instead, unless the policy says
    /// that the signer comes after the filter.
    /// </summary>
    public bool IsSigned { get; set; }

    /// <summary>Why the body is no strict JSON, after <see cref="ReadFault.NotStrictJson"/>.</summary>
    public JsonFault JsonFault { get; set; }

    /// <summary>What only the dialect that read this needs again (ids to refuse with, say).</summary>
    public object? DialectState { get; set; }

    /// <summary>The body's bytes; for a body that is no JSON too.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Takes a body without reading it as JSON.</summary>
    public void Take(ReadOnlyMemory<byte> body) => Body = body;

    /// <summary>Reads the body as JSON into document 0.</summary>
    /// <returns><see cref="ReadFault.None"/> or <see cref="ReadFault.NotStrictJson"/> with <see cref="JsonFault"/> set.</returns>
    public ReadFault ReadJson(ReadOnlyMemory<byte> body, in JsonLimits limits)
    {
        Body = body;
        return Open(body, limits, -1, -1) >= 0 ? ReadFault.None : ReadFault.NotStrictJson;
    }

    /// <summary>Reads a part of the body as JSON, where the body is more than one JSON text (multipart, binary framings).</summary>
    /// <param name="start">First byte of the part in <see cref="Body"/>, which was taken before.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="limits">Bounds of JSON.</param>
    /// <returns>The document's index, or -1 if the part is no strict JSON (<see cref="JsonFault"/> says why).</returns>
    public int OpenPart(int start, int length, in JsonLimits limits) => Open(Body.Slice(start, length), limits, -1, -1, start);

    /// <summary>Reads a string that holds JSON as a document of its own, as strictly as the body.</summary>
    /// <returns>The document's index, or -1 if the string is no strict JSON (<see cref="JsonFault"/> says why).</returns>
    public int OpenNested(int document, int node, in JsonLimits limits) => Open(Decode(document, node), limits, document, node);

    /// <summary>A string or key node, decoded; a slice of the source where nothing was escaped.</summary>
    /// <remarks>The result lives until <see cref="Clear"/>.</remarks>
    public ReadOnlyMemory<byte> Decode(int document, int node)
    {
        SourceDocument source = Documents[document];
        JsonNode found = source.Tape[node];
        return Decode(source.Bytes.Slice(found.Start, found.Length), found.Escaped);
    }

    /// <summary>A segment's text, decoded.</summary>
    /// <remarks>The result lives until <see cref="Clear"/>.</remarks>
    public ReadOnlyMemory<byte> Text(in Segment segment)
    {
        ReadOnlyMemory<byte> source = segment.Document < 0 ? Body : Documents[segment.Document].Bytes;
        return Decode(source.Slice(segment.Start, segment.Length), segment.Escaped);
    }

    /// <summary>Adds a string node as a segment.</summary>
    public void AddSegment(TextRole role, int document, int node, int channel = -1)
    {
        JsonNode found = Documents[document].Tape[node];
        Segments.Add(new Segment(role, document, found.Start, found.Length, found.Escaped, channel));
    }

    /// <summary>
    /// Says that a value repeats texts of the message in another form (token by token, as token numbers). With the first edit
    /// of any text it becomes null: it would still say what was taken out.
    /// </summary>
    public void AddEcho(int document, int node) => _echoes.Add(this, document, node);

    /// <summary>Lets go of the echoes: a text that they repeat was edited in another message, such as an earlier event of a stream.</summary>
    public void DropEchoes() => _echoes.Remove(this);

    /// <summary>Adds a text put together from pieces of an <see cref="AddEcho">echo</see> as a segment. An edit of it takes the echo out.</summary>
    /// <param name="role">Whose words.</param>
    /// <param name="text">The pieces, decoded and joined.</param>
    /// <param name="document">The echo's document.</param>
    /// <param name="node">The echo.</param>
    /// <param name="channel">In a stream: which running text this is the next piece of.</param>
    public void AddJoined(TextRole role, ReadOnlyMemory<byte> text, int document, int node, int channel = -1)
    {
        AddEcho(document, node);
        if (text.IsEmpty)
            return;
        Documents.Add(new SourceDocument(text, NoTape, document, node));
        Segments.Add(new Segment(role, Documents.Count - 1, 0, text.Length, false, channel));
    }

    /// <summary>
    /// Asks for a range of a segment's decoded text to be replaced. The replacement is escaped once for each string the
    /// text lies in.
    /// </summary>
    /// <param name="segment">Which text.</param>
    /// <param name="start">First decoded byte; at a character's beginning.</param>
    /// <param name="length">Decoded bytes.</param>
    /// <param name="replacement">Plain text.</param>
    public void Replace(in Segment segment, int start, int length, ReadOnlyMemory<byte> replacement)
    {
        _echoes.Remove(this);
        if (segment.Document < 0)
        {
            Splices.Add(new Splice(segment.Start + start, length, replacement));
            return;
        }
        if (_echoes.Cover(this, segment))
            return;
        ReplaceRaw(segment.Document, segment.Start, segment.Length, segment.Escaped, start, start + length, replacement.Span);
    }

    /// <summary>Asks for raw bytes of a document to be replaced by raw bytes (well-formed there as they are).</summary>
    public void ReplaceRaw(int document, int start, int length, ReadOnlySpan<byte> replacement)
    {
        SourceDocument source = Documents[document];
        if (source.Parent < 0)
        {
            Splices.Add(new Splice(source.Offset + start, length, replacement.ToArray()));
            return;
        }
        JsonNode holder = Documents[source.Parent].Tape[source.ParentNode];
        ReplaceRaw(source.Parent, holder.Start, holder.Length, holder.Escaped, start, start + length, replacement);
    }

    /// <summary>Several decoded texts as one, such as a text that a protocol repeats token by token.</summary>
    /// <remarks>The result lives until <see cref="Clear"/>.</remarks>
    internal Memory<byte> Reserve(int length)
    {
        Memory<byte> room = _decoded.Reserve(length);
        _decoded.Commit(length);
        return room;
    }

    /// <summary>Empties the message for the next body; what it lent out is invalid afterwards.</summary>
    public void Clear()
    {
        Dialect = null;
        Documents.Clear();
        Segments.Clear();
        ToolDeclarations.Clear();
        ToolCalls.Clear();
        Opaque.Clear();
        ExtraTexts.Clear();
        EndedChannels.Clear();
        Splices.Clear();
        FieldsToSet.Clear();
        _echoes.Clear();
        Model = default;
        FurtherModels.Clear();
        Operation = default;
        WantsStream = false;
        IsSigned = false;
        JsonFault = JsonFault.None;
        DialectState = null;
        Body = default;
        _tapesUsed = 0;
        _decoded.Clear();
    }

    /// <summary>Returns pooled memory. The message must not be used afterwards.</summary>
    public void Dispose()
    {
        Clear();
        foreach (JsonTape tape in _tapes)
            tape.Dispose();
        _tapes.Clear();
    }

    private int Open(ReadOnlyMemory<byte> text, in JsonLimits limits, int parent, int parentNode, int offset = 0)
    {
        if (_tapesUsed == _tapes.Count)
            _tapes.Add(new JsonTape());
        JsonTape tape = _tapes[_tapesUsed];
        JsonFault = tape.Parse(text, limits);
        if (JsonFault != JsonFault.None)
            return -1;
        _tapesUsed++;
        Documents.Add(new SourceDocument(text, tape, parent, parentNode, offset));
        return Documents.Count - 1;
    }

    private ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> raw, bool escaped)
    {
        if (!escaped)
            return raw;
        Memory<byte> room = _decoded.Reserve(raw.Length);
        int length = JsonText.Decode(raw.Span, room.Span);
        _decoded.Commit(length);
        return room[..length];
    }

    private void ReplaceRaw(int document, int start, int length, bool escaped, int from, int to, ReadOnlySpan<byte> plain)
    {
        ReadOnlySpan<byte> raw = Documents[document].Bytes.Span.Slice(start, length);
        int rawFrom = escaped ? JsonText.RawOffset(raw, from) : from;
        int rawTo = escaped ? JsonText.RawOffset(raw, to) : to;
        ReplaceRaw(document, start + rawFrom, rawTo - rawFrom, JsonText.Escape(plain));
    }
}
