using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>
/// Reads protobuf messages by their types: every string is a text with its bytes, every length is noted so that an edit can mend
/// it. What the type does not have, or has once and comes twice, has more than one reading and is refused: receivers keep,
/// drop or merge it.
/// </summary>
internal ref struct ProtoReader
{
    private const int MaxDocuments = 256;
    private readonly Message _message;
    private readonly ReadOnlySpan<byte> _body;
    private readonly IReadOnlyDictionary<string, ProtoMessage> _types;
    private readonly LengthScopes _scopes;
    private readonly TextRole _role;
    private readonly JsonLimits _limits;
    private readonly bool _streams;
    private int _fields;

    /// <summary>Begins with nothing read.</summary>
    /// <param name="message">Holds the body; gets what is read.</param>
    /// <param name="types">All types, for <c>Any</c>.</param>
    /// <param name="scopes">Gets the lengths.</param>
    /// <param name="role">Role of the texts.</param>
    /// <param name="limits">Bounds: depth, fields, and of JSON in strings.</param>
    /// <param name="streams">The message is one of a stream: texts run on where their fields do.</param>
    public ProtoReader(Message message, IReadOnlyDictionary<string, ProtoMessage> types, LengthScopes scopes, TextRole role, in JsonLimits limits, bool streams = false)
    {
        _message = message;
        _body = message.Body.Span;
        _types = types;
        _scopes = scopes;
        _role = role;
        _limits = limits;
        _streams = streams;
    }

    /// <summary>Reads a message.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="start">Its first byte in the body.</param>
    /// <param name="end">Byte after its last.</param>
    public ReadFault Read(ProtoMessage type, int start, int end) => Read(type, start, end, 0);

    private ReadFault Read(ProtoMessage type, int start, int end, int depth)
    {
        if (depth > _limits.MaxDepth)
            return ReadFault.WrongShape;
        ProtoMessage? content = null;
        if (type.IsAny && !TryFindContent(start, end, out content))
            return ReadFault.WrongShape;
        Span<ulong> filled = stackalloc ulong[(type.Places + 63) / 64];
        filled.Clear();
        var wire = new ProtoWire(_body[..end], start);
        while (!wire.AtEnd)
        {
            if (++_fields > _limits.MaxNodes)
                return ReadFault.TooLarge;
            if (!wire.TryTag(out int number, out WireType layout) || type.Find(number) is not { } field)
                return ReadFault.WrongShape;
            ulong place = 1UL << field.Place;
            if (!field.Repeated && (filled[field.Place >> 6] & place) != 0)
                return ReadFault.Ambiguous;
            filled[field.Place >> 6] |= place;
            ReadFault fault = layout == WireType.Bytes
                ? ReadBytes(field, number == 2 ? content : null, ref wire, depth)
                : layout == field.Wire && field.Type != ProtoType.Group && wire.TrySkip(layout) ? ReadFault.None : ReadFault.WrongShape;
            if (fault != ReadFault.None)
                return fault;
        }
        return ReadFault.None;
    }

    private ReadFault ReadBytes(ProtoField field, ProtoMessage? content, ref ProtoWire wire, int depth)
    {
        int prefix = wire.Position;
        if (!wire.TryBytes(out int start, out int length))
            return ReadFault.WrongShape;
        if (field.Wire != WireType.Bytes)
            return field.Repeated && field.Type != ProtoType.Group && IsPacked(field.Wire, _body.Slice(start, length)) ? ReadFault.None : ReadFault.WrongShape;
        _scopes.Add(new LengthScope(prefix, start, start + length, IsFrame: false));
        if (field.Message is { } inner)
            return Read(inner, start, start + length, depth + 1);
        if (content is not null)
            return Read(content, start, start + length, depth + 1);
        return TakeText(field, start, length);
    }

    private readonly ReadFault TakeText(ProtoField field, int start, int length)
    {
        ReadOnlySpan<byte> text = _body.Slice(start, length);
        if (text.IsEmpty)
            return ReadFault.None;
        // Bytes that read as text are text to whoever reads them; anything else is a file.
        if (field.Type == ProtoType.Bytes && !IsReadable(text))
        {
            _message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, start, length));
            return ReadFault.None;
        }
        if (!Utf8.IsValid(text))
            return ReadFault.WrongShape;
        int channel = _streams ? field.Channel : -1;
        // Of a text in pieces no piece is JSON by itself.
        if (channel >= 0 || !TryTakeJson(text, start))
            _message.Segments.Add(new Segment(_role, -1, start, length, false, channel));
        return ReadFault.None;
    }

    private readonly bool TryTakeJson(ReadOnlySpan<byte> text, int start)
    {
        ReadOnlySpan<byte> trimmed = text.Trim(" \t\r\n"u8);
        bool looksLike = trimmed.Length >= 2 && trimmed[0] is (byte)'{' or (byte)'[' && trimmed[^1] is (byte)'}' or (byte)']';
        if (!looksLike || _message.Documents.Count >= MaxDocuments)
            return false;
        int document = _message.OpenPart(start, text.Length, _limits);
        _message.JsonFault = JsonFault.None;
        if (document < 0)
            return false;
        var sweep = new SegmentSweep(_message, document);
        NestedJson.Take(_message, ref sweep, 0, _role, _limits);
        sweep.Finish(_role);
        return true;
    }

    /// <summary>
    /// What an <c>Any</c> holds, by the address of its type; its value may stand before that. None is known for an address without
    /// a value; a value whose type is not known cannot be read.
    /// </summary>
    private readonly bool TryFindContent(int start, int end, out ProtoMessage? content)
    {
        content = null;
        bool hasValue = false;
        var wire = new ProtoWire(_body[..end], start);
        while (!wire.AtEnd)
        {
            if (!wire.TryTag(out int number, out WireType type) || type != WireType.Bytes || !wire.TryBytes(out int at, out int length))
                return false;
            hasValue |= number == 2;
            if (number != 1 || length > 512)
                continue;
            ReadOnlySpan<byte> address = _body.Slice(at, length);
            string name = System.Text.Encoding.UTF8.GetString(address[(address.LastIndexOf((byte)'/') + 1)..]);
            content = _types.GetValueOrDefault(name);
        }
        return !hasValue || content is not null;
    }

    private static bool IsPacked(WireType layout, ReadOnlySpan<byte> values)
    {
        if (layout != WireType.Varint)
            return values.Length % (layout == WireType.Fixed32 ? 4 : 8) == 0;
        var wire = new ProtoWire(values);
        while (!wire.AtEnd)
        {
            if (!wire.TryVarint(out _))
                return false;
        }
        return true;
    }

    private static bool IsReadable(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or 0x7F)
                return false;
        }
        return Utf8.IsValid(bytes);
    }
}
