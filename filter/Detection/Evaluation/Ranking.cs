namespace EnvoyExtAuthz.Detection.Evaluation;

/// <summary>What scores say about how well two classes are told apart.</summary>
public static class Ranking
{
    /// <summary>The lowest threshold that at most a share of ordinary scores reaches.</summary>
    /// <param name="ordinary">Scores of ordinary texts, any order.</param>
    /// <param name="share">Share allowed, 0 to 1.</param>
    /// <returns>A threshold just over the highest score that must stay under it; negative infinity without scores.</returns>
    public static float Threshold(IReadOnlyCollection<float> ordinary, double share)
    {
        if (ordinary.Count == 0)
            return float.NegativeInfinity;
        float[] falling = [.. ordinary.OrderDescending()];
        int allowed = Math.Min((int)(falling.Length * share), falling.Length - 1);
        return MathF.BitIncrement(falling[allowed]);
    }

    /// <summary>Share of scores at or over a threshold; NaN without scores.</summary>
    public static double Share(IReadOnlyCollection<float> scores, float threshold) =>
        scores.Count == 0 ? double.NaN : scores.Count(score => score >= threshold) / (double)scores.Count;

    /// <summary>
    /// The chance that an attack scores over an ordinary text, ties counted half: the area under the ROC curve (Mann and
    /// Whitney's U over the number of pairs).
    /// </summary>
    /// <returns>0 to 1; NaN where a class has no scores.</returns>
    public static double Auc(IReadOnlyCollection<float> attacks, IReadOnlyCollection<float> ordinary)
    {
        if (attacks.Count == 0 || ordinary.Count == 0)
            return double.NaN;
        float[] rising = [.. ordinary.Order()];
        double wins = 0;
        foreach (float attack in attacks)
        {
            int under = FirstNotUnder(rising, attack), upTo = FirstNotUnder(rising, MathF.BitIncrement(attack));
            wins += under + ((upTo - under) / 2.0);
        }
        return wins / ((double)attacks.Count * rising.Length);
    }

    private static int FirstNotUnder(float[] rising, float value)
    {
        int low = 0, high = rising.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (rising[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
