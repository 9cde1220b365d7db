using EnvoyExtAuthz.Text;
using Microsoft.ML.OnnxRuntime;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>
/// Scores text for injection with hashed n-grams and a small network in ONNX Runtime. The text is folded, cut into overlapping
/// windows, and scores as its highest window, so a payload counts wherever it stands; time is linear in the text. Thread-safe,
/// and allocates nothing once its lanes are made.
/// </summary>
public sealed class InjectionClassifier : ITextClassifier, IDisposable
{
    private const string ModelResource = "injection-ngram.onnx";
    private const string CardResource = "injection-ngram.json";
    private const string ModelName = "model.onnx";
    private const string CardName = "card.json";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly NgramModel _model;

    private InjectionClassifier(NgramModel model, ModelCard card)
    {
        _model = model;
        Card = card;
    }

    /// <summary>Longest text that is judged, in bytes; a longer one counts as not inspected.</summary>
    public const int LongestText = 16 << 20;

    /// <summary>What the model is and was made from.</summary>
    public ModelCard Card { get; }

    /// <summary>Name and version, for metrics and audit lines.</summary>
    public string Version => Card.Version;

    /// <summary>Loads the model that this build carries.</summary>
    /// <exception cref="InvalidDataException">The build carries a model that is not the one its card names.</exception>
    public static InjectionClassifier LoadShipped()
    {
        using Stream model = Resource(ModelResource);
        using Stream card = Resource(CardResource);
        return Load(model, card);
    }

    /// <summary>Loads a model that <c>envoy-extauthz train</c> wrote.</summary>
    /// <param name="folder">Holds <c>model.onnx</c> and <c>card.json</c>.</param>
    /// <exception cref="IOException">A file is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">The card is malformed, names another hash, or the model is not one of this kind.</exception>
    public static InjectionClassifier Load(string folder)
    {
        using FileStream model = File.OpenRead(Path.Combine(folder, ModelName));
        using FileStream card = File.OpenRead(Path.Combine(folder, CardName));
        return Load(model, card);
    }

    /// <summary>Loads a model and its card.</summary>
    /// <exception cref="InvalidDataException">The card is malformed, names another hash, or the model is not one of this kind.</exception>
    public static InjectionClassifier Load(Stream model, Stream card)
    {
        ModelCard read = ModelCard.Parse(All(card));
        byte[] bytes = All(model);
        string hash = ModelCard.Hash(bytes);
        if (hash != read.Sha256)
            throw new InvalidDataException($"The model file's SHA-256 is {hash}; its card names {read.Sha256}. It is damaged or another model's.");
        var classifier = new InjectionClassifier(NgramModel.Load(bytes, Math.Clamp(Environment.ProcessorCount, 2, 16)), read);
        classifier.Warm();
        return classifier;
    }

    /// <inheritdoc/>
    public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
    {
        score = 0;
        if (text.Length > LongestText || _model.Lanes.Take(Patience) is not { } lane)
            return ScanOutcome.BudgetSpent;
        try
        {
            using var folded = new FoldedText(text);
            score = lane.Score(folded.Bytes, TextOrigins.Of(role));
            return ScanOutcome.Complete;
        }
        catch (OnnxRuntimeException)
        {
            return ScanOutcome.Failed;
        }
        finally
        {
            _model.Lanes.Return(lane);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    // The runtime plans its memory at the first run of each size; better now than in somebody's first request.
    private void Warm()
    {
        Span<byte> text = stackalloc byte[NgramLane.LongestRun * NgramFeaturiser.ChunkLength];
        text.Fill((byte)'.');
        for (int i = 1; i < text.Length; i += 2)
            text[i] = (byte)'a';
        for (int length = NgramFeaturiser.ChunkLength / 4; length <= text.Length; length *= 2)
            Score(text[..length], TextRole.User, out _);
    }

    private static Stream Resource(string name) => typeof(InjectionClassifier).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidDataException($"This build carries no {name}.");

    private static byte[] All(Stream stream)
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
