using EnvoyExtAuthz.Detection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>The shipped graph in ONNX Runtime: one session, a bounded number of lanes. Thread-safe.</summary>
internal sealed class NgramModel : IDisposable
{
    /// <summary>Input: features of each chunk.</summary>
    public const string Features = "features";

    /// <summary>Input: what each window is multiplied by.</summary>
    public const string Scale = "scale";

    /// <summary>Input: the text's origin.</summary>
    public const string Origin = "origin";

    /// <summary>Output: the score.</summary>
    public const string Score = "score";

    private readonly InferenceSession _session;

    private NgramModel(InferenceSession session, int lanes)
    {
        _session = session;
        Lanes = new LanePool<NgramLane>(lanes, () => new NgramLane(session));
    }

    /// <summary>Where runs happen.</summary>
    public LanePool<NgramLane> Lanes { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="model">The file.</param>
    /// <param name="lanes">Runs at the same time, at least 1.</param>
    /// <exception cref="InvalidDataException">It is no ONNX model, or one with other inputs.</exception>
    public static NgramModel Load(byte[] model, int lanes)
    {
        InferenceSession session = OnnxSessions.Open(model);
        if (!session.InputMetadata.ContainsKey(Features) || !session.InputMetadata.ContainsKey(Scale)
            || !session.InputMetadata.ContainsKey(Origin) || !session.OutputMetadata.ContainsKey(Score)
            || session.InputMetadata[Features].Dimensions is not [_, NgramFeaturiser.ChunkLength])
        {
            session.Dispose();
            throw new InvalidDataException($"The model must take \"{Features}\" [chunks, {NgramFeaturiser.ChunkLength}], \"{Scale}\" and \"{Origin}\" and give \"{Score}\".");
        }
        return new NgramModel(session, lanes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Lanes.Dispose();
        _session.Dispose();
    }
}
