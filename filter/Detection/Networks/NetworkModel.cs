using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Detection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace EnvoyExtAuthz.Detection.Networks;

/// <summary>
/// The small network: piece vectors, two convolutions, the largest and the mean over windows of 128 pieces, one logit. Thread-safe;
/// a bounded number of runs at a time.
/// </summary>
internal sealed class NetworkModel : IDisposable
{
    /// <summary>Input: piece numbers, 1 where there is none.</summary>
    public const string Ids = "ids";

    /// <summary>Input: 1 for text of strangers.</summary>
    public const string Stranger = "stranger";

    /// <summary>Output: the highest window's logit.</summary>
    public const string Logit = "logit";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private readonly InferenceSession _session;
    private readonly LanePool<NetworkLane> _lanes;

    private NetworkModel(InferenceSession session, PieceTable pieces, int lanes)
    {
        _session = session;
        _lanes = new LanePool<NetworkLane>(lanes, () => new NetworkLane(session, pieces));
    }

    /// <summary>Loads a network and its vocabulary.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="pieces">The vocabulary's file.</param>
    /// <param name="lanes">Runs at the same time, at least 1.</param>
    /// <exception cref="InvalidDataException">One of them is damaged, or is no such model.</exception>
    public static NetworkModel Load(byte[] model, ReadOnlySpan<byte> pieces, int lanes)
    {
        PieceTable table = PieceTable.Read(pieces);
        InferenceSession session = OnnxSessions.Open(model);
        if (session.InputMetadata.ContainsKey(Ids) && session.InputMetadata.ContainsKey(Stranger) && session.OutputMetadata.ContainsKey(Logit))
            return new NetworkModel(session, table, lanes);
        session.Dispose();
        throw new InvalidDataException($"The model must take \"{Ids}\" and \"{Stranger}\" and give \"{Logit}\".");
    }

    /// <summary>Scores a text.</summary>
    /// <param name="text">Decoded UTF-8.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="mostRuns">Runs of <see cref="NetworkLane.LongestRun"/> windows at most.</param>
    /// <param name="logit">The highest window's.</param>
    public ScanOutcome Score(ReadOnlySpan<byte> text, TextOrigin origin, int mostRuns, out float logit)
    {
        logit = float.NegativeInfinity;
        if (_lanes.Take(Patience) is not { } lane)
            return ScanOutcome.BudgetSpent;
        try
        {
            logit = lane.Score(text, origin, mostRuns);
            return ScanOutcome.Complete;
        }
        catch (OnnxRuntimeException)
        {
            return ScanOutcome.Failed;
        }
        finally
        {
            _lanes.Return(lane);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lanes.Dispose();
        _session.Dispose();
    }
}
