using System.Runtime.InteropServices;

namespace EnvoyExtAuthz.Detection.Onnx;

/// <summary>The element types used, by their numbers in <c>TensorProto.DataType</c> (onnx.proto3).</summary>
internal enum OnnxType
{
    /// <summary>32-bit floating point.</summary>
    Float = 1,

    /// <summary>Signed byte.</summary>
    Int8 = 3,

    /// <summary>32-bit integer.</summary>
    Int32 = 6,

    /// <summary>64-bit integer.</summary>
    Int64 = 7,
}

/// <summary>Builds an ONNX model: <c>ir_version</c> 8, operator set 17, little-endian raw tensors.</summary>
/// <param name="name">The graph's name.</param>
internal sealed class OnnxGraphWriter(string name)
{
    private const int IrVersion = 8;
    private const int OperatorSet = 17;

    private readonly List<ProtobufWriter> _nodes = [];
    private readonly List<ProtobufWriter> _tensors = [];
    private readonly List<ProtobufWriter> _inputs = [];
    private readonly List<ProtobufWriter> _outputs = [];

    /// <summary>Declares an input; a dimension that is no number is free.</summary>
    public OnnxGraphWriter Input(string value, OnnxType type, params string[] shape)
    {
        _inputs.Add(Value(value, type, shape));
        return this;
    }

    /// <summary>Declares an output.</summary>
    public OnnxGraphWriter Output(string value, OnnxType type, params string[] shape)
    {
        _outputs.Add(Value(value, type, shape));
        return this;
    }

    /// <summary>Adds weights.</summary>
    public OnnxGraphWriter Floats(string value, float[] data, params long[] shape) => Tensor(value, OnnxType.Float, MemoryMarshal.AsBytes<float>(data), shape);

    /// <summary>Adds signed bytes.</summary>
    public OnnxGraphWriter Int8(string value, byte[] data, params long[] shape) => Tensor(value, OnnxType.Int8, data, shape);

    /// <summary>Adds a vector of indices or axes.</summary>
    public OnnxGraphWriter Int64(string value, params long[] data) => Tensor(value, OnnxType.Int64, MemoryMarshal.AsBytes<long>(data), [data.Length]);

    /// <summary>Adds an operation with one output.</summary>
    /// <param name="op">Operator, such as <c>Gather</c>.</param>
    /// <param name="output">What it gives.</param>
    /// <param name="inputs">What it takes.</param>
    /// <param name="attributes">Integer attributes.</param>
    public OnnxGraphWriter Node(string op, string output, string[] inputs, params (string Name, long Value)[] attributes)
    {
        var node = new ProtobufWriter();
        foreach (string input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, op);
        foreach ((string attribute, long value) in attributes)
            node.Message(5, new ProtobufWriter().Text(1, attribute).Number(3, value).Number(20, 2));
        _nodes.Add(node);
        return this;
    }

    /// <summary>The model file.</summary>
    public byte[] ToModel()
    {
        var graph = new ProtobufWriter();
        _nodes.ForEach(node => graph.Message(1, node));
        graph.Text(2, name);
        _tensors.ForEach(tensor => graph.Message(5, tensor));
        _inputs.ForEach(input => graph.Message(11, input));
        _outputs.ForEach(output => graph.Message(12, output));
        return new ProtobufWriter().Number(1, IrVersion).Text(2, "EnvoyExtAuthz").Message(7, graph).Message(8, new ProtobufWriter().Text(1, "").Number(2, OperatorSet)).ToArray();
    }

    private OnnxGraphWriter Tensor(string value, OnnxType type, ReadOnlySpan<byte> data, long[] shape)
    {
        var tensor = new ProtobufWriter();
        foreach (long dimension in shape)
            tensor.Number(1, dimension);
        _tensors.Add(tensor.Number(2, (long)type).Text(8, value).Bytes(9, data));
        return this;
    }

    private static ProtobufWriter Value(string value, OnnxType type, string[] shape)
    {
        var dimensions = new ProtobufWriter();
        foreach (string dimension in shape)
        {
            dimensions.Message(1, long.TryParse(dimension, out long size) ? new ProtobufWriter().Number(1, size) : new ProtobufWriter().Text(2, dimension));
        }
        ProtobufWriter tensor = new ProtobufWriter().Number(1, (long)type).Message(2, dimensions);
        return new ProtobufWriter().Text(1, value).Message(2, new ProtobufWriter().Message(1, tensor));
    }
}
