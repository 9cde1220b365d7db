using EnvoyExtAuthz.Detection.Evaluation;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>
/// The data folder, sorted into what is learnt from and what is held back: whole sources of ordinary text for the threshold, an
/// eighth of the minimal pairs for the share of trigger words that pass, and whatever the options leave out.
/// </summary>
internal sealed class TrainingCorpus
{
    private const int AttackCap = 400;
    private const int BenignCap = 6000;
    private const uint HeldPairs = 8;

    /// <summary>Ordinary text that is never learnt from: each register once, so that the threshold is chosen on strangers' text.</summary>
    private static readonly HashSet<string> ThresholdSources = new(StringComparer.Ordinal)
    {
        "benign/user_webarena", "benign/user_mtbench", "benign/user_lobe_agents", "benign/user_mgsm", "benign/docs_azd_50lang", "benign/docs_simonw_til",
        "benign/agent_tau2bench", "benign/tooldesc_github_mcp", "benign/toolresult_stripe_fixtures", "injection/benign_xquad_ru", "injection/benign_xquad_es",
        "injection/benign_instruct_code",
    };

    /// <summary>Text about prompts and attacks that is never learnt from: reported apart, because a threshold that suits it would miss attacks.</summary>
    private static readonly HashSet<string> ProseSources = new(StringComparer.Ordinal) { "benign/hard_brex_guide", "benign/hard_model_spec", "benign/hard_openai_guardrails_docs" };

    /// <summary>Attacks of people who may order.</summary>
    public List<TrainingSource> Attacks { get; } = [];

    /// <summary>Bare orders that only a stranger's text makes an attack.</summary>
    public List<TrainingSource> Payloads { get; } = [];

    /// <summary>Ordinary text.</summary>
    public List<TrainingSource> Benign { get; } = [];

    /// <summary>Ordinary text of strangers, long enough to hide something in.</summary>
    public List<TrainingSource> Carriers { get; } = [];

    /// <summary>Minimal pairs: a harmless and a hostile text around the same word.</summary>
    public List<(TrainingText Harmless, TrainingText Hostile)> Pairs { get; } = [];

    /// <summary>Ordinary text held back for the threshold.</summary>
    public List<TrainingSource> Ordinary { get; } = [];

    /// <summary>Text about prompts and attacks, held back.</summary>
    public List<TrainingSource> Prose { get; } = [];

    /// <summary>Pairs held back.</summary>
    public List<(TrainingText Harmless, TrainingText Hostile)> UnseenPairs { get; } = [];

    /// <summary>What the options left out, attacks and ordinary text apart.</summary>
    public List<TrainingSource> LeftOut { get; } = [];

    /// <summary>Every file that was read, with its rows.</summary>
    public List<(string Name, int Rows)> Files { get; } = [];

    /// <summary>Reads <c>injection/</c>, <c>benign/</c> and <c>authored/</c> below a folder; nothing else there, <c>eval/</c> least of all.</summary>
    /// <exception cref="DirectoryNotFoundException">None of them is there.</exception>
    /// <exception cref="InvalidDataException">A row is malformed.</exception>
    public static TrainingCorpus Read(TrainingOptions options)
    {
        var corpus = new TrainingCorpus();
        foreach (string folder in (string[])["injection", "benign", "authored"])
        {
            string root = Path.Combine(options.Data, folder);
            if (!Directory.Exists(root))
                continue;
            string[] paths = Directory.GetFiles(root, "*.jsonl", SearchOption.AllDirectories);
            Array.Sort(paths, StringComparer.Ordinal);
            foreach (string path in paths)
                corpus.Add(Path.ChangeExtension(Path.GetRelativePath(options.Data, path), null).Replace('\\', '/'), LabelledText.ReadFile(path), options);
        }
        if (corpus.Files.Count == 0)
            throw new DirectoryNotFoundException($"{options.Data} has no injection/, benign/ or authored/ with *.jsonl files.");
        return corpus;
    }

    private void Add(string name, IReadOnlyList<LabelledText> rows, TrainingOptions options)
    {
        Files.Add((name, rows.Count));
        List<TrainingText> texts = [.. rows.Select(row => new TrainingText(row))];
        bool left = options.LeaveOutSources.Contains(name);
        List<TrainingText> unseen = left ? texts : [.. texts.Where(t => options.LeaveOutLanguages.Contains(t.Language))];
        Put(LeftOut, name, unseen.Where(t => t.IsAttack), AttackCap);
        Put(LeftOut, name, unseen.Where(t => !t.IsAttack), BenignCap);
        if (left)
            return;
        texts = [.. texts.Where(t => !options.LeaveOutLanguages.Contains(t.Language))];
        if (ThresholdSources.Contains(name) || ProseSources.Contains(name))
        {
            Put(ThresholdSources.Contains(name) ? Ordinary : Prose, name, texts.Where(t => !t.IsAttack), BenignCap);
            return;
        }
        AddPairs(texts);
        texts.RemoveAll(t => t.Pair.Length > 0);
        Put(Payloads, name, texts.Where(t => t.IsAttack && t.IsPayload), AttackCap);
        Put(Attacks, name, texts.Where(t => t.IsAttack && !t.IsPayload), AttackCap);
        Put(Benign, name, texts.Where(t => !t.IsAttack), BenignCap);
        Put(Carriers, name, texts.Where(t => t.IsCarrier), BenignCap);
    }

    private void AddPairs(List<TrainingText> texts)
    {
        foreach (IGrouping<string, TrainingText> pair in texts.Where(t => t.Pair.Length > 0).GroupBy(t => t.Pair, StringComparer.Ordinal))
        {
            TrainingText? harmless = pair.FirstOrDefault(t => !t.IsAttack), hostile = pair.FirstOrDefault(t => t.IsAttack);
            if (harmless is not null && hostile is not null)
                (Fnv(pair.Key) % HeldPairs == 0 ? UnseenPairs : Pairs).Add((harmless, hostile));
        }
    }

    private static void Put(List<TrainingSource> sources, string name, IEnumerable<TrainingText> texts, int cap)
    {
        List<TrainingText> list = [.. texts];
        if (list.Count > 0)
            sources.Add(new TrainingSource(name, list, cap));
    }

    private static uint Fnv(string text) => text.Aggregate(2166136261u, (hash, letter) => (hash ^ letter) * 16777619u) >> 7;
}
