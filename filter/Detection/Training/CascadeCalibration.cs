using EnvoyExtAuthz.Detection.Evaluation;
using EnvoyExtAuthz.Detection.Networks;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>How to make one classifier of the n-grams and the network.</summary>
public sealed record CalibrationOptions
{
    /// <summary>The data folder; only text that neither learnt from is used: the threshold's sources, held-back pairs and what is left out.</summary>
    public required TrainingOptions Corpus { get; init; }

    /// <summary>Folder of the n-grams' model.</summary>
    public required string Ngrams { get; init; }

    /// <summary>Folder of the network's files; gets <c>card.json</c>.</summary>
    public required string Network { get; init; }

    /// <summary>The network's share of the sum, 0 to 1; null to choose the one that catches most of the sources left out.</summary>
    public float? NetworkShare { get; init; }

    /// <summary>Share of ordinary text that the network may be asked about.</summary>
    public double Asked { get; init; } = 0.15;

    /// <summary>Version of the card.</summary>
    public string Version { get; init; } = "injection-network-1";

    /// <summary>Batches the network learnt from, for the card.</summary>
    public int Steps { get; init; }
}

/// <summary>Chooses weights and thresholds of the cascade on held-back text and writes its card.</summary>
public static class CascadeCalibration
{
    private readonly record struct Pair(float Ngrams, float Network);

    /// <summary>Calibrates.</summary>
    /// <param name="options">What to calibrate.</param>
    /// <param name="cancel">Stops it; nothing is written then.</param>
    /// <exception cref="IOException">A file is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A model or row is malformed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static (CascadeCard Card, IReadOnlyList<HeldBackSource> Sources) Run(CalibrationOptions options, CancellationToken cancel)
    {
        byte[] network = File.ReadAllBytes(Path.Combine(options.Network, "model.onnx")), pieces = File.ReadAllBytes(Path.Combine(options.Network, "pieces.bin"));
        using InjectionClassifier ngrams = InjectionClassifier.Load(options.Ngrams);
        using NetworkModel model = NetworkModel.Load(network, pieces, 2);
        TrainingCorpus corpus = TrainingCorpus.Read(options.Corpus);
        Pair[] Score(IEnumerable<TrainingText> texts) => [.. texts.Select(text => Both(ngrams, model, text, cancel))];

        List<(TrainingSource Source, Pair[] Pairs)> ordinary = [.. corpus.Ordinary.Select(s => (s, Score(s.Texts)))];
        List<(TrainingSource Source, Pair[] Pairs)> left = [.. corpus.LeftOut.Select(s => (s, Score(s.Texts)))];
        Pair[] everyday = [.. ordinary.SelectMany(o => o.Pairs)];
        float askFrom = Ranking.Threshold([.. everyday.Select(p => p.Ngrams)], options.Asked);
        float share = options.NetworkShare ?? Enumerable.Range(0, 21).Select(i => i / 20f).MaxBy(s => MeanRecall(left, everyday, askFrom, s, 0.01));

        float chosen = Threshold(everyday, askFrom, share, options.Corpus.FalsePositives), onePercent = Threshold(everyday, askFrom, share, 0.01);
        float bias = CascadeClassifier.Logit(Classification.ShippedThreshold) - chosen;
        double Flagged(Pair[] pairs, float threshold) => pairs.Length == 0 ? double.NaN : pairs.Count(p => Sum(p, askFrom, share) >= threshold) / (double)pairs.Length;
        var card = new CascadeCard(
            options.Version, ModelCard.Hash(network), ModelCard.Hash(pieces), ngrams.Card.Sha256, askFrom, 1 - share, share, bias, options.Corpus.Seed, options.Steps,
            Flagged(everyday, chosen), everyday.Count(p => p.Ngrams >= askFrom) / (double)everyday.Length,
            1 - Flagged(Score(corpus.UnseenPairs.Select(p => p.Harmless)), chosen), Flagged(Score(corpus.UnseenPairs.Select(p => p.Hostile)), chosen),
            [.. corpus.Files.Select(f => new ModelSource(f.Name, f.Rows))]);
        File.WriteAllBytes(Path.Combine(options.Network, "card.json"), card.ToJson());
        return (card, [.. left.Concat(ordinary).Concat(corpus.Prose.Select(s => (s, Score(s.Texts))))
            .Select(s => new HeldBackSource(s.Item1.Name, s.Item1.Texts[0].IsAttack, s.Item2.Length, Flagged(s.Item2, chosen), Flagged(s.Item2, onePercent)))]);
    }

    private static Pair Both(InjectionClassifier ngrams, NetworkModel model, TrainingText text, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        TextOrigin origin = text.IsStrangers ? TextOrigin.Stranger : TextOrigin.Speaker;
        ngrams.Score(text.Bytes, origin == TextOrigin.Stranger ? Text.TextRole.Document : Text.TextRole.User, out float score);
        float network = float.NegativeInfinity;
        if (text.Bytes.Length <= CascadeClassifier.LongestAsked)
            model.Score(text.Bytes, origin, int.MaxValue, out network);
        return new Pair(CascadeClassifier.Logit(score), network);
    }

    /// <summary>What the cascade makes of both, before the bias; what it does not ask about lies below everything.</summary>
    private static float Sum(Pair pair, float askFrom, float share) =>
        pair.Ngrams < askFrom || !float.IsFinite(pair.Network) ? float.NegativeInfinity : ((1 - share) * pair.Ngrams) + (share * pair.Network);

    private static float Threshold(Pair[] ordinary, float askFrom, float share, double flagged) =>
        Ranking.Threshold([.. ordinary.Select(p => Sum(p, askFrom, share))], flagged) + 1e-3f;

    private static double MeanRecall(List<(TrainingSource Source, Pair[] Pairs)> left, Pair[] ordinary, float askFrom, float share, double flagged)
    {
        float threshold = Threshold(ordinary, askFrom, share, flagged);
        return left.Where(l => l.Source.Texts[0].IsAttack && l.Pairs.Length > 10)
            .Select(l => l.Pairs.Count(p => Sum(p, askFrom, share) >= threshold) / (double)l.Pairs.Length).DefaultIfEmpty(0).Average();
    }
}
