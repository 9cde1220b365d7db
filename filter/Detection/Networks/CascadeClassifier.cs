using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Networks;

/// <summary>
/// Scores text for injection in two tiers: n-grams always, the small network where they do not say that a text is ordinary. Most
/// ordinary text never reaches the network; what does is judged by both together, so that the network clears what only has an
/// attack's words and confirms what has its sense. Trained, calibrated and evaluated by the command line; not served yet, see
/// <c>models/injection-network</c>. Thread-safe.
/// </summary>
public sealed class CascadeClassifier : ITextClassifier, IDisposable
{
    private const string NetworkName = "model.onnx";
    private const string PiecesName = "pieces.bin";
    private const string CardName = "card.json";

    private readonly InjectionClassifier _ngrams;
    private readonly NetworkModel _network;

    private CascadeClassifier(InjectionClassifier ngrams, NetworkModel network, CascadeCard card)
    {
        _ngrams = ngrams;
        _network = network;
        Card = card;
    }

    /// <summary>Longest text that the network is asked about, in bytes: it costs some milliseconds for each few thousand. Longer ones are the n-grams' alone.</summary>
    public const int LongestAsked = 16 << 10;

    /// <summary>What the network is and was made from.</summary>
    public CascadeCard Card { get; }

    /// <summary>Name and version, for metrics and audit lines.</summary>
    public string Version => $"{_ngrams.Version}+{Card.Version}";

    /// <summary>Loads models from their folders.</summary>
    /// <param name="ngrams">Holds the n-grams' <c>model.onnx</c> and <c>card.json</c>.</param>
    /// <param name="network">Holds the network's <c>model.onnx</c>, <c>pieces.bin</c> and <c>card.json</c>.</param>
    /// <exception cref="IOException">A file is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A card is malformed or names another hash, or a model is not one of its kind.</exception>
    public static CascadeClassifier Load(string ngrams, string network) => Make(
        InjectionClassifier.Load(ngrams), File.ReadAllBytes(Path.Combine(network, NetworkName)), File.ReadAllBytes(Path.Combine(network, PiecesName)), File.ReadAllBytes(Path.Combine(network, CardName)));

    /// <inheritdoc/>
    public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
    {
        ScanOutcome outcome = _ngrams.Score(text, role, out score);
        float ngrams = Logit(score);
        if (outcome != ScanOutcome.Complete || ngrams < Card.AskFrom || text.Length > LongestAsked)
            return outcome;
        outcome = _network.Score(text, TextOrigins.Of(role), int.MaxValue, out float network);
        if (outcome == ScanOutcome.Complete && float.IsFinite(network))
            score = Combine(Card, ngrams, network);
        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ngrams.Dispose();
        _network.Dispose();
    }

    /// <summary>A score's logit, within the range that floats keep apart.</summary>
    internal static float Logit(float score)
    {
        float kept = Math.Clamp(score, 1e-6f, 1 - 1e-6f);
        return MathF.Log(kept / (1 - kept));
    }

    /// <summary>One score from both logits.</summary>
    internal static float Combine(CascadeCard card, float ngrams, float network) =>
        1 / (1 + MathF.Exp(-((card.NgramWeight * ngrams) + (card.NetworkWeight * network) + card.Bias)));

    private static CascadeClassifier Make(InjectionClassifier ngrams, byte[] network, byte[] pieces, byte[] json)
    {
        CascadeCard card = CascadeCard.Parse(json);
        Check(network, card.NetworkSha256, "network");
        Check(pieces, card.PiecesSha256, "vocabulary");
        if (ngrams.Card.Sha256 != card.NgramsSha256)
            throw new InvalidDataException("The network was calibrated with another n-gram model: run `envoy-extauthz calibrate`.");
        var cascade = new CascadeClassifier(ngrams, NetworkModel.Load(network, pieces, Math.Clamp(Environment.ProcessorCount, 2, 16)), card);
        cascade._network.Score("A text to warm up with."u8, TextOrigin.Speaker, 1, out _);
        return cascade;
    }

    private static void Check(byte[] file, string hash, string what)
    {
        if (ModelCard.Hash(file) != hash)
            throw new InvalidDataException($"The {what}'s SHA-256 is not the one its card names. It is damaged or another's.");
    }
}
