using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>
/// Reads the tensors of an inference request or response. Which of them a model takes for words is the model's own; so each
/// element of type BYTES that is UTF-8 is a text (JSON in it is read as JSON), and each that is not a file. Whole numbers, more
/// than one, may stand for tokens; numbers with a fraction that go to a model may stand for anything (pictures, embeddings), and
/// those that come from it for nothing that a reader could take for words.
/// </summary>
/// <param name="message">Gets what is read.</param>
/// <param name="role">Whose words.</param>
/// <param name="layout">Where binary tensors stand; null if all is JSON.</param>
/// <param name="limits">Bounds of JSON.</param>
internal ref struct TensorReader(Message message, TextRole role, TensorLayout? layout, JsonLimits limits)
{
    private const int MaxElements = 1 << 16;
    private const int MaxDocuments = 256;
    private static readonly byte[][] TensorKeys = KnownKeys.Of("name", "shape", "datatype", "parameters", "data");
    private static readonly byte[][] ParameterKeys = KnownKeys.Of("binary_data_size", "shared_memory_region", "content_type");
    private int _at;

    /// <summary>Reads a list of tensors.</summary>
    /// <param name="sweep">Document 0's sweep.</param>
    /// <param name="list">The list's node.</param>
    /// <param name="behind">Where binary tensors begin in the body.</param>
    public ReadFault ReadAll(ref SegmentSweep sweep, int list, int behind)
    {
        JsonTape tape = sweep.Tape;
        _at = behind;
        if (!tape.Is(list, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = ReadFault.None;
        for (int tensor = JsonTape.FirstChild(list); tensor < tape[list].End && fault == ReadFault.None; tensor = tape[tensor].End)
            fault = ReadTensor(ref sweep, tensor);
        // Bytes that no tensor owns are nobody's to judge.
        return fault == ReadFault.None && layout is not null && _at != message.Body.Length ? ReadFault.HeaderMismatch : fault;
    }

    private ReadFault ReadTensor(ref SegmentSweep sweep, int tensor)
    {
        JsonTape tape = sweep.Tape;
        int parameters = tape.Find(tensor, "parameters"u8);
        if (!tape.Is(tensor, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, tensor, TensorKeys) || KnownKeys.HasVariant(tape, parameters, ParameterKeys))
            return ReadFault.Ambiguous;
        int type = tape.Find(tensor, "datatype"u8);
        if (!tape.Is(type, JsonKind.String) || TensorType.Of(tape, type) is not { } datatype)
            return ReadFault.WrongShape;
        sweep.TakeLabel(type);
        sweep.TakeLabel(tape.Find(tensor, "name"u8));
        int data = JsonShape.Present(tape, tensor, "data"u8);
        int size = tape.Find(parameters, "binary_data_size"u8);
        int region = tape.Find(parameters, "shared_memory_region"u8);
        if ((data >= 0 ? 1 : 0) + (size >= 0 ? 1 : 0) + (region >= 0 ? 1 : 0) != 1)
            return data < 0 && size < 0 && region < 0 ? ReadFault.WrongShape : ReadFault.Ambiguous;
        ReadFault fault = ReadFault.None;
        if (data >= 0)
            ReadJson(ref sweep, datatype, data, tape.Find(parameters, "content_type"u8));
        else if (size >= 0)
            fault = ReadBinary(tape, datatype, size, tape.Find(tensor, "shape"u8));
        else
            Media.TakePayload(message, ref sweep, region, OpaqueKind.ServerState);
        sweep.TakeLabels(parameters);
        return fault;
    }

    private readonly void ReadJson(ref SegmentSweep sweep, in TensorType datatype, int data, int contentType)
    {
        JsonTape tape = sweep.Tape;
        int numbers = 0;
        // MLServer: bytes as base64.
        bool isBase64 = tape.Is(contentType, JsonKind.String) && tape.KeyEquals(contentType, "base64"u8);
        for (int node = data; node < tape[data].End; node++)
        {
            if (tape[node].Kind == JsonKind.Number)
                numbers++;
            else if (isBase64)
                Media.TakePayload(message, ref sweep, node, OpaqueKind.File);
        }
        NestedJson.Take(message, ref sweep, data, role, limits);
        if (numbers > 1 && OpaqueKindOf(datatype) is { } kind)
            message.Opaque.Add(new OpaquePart(kind, 0, tape[data].Start, tape[data].Length));
    }

    private ReadFault ReadBinary(JsonTape tape, in TensorType datatype, int sizeNode, int shape)
    {
        if (layout is null || !tape.Is(sizeNode, JsonKind.Number)
            || !Utf8Parser.TryParse(tape.Raw(sizeNode), out int size, out int used) || used != tape[sizeNode].Length || size < 0)
            return ReadFault.WrongShape;
        if (size > message.Body.Length - _at)
            return ReadFault.HeaderMismatch;
        int start = _at;
        _at += size;
        if (!TryCount(tape, shape, out long count))
            return ReadFault.WrongShape;
        if (datatype.IsText)
            return ReadElements(start, size, sizeNode, count);
        if (size != count * datatype.ElementBytes)
            return ReadFault.HeaderMismatch;
        if (count > 1 && OpaqueKindOf(datatype) is { } kind)
            message.Opaque.Add(new OpaquePart(kind, -1, start, size));
        return ReadFault.None;
    }

    private readonly ReadFault ReadElements(int start, int size, int sizeNode, long count)
    {
        ReadOnlySpan<byte> body = message.Body.Span;
        int end = start + size;
        for (int at = start; at < end; count--)
        {
            if (end - at < sizeof(uint) || count == 0)
                return ReadFault.HeaderMismatch;
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(body[at..]);
            at += sizeof(uint);
            if (length > (uint)(end - at))
                return ReadFault.HeaderMismatch;
            if (layout!.Elements.Count == MaxElements)
                return ReadFault.TooLarge;
            layout.Elements.Add(new TensorElement(at, (int)length, sizeNode));
            TakeElement(at, (int)length);
            at += (int)length;
        }
        return count == 0 ? ReadFault.None : ReadFault.HeaderMismatch;
    }

    private readonly void TakeElement(int start, int length)
    {
        ReadOnlySpan<byte> element = message.Body.Span.Slice(start, length);
        if (element.IsEmpty)
            return;
        if (!Utf8.IsValid(element) || element.Contains((byte)0))
        {
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, start, length));
            return;
        }
        if (element.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] && message.Documents.Count < MaxDocuments && message.OpenPart(start, length, limits) is var document and >= 0)
        {
            var inner = new SegmentSweep(message, document);
            NestedJson.Take(message, ref inner, 0, role, limits);
            inner.Finish(role);
            return;
        }
        message.JsonFault = JsonFault.None;
        message.Segments.Add(new Segment(role, -1, start, length, false));
    }

    private readonly OpaqueKind? OpaqueKindOf(in TensorType datatype)
    {
        if (datatype.IsWhole)
            return OpaqueKind.TokenIds;
        return datatype.IsFraction && role == TextRole.User ? OpaqueKind.File : null;
    }

    private static bool TryCount(JsonTape tape, int shape, out long count)
    {
        count = 1;
        if (!tape.Is(shape, JsonKind.Array))
            return false;
        for (int node = JsonTape.FirstChild(shape); node < tape[shape].End; node = tape[node].End)
        {
            if (!tape.Is(node, JsonKind.Number) || !Utf8Parser.TryParse(tape.Raw(node), out int dimension, out int used) || used != tape[node].Length || dimension < 0)
                return false;
            count *= dimension;
            if (count > int.MaxValue)
                return false;
        }
        return true;
    }
}
