using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Unicode;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>
/// The Open Inference Protocol, version 2, over HTTP (KServe, Triton, MLServer, Seldon) with Triton's binary tensors and its generate
/// extension. There are no tools in it: texts are judged, and the model that the path names.
/// </summary>
public sealed class KserveDialect : Dialect
{
    private static readonly byte[][] RootKeys = KnownKeys.Of("inputs", "outputs", "parameters", "id", "error", "model_name");
    private static readonly byte[][] StateKeys = KnownKeys.Of("sequence_id", "sequence_start", "binary_data_output");
    private static readonly ReadOnlyMemory<byte>[] OperationNames =
        [default, "describe"u8.ToArray(), "infer"u8.ToArray(), "generate"u8.ToArray(), "generate_stream"u8.ToArray()];

    /// <summary>The one instance.</summary>
    public static KserveDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "kserve";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => KservePath.Read(method, path, out _) != KserveOperation.None;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        KserveOperation operation = KservePath.Read(head.Method.Span, path.Span, out Range model);
        if (operation == KserveOperation.None)
            return ReadFault.UnknownPath;
        message.Model = path[model];
        message.Operation = OperationNames[(int)operation];
        message.WantsStream = operation == KserveOperation.GenerateStream;
        if (operation == KserveOperation.Describe)
            return body.IsEmpty ? ReadFault.None : ReadFault.UnexpectedBody;
        if (operation != KserveOperation.Infer)
        {
            // Only tensors have a header of their own.
            if (head.CountOf(TensorLayout.Field) > 0)
                return ReadFault.HeaderMismatch;
            ReadFault fault = OpenAiBody.ReadRequest(head, body, limits, message);
            return fault != ReadFault.None ? fault : Generated.ReadRequest(message, limits);
        }
        return ReadTensors(head, TextRole.User, "inputs"u8, limits, message);
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        bool isError = head.Status >= 400;
        if (isError || !request.Operation.Span.SequenceEqual(OperationNames[(int)KserveOperation.Infer].Span))
        {
            ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
            return fault == ReadFault.None && isJson ? Generated.ReadResponse(message, isError) : fault;
        }
        return ReadTensors(head, TextRole.Assistant, "outputs"u8, limits, message);
    }

    /// <inheritdoc/>
    public override EventStream? OpenStream(Message request, HttpHead head) => ContentTypes.Is(head, "text/event-stream"u8) ? new KserveStream() : null;

    /// <inheritdoc/>
    public override bool TryWrite(Message message, out byte[] edited) =>
        message.DialectState is TensorLayout layout ? layout.TryWrite(message, out edited) : base.TryWrite(message, out edited);

    /// <summary>There are no tools in this protocol.</summary>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) =>
        new(reason.Status, "application/json", KserveStream.Error(reason));

    private static ReadFault ReadTensors(HttpHead head, TextRole role, ReadOnlySpan<byte> list, in JsonLimits limits, Message message)
    {
        ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        if (head.CountOf(TensorLayout.Field) == 0)
        {
            ReadFault fault = message.ReadJson(message.Body, limits);
            return fault != ReadFault.None ? fault : ReadRoot(role, list, null, message.Body.Length, limits, message);
        }
        ReadOnlySpan<byte> field = head.First(TensorLayout.Field).Span;
        if (head.CountOf(TensorLayout.Field) > 1 || !Utf8Parser.TryParse(field, out int length, out int used) || used != field.Length
            || !char.IsAsciiDigit((char)field[0]) || length > message.Body.Length)
            return ReadFault.HeaderMismatch;
        if (length == 0)
            return ReadRaw(role, message);
        if (message.OpenPart(0, length, limits) < 0)
            return ReadFault.NotStrictJson;
        var layout = new TensorLayout(length);
        message.DialectState = layout;
        return ReadRoot(role, list, layout, length, limits, message);
    }

    private static ReadFault ReadRoot(TextRole role, ReadOnlySpan<byte> list, TensorLayout? layout, int behind, in JsonLimits limits, Message message)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        int parameters = tape.Find(0, "parameters"u8);
        ReadFault fault = KnownKeys.HasVariant(tape, 0, RootKeys) || KnownKeys.HasVariant(tape, parameters, StateKeys) ? ReadFault.Ambiguous : ReadFault.None;
        if (fault == ReadFault.None)
            fault = new TensorReader(message, role, layout, limits).ReadAll(ref sweep, tape.Find(0, list), behind);
        if (role == TextRole.User)
        {
            sweep.TakeLabels(tape.Find(0, "outputs"u8));
            TakeSequence(message, ref sweep, parameters);
        }
        sweep.TakeLabel(tape.Find(0, "id"u8));
        sweep.TakeLabel(tape.Find(0, "model_name"u8));
        sweep.TakeLabel(tape.Find(0, "model_version"u8));
        sweep.TakeLabels(parameters);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>A sequence that is gone on with: the model remembers what was said before.</summary>
    private static void TakeSequence(Message message, ref SegmentSweep sweep, int parameters)
    {
        JsonTape tape = sweep.Tape;
        int sequence = JsonShape.Present(tape, parameters, "sequence_id"u8);
        bool isNone = sequence < 0 || tape.Raw(sequence).SequenceEqual("0"u8) || tape[sequence].Length == 0;
        if (!isNone && !tape.Is(tape.Find(parameters, "sequence_start"u8), JsonKind.True))
            message.Opaque.Add(new OpaquePart(OpaqueKind.ServerState, 0, tape[sequence].Start, tape[sequence].Length));
    }

    /// <summary>
    /// Triton's raw form: no JSON at all, the body is the one tensor of a model that has one. What could be a text behind its length
    /// is one to some and to others a longer one.
    /// </summary>
    private static ReadFault ReadRaw(TextRole role, Message message)
    {
        ReadOnlySpan<byte> body = message.Body.Span;
        if (body.IsEmpty)
            return ReadFault.UnexpectedBody;
        if (body.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(body) == (uint)(body.Length - sizeof(uint)))
            return ReadFault.Ambiguous;
        if (Utf8.IsValid(body) && !body.Contains((byte)0))
            message.Segments.Add(new Segment(role, -1, 0, body.Length, false));
        else
            message.Opaque.Add(new OpaquePart(OpaqueKind.File, -1, 0, body.Length));
        return ReadFault.None;
    }
}
