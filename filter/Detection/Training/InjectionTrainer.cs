using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>Trains the injection model: reads the data, learns, mines, chooses the threshold on held-back text, writes model and card.</summary>
public static class InjectionTrainer
{
    private const float FirstRate = 0.08f;
    private const float AttackTarget = 0.97f;
    private const int Rounds = 12;
    private const int MinedFrom = 12_000;
    private const int MinedKept = 500;

    /// <summary>Trains a model. One thread, minutes; the same options and data give the same bytes.</summary>
    /// <param name="options">What to learn from and where to write.</param>
    /// <param name="progress">Told about every hundredth of the way; may be null.</param>
    /// <param name="cancel">Stops it; nothing is written then.</param>
    /// <exception cref="DirectoryNotFoundException">The data folder holds none of the folders that are learnt from.</exception>
    /// <exception cref="InvalidDataException">A row is malformed, or a class is missing altogether.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TrainingResult Train(TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        TrainingCorpus corpus = TrainingCorpus.Read(options);
        if (corpus.Attacks.Count == 0 || corpus.Benign.Count == 0)
            throw new InvalidDataException("Training needs attacks and ordinary text; one of them has no rows.");
        NgramNetwork network = Learn(corpus, options, progress, cancel);
        return TrainingReport.Finish(network, corpus, options);
    }

    private static NgramNetwork Learn(TrainingCorpus corpus, TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var random = new Random(options.Seed);
        var network = new NgramNetwork(random);
        var learner = new NgramLearner(network, random);
        var mix = new TrainingMix(corpus, HardTexts.Shipped(), random);
        int round = Math.Max(1, options.Steps / Rounds), report = Math.Max(1, options.Steps / 100);
        float loss = 0;
        for (int step = 0; step < options.Steps; step++)
        {
            if (step % 256 == 0)
                cancel.ThrowIfCancellationRequested();
            if (step > 0 && step % round == 0)
                mix.Mined = Mine(network, corpus, random);
            Lesson lesson = mix.Next();
            float rate = FirstRate * (0.02f + (0.98f * (1 - (step / (float)options.Steps))));
            loss += learner.Learn(lesson.Features, lesson.Origin, lesson.IsAttack ? AttackTarget : 0, 1, rate);
            if ((step + 1) % report == 0)
            {
                progress?.Report(new TrainingProgress(step + 1, options.Steps, loss / report));
                loss = 0;
            }
        }
        return network;
    }

    private static List<TrainingText> Mine(NgramNetwork network, TrainingCorpus corpus, Random random)
    {
        var draw = new SourceDraw(corpus.Benign);
        var scored = new List<(float Logit, TrainingText Text)>(MinedFrom);
        var seen = new HashSet<TrainingText>();
        for (int i = 0; i < MinedFrom; i++)
        {
            TrainingText text = draw.Next(random);
            if (seen.Add(text))
                scored.Add((network.Text(text.Features, TextOrigin.Speaker), text));
        }
        return [.. scored.OrderByDescending(s => s.Logit).Take(MinedKept).Select(s => s.Text)];
    }
}
