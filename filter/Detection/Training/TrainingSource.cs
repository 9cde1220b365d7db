namespace EnvoyExtAuthz.Detection.Training;

/// <summary>Texts of one file and label. Drawn by the square root of their number, so that generated sets don't drown written ones.</summary>
/// <param name="name">The file's path below the data folder without its ending, such as <c>injection/attacks/rope</c>.</param>
/// <param name="texts">The texts; at least one.</param>
/// <param name="cap">A source counts as no larger than this.</param>
internal sealed class TrainingSource(string name, IReadOnlyList<TrainingText> texts, int cap)
{
    /// <summary>Where the texts are from.</summary>
    public string Name => name;

    /// <summary>The texts.</summary>
    public IReadOnlyList<TrainingText> Texts => texts;

    /// <summary>How often it is drawn, relative to others.</summary>
    public double Weight { get; } = Math.Sqrt(Math.Min(texts.Count, cap));
}

/// <summary>Draws sources by weight and texts within them evenly.</summary>
internal sealed class SourceDraw
{
    private readonly TrainingSource[] _sources;
    private readonly double[] _upTo;

    /// <summary>Prepares drawing.</summary>
    public SourceDraw(IEnumerable<TrainingSource> sources)
    {
        _sources = [.. sources];
        _upTo = new double[_sources.Length];
        double sum = 0;
        for (int i = 0; i < _sources.Length; i++)
            _upTo[i] = sum += _sources[i].Weight;
    }

    /// <summary>Nothing to draw.</summary>
    public bool IsEmpty => _sources.Length == 0;

    /// <summary>Draws a text.</summary>
    public TrainingText Next(Random random)
    {
        int index = Array.BinarySearch(_upTo, random.NextDouble() * _upTo[^1]);
        IReadOnlyList<TrainingText> texts = _sources[Math.Min(index < 0 ? ~index : index, _sources.Length - 1)].Texts;
        return texts[random.Next(texts.Count)];
    }
}
