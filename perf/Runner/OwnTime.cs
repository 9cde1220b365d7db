using System.Globalization;
using System.Text.RegularExpressions;

namespace EnvoyExtAuthz.Perf;

/// <summary>The filter's own time a phase, read from its metrics (<c>extauthz_phase_seconds</c>).</summary>
internal static partial class OwnTime
{
    /// <summary>Quantiles of each phase, interpolated in their buckets, microseconds.</summary>
    /// <param name="metrics">The metrics page.</param>
    public static IEnumerable<(string Phase, long Count, double P50, double P99, double P999)> Read(string metrics)
    {
        foreach (IGrouping<string, Match> phase in Bucket().Matches(metrics).GroupBy(m => m.Groups["phase"].Value))
        {
            (double Bound, double Count)[] buckets = [.. phase.Select(m => (Parse(m.Groups["le"].Value), Parse(m.Groups["n"].Value))).OrderBy(b => b.Item1)];
            double all = buckets[^1].Count;
            if (all > 0)
                yield return (phase.Key, (long)all, Quantile(buckets, 0.5 * all), Quantile(buckets, 0.99 * all), Quantile(buckets, 0.999 * all));
        }
    }

    private static double Quantile((double Bound, double Count)[] buckets, double rank)
    {
        double lowerBound = 0, lowerCount = 0;
        foreach ((double bound, double count) in buckets)
        {
            if (count >= rank)
            {
                double width = double.IsInfinity(bound) ? 0 : bound - lowerBound;
                return 1e6 * (lowerBound + width * (rank - lowerCount) / Math.Max(1, count - lowerCount));
            }
            (lowerBound, lowerCount) = (bound, count);
        }
        return 1e6 * lowerBound;
    }

    private static double Parse(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^extauthz_phase_seconds_bucket\{phase="(?<phase>[^"]+)",le="(?<le>[^"]+)"\} (?<n>\S+)""", RegexOptions.Multiline)]
    private static partial Regex Bucket();
}
