using EnvoyExtAuthz.Detection.Evaluation;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>Chooses the threshold on text that was not learnt from, says how the model does there, and writes it.</summary>
internal static class TrainingReport
{
    private const float Margin = 1e-3f;

    /// <summary>Settles a trained network: its logits are shifted so that the chosen threshold is <see cref="Classification.ShippedThreshold"/>.</summary>
    public static TrainingResult Finish(NgramNetwork network, TrainingCorpus corpus, TrainingOptions options)
    {
        QuantisedTable.Round(network);
        float[][] perSource = [.. corpus.Ordinary.Select(source => Logits(network, source.Texts))];
        float[] ordinary = [.. perSource.SelectMany(logits => logits)];
        // A little over what was seen, so that rounding in another order of additions flags none of the texts that must pass.
        float chosen = Ranking.Threshold(ordinary, options.FalsePositives) + Margin;
        float onePercent = Ranking.Threshold(ordinary, 0.01) + Margin;
        if (float.IsFinite(chosen))
        {
            float shift = MathF.Log(Classification.ShippedThreshold / (1 - Classification.ShippedThreshold)) - chosen;
            network.Bias += shift;
            onePercent += shift;
        }
        float threshold = MathF.Log(Classification.ShippedThreshold / (1 - Classification.ShippedThreshold));
        var sources = new List<HeldBackSource>();
        foreach (TrainingSource source in corpus.LeftOut.Concat(corpus.Ordinary).Concat(corpus.Prose))
        {
            float[] logits = Logits(network, source.Texts);
            sources.Add(new HeldBackSource(source.Name, source.Texts[0].IsAttack, logits.Length, Ranking.Share(logits, threshold), Ranking.Share(logits, onePercent)));
        }
        var result = new TrainingResult(
            options.Version,
            "",
            Classification.ShippedThreshold,
            Ranking.Share(Logits(network, corpus.Ordinary.SelectMany(s => s.Texts)), threshold),
            1 - Ranking.Share(Logits(network, corpus.UnseenPairs.Select(p => p.Harmless)), threshold),
            Ranking.Share(Logits(network, corpus.UnseenPairs.Select(p => p.Hostile)), threshold),
            sources);
        return options.Output is null ? result : Write(network, corpus, result, options);
    }

    private static TrainingResult Write(NgramNetwork network, TrainingCorpus corpus, TrainingResult result, TrainingOptions options)
    {
        Directory.CreateDirectory(options.Output!);
        byte[] model = NgramModelFile.Write(network);
        result = result with { Sha256 = ModelCard.Hash(model) };
        var card = new ModelCard(
            result.Version, result.Sha256, result.Threshold, options.Seed, options.Steps,
            result.OrdinaryFlagged, result.TriggerWordsPass, result.PairsCaught, [.. corpus.Files.Select(file => new ModelSource(file.Name, file.Rows))]);
        File.WriteAllBytes(Path.Combine(options.Output!, "model.onnx"), model);
        File.WriteAllBytes(Path.Combine(options.Output!, "card.json"), card.ToJson());
        return result;
    }

    private static float[] Logits(NgramNetwork network, IEnumerable<TrainingText> texts) =>
        [.. texts.Select(text => network.Text(text.Features, text.IsStrangers ? TextOrigin.Stranger : TextOrigin.Speaker))];
}
