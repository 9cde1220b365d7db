using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Detection.Onnx;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>
/// The network as an ONNX graph. In: <c>features</c> int32 [chunks, <see cref="NgramFeaturiser.ChunkLength"/>], 0 for none;
/// <c>scale</c> float [chunks − 1, 1], what each window of two chunks is multiplied by; <c>origin</c> int32 [1].
/// Out: <c>score</c> float [1], 0 to 1.
/// </summary>
internal static class NgramModelFile
{
    /// <summary>Writes a network whose table was rounded by <see cref="QuantisedTable.Round"/>.</summary>
    public static byte[] Write(NgramNetwork network)
    {
        float[] inward = Array.ConvertAll(network.Inward, weight => weight * QuantisedTable.Step);
        return new OnnxGraphWriter("injection-ngram")
            .Input(NgramModel.Features, OnnxType.Int32, "chunks", $"{NgramFeaturiser.ChunkLength}")
            .Input(NgramModel.Scale, OnnxType.Float, "windows", "1")
            .Input(NgramModel.Origin, OnnxType.Int32, "1")
            .Output(NgramModel.Score, OnnxType.Float, "1")
            .Int8("table", QuantisedTable.Bytes(network), NgramFeaturiser.Buckets, NgramNetwork.Width)
            .Floats("inward", inward, NgramNetwork.Width, NgramNetwork.Hidden)
            .Floats("originBias", network.OriginBias, TextOrigins.Count, NgramNetwork.Hidden)
            .Floats("outward", network.Outward, NgramNetwork.Hidden, 1)
            .Floats("bias", [network.Bias], 1)
            .Int64("first", 0).Int64("second", 1).Int64("butLast", -1).Int64("end", long.MaxValue).Int64("axis1", 1)
            .Node("Gather", "rows", ["table", NgramModel.Features], ("axis", 0))
            .Node("Cast", "numbers", ["rows"], ("to", (long)OnnxType.Float))
            .Node("ReduceSum", "chunks", ["numbers", "axis1"], ("keepdims", 0))
            .Node("Slice", "left", ["chunks", "first", "butLast", "first"])
            .Node("Slice", "right", ["chunks", "second", "end", "first"])
            .Node("Add", "sums", ["left", "right"])
            .Node("Mul", "windows", ["sums", NgramModel.Scale])
            .Node("MatMul", "inner", ["windows", "inward"])
            .Node("Gather", "origins", ["originBias", NgramModel.Origin], ("axis", 0))
            .Node("Add", "biased", ["inner", "origins"])
            .Node("Relu", "hidden", ["biased"])
            .Node("MatMul", "outer", ["hidden", "outward"])
            .Node("ReduceMax", "highest", ["outer"], ("keepdims", 0))
            .Node("Add", "logit", ["highest", "bias"])
            .Node("Sigmoid", NgramModel.Score, ["logit"])
            .ToModel();
    }
}
