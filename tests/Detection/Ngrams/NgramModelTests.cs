using System.Text;
using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Detection.Training;

namespace EnvoyExtAuthz.Detection.Tests.Ngrams;

public sealed class NgramModelTests : IDisposable
{
    private readonly NgramNetwork _network = RandomNetwork();
    private readonly NgramModel _model;

    public NgramModelTests() => _model = NgramModel.Load(NgramModelFile.Write(_network), 2);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(90)]
    [InlineData(200)]
    [InlineData(700)]
    [InlineData(3_000)]
    [InlineData(3_200)]
    [InlineData(12_345)]
    [InlineData(60_000)]
    public void The_runtime_scores_as_the_managed_network_does(int length)
    {
        var random = new Random(length);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, length).Select(_ => (char)(random.Next(5) == 0 ? ' ' : 'a' + random.Next(26)))));
        NgramLane lane = _model.Lanes.Take(TimeSpan.FromSeconds(10))!;
        foreach (TextOrigin origin in Enum.GetValues<TextOrigin>())
        {
            int[] features = NgramFeaturiserTests.All(text);
            float expected = features.Length == 0 ? 0 : NgramNetwork.Score(_network.Text(features, origin));
            Assert.Equal(expected, lane.Score(text, origin), 1e-4f);
        }
        _model.Lanes.Return(lane);
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        NgramLane lane = _model.Lanes.Take(TimeSpan.FromSeconds(10))!;
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("some words of an ordinary message ", 120)));
        lane.Score(text, TextOrigin.Speaker);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            lane.Score(text, TextOrigin.Speaker);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        _model.Lanes.Return(lane);
    }

    [Fact]
    public void Bytes_that_are_no_model_are_refused_with_a_reason()
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => NgramModel.Load([1, 2, 3, 4], 1));
        Assert.Contains("ONNX Runtime refuses the model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_other_inputs_is_refused_with_what_it_must_take()
    {
        byte[] other = new Detection.Onnx.OnnxGraphWriter("other").Input("x", Detection.Onnx.OnnxType.Float, "1").Output("y", Detection.Onnx.OnnxType.Float, "1").Node("Relu", "y", ["x"]).ToModel();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => NgramModel.Load(other, 1));
        Assert.Contains("\"features\"", error.Message, StringComparison.Ordinal);
    }

    private static NgramNetwork RandomNetwork()
    {
        var random = new Random(7);
        var network = new NgramNetwork(random);
        for (int i = NgramNetwork.Width; i < network.Table.Length; i++)
            network.Table[i] = (random.NextSingle() - 0.5f) * 2;
        for (int i = 0; i < network.OriginBias.Length; i++)
            network.OriginBias[i] = random.NextSingle() - 0.5f;
        QuantisedTable.Round(network);
        return network;
    }
}
