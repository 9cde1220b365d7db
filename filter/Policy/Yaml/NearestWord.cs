namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>Finds what was probably meant.</summary>
public static class NearestWord
{
    /// <summary>The known word nearest to one that is not known, or null if none is near.</summary>
    /// <param name="word">As written.</param>
    /// <param name="known">What could have been meant.</param>
    public static string? Of(string word, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Max(2, word.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = Distance(word, candidate, least);
            if (distance < least)
            {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    /// <summary>Levenshtein distance without regard to ASCII case, cut off at a bound.</summary>
    private static int Distance(string a, string b, int bound)
    {
        if (Math.Abs(a.Length - b.Length) >= bound || a.Length > 64 || b.Length > 64)
            return bound;
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
