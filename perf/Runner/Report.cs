namespace EnvoyExtAuthz.Perf;

/// <summary>Collects rounds and prints medians of ratios paired by round: on a shared machine only those mean anything.</summary>
/// <param name="targets">What was measured.</param>
internal sealed class Report(IReadOnlyList<Target> targets)
{
    private readonly Dictionary<(string Load, string Target), List<LoadResult>> _results = [];

    /// <summary>Requests that failed in all; a run with any has measured something else.</summary>
    public long Failed { get; private set; }

    /// <summary>Adds a target's round.</summary>
    public void Add(string load, Target target, LoadResult result)
    {
        if (!_results.TryGetValue((load, target.Name), out List<LoadResult>? rounds))
            _results[(load, target.Name)] = rounds = [];
        rounds.Add(result);
        Failed += result.Failed;
        if (result.Failed > 0)
            Console.WriteLine($"{load}, {target.Name}: {result.Failed} requests failed");
    }

    /// <summary>Prints a load's table.</summary>
    public void Print(string load)
    {
        Console.WriteLine($"\n{load} (medians of {_results[(load, Targets.Bare)].Count} rounds; added = latency minus bare's in the same round)");
        Console.WriteLine($"  {"",-12}{"p50 ms",10}{"p99 ms",10}{"req/s",10}{"p50/bare",10}{"p99/bare",10}{"added/noop p50",16}{"p99",8}");
        foreach (Target target in targets)
        {
            List<LoadResult> rounds = _results[(load, target.Name)], bare = _results[(load, Targets.Bare)];
            (double added50, double added99) = AddedVersusNoop(load, target.Name);
            Console.WriteLine($"  {target.Name,-12}{Median(rounds, r => r.P50),10:F3}{Median(rounds, r => r.P99),10:F3}{Median(rounds, r => r.PerSecond),10:F0}"
                + $"{Paired(rounds, bare, r => r.P50),10:F2}{Paired(rounds, bare, r => r.P99),10:F2}{added50,16:F2}{added99,8:F2}");
        }
    }

    /// <summary>What a target adds to bare Envoy, as a ratio of what noop adds in the same round.</summary>
    public (double P50, double P99) AddedVersusNoop(string load, string target)
    {
        List<LoadResult> own = _results[(load, target)], bare = _results[(load, Targets.Bare)], noop = _results[(load, Targets.Noop)];
        double Ratio(Func<LoadResult, double> value) => Statistics.Median(Enumerable.Range(0, own.Count)
            .Where(i => value(noop[i]) > value(bare[i]))
            .Select(i => (value(own[i]) - value(bare[i])) / (value(noop[i]) - value(bare[i]))));
        return (Ratio(r => r.P50), Ratio(r => r.P99));
    }

    private static double Median(List<LoadResult> rounds, Func<LoadResult, double> value) => Statistics.Median(rounds.Select(value));

    private static double Paired(List<LoadResult> rounds, List<LoadResult> to, Func<LoadResult, double> value) =>
        Statistics.Median(rounds.Select((r, i) => value(r) / value(to[i])));
}
