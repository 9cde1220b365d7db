namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>Finds what was probably meant.</summary>
public static class NearestWord
{
    private const int Longest = 64;

    /// <summary>Most words that are compared: a suggestion is a courtesy, not worth more than that.</summary>
    private const int MostCompared = 1_000;

    /// <summary>Words of other policy languages for ours.</summary>
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["block"] = "refuse",
        ["deny"] = "refuse",
        ["reject"] = "refuse",
        ["mask"] = "redact",
        ["off"] = "ignore",
        ["none"] = "ignore",
        ["allow"] = "ignore",
        ["log"] = "shadow",
        ["monitor"] = "shadow",
        ["audit"] = "shadow",
        ["warn"] = "flag",
        ["strip"] = "remove",
        ["personal-data"] = "pii",
        ["prompt-injection"] = "injection",
        ["jailbreak"] = "injection",
        ["inbound"] = "request",
        ["outbound"] = "response",
        ["principals"] = "callers",
        ["subjects"] = "callers",
        ["domains"] = "hosts",
        ["sa"] = "serviceAccount",
        ["ns"] = "namespace",
        ["openai"] = "openai-chat",
    };

    /// <summary>The known word nearest to one that is not known, or null if none is near.</summary>
    /// <param name="word">As written.</param>
    /// <param name="known">What could have been meant.</param>
    public static string? Of(string word, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Max(2, word.Length / 3) + 1;
        bool hasSynonym = Synonyms.TryGetValue(word, out string? synonym);
        foreach (string candidate in known.Take(MostCompared))
        {
            if (hasSynonym && candidate == synonym)
                return candidate;
            int distance = Distance(word, candidate, least);
            // A word of which nothing is left is no suggestion.
            if (distance < least && distance < Math.Max(word.Length, candidate.Length))
            {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    /// <summary>Optimal string alignment distance without regard to ASCII case: a swap of neighbours counts one.</summary>
    private static int Distance(string a, string b, int bound)
    {
        if (Math.Abs(a.Length - b.Length) >= bound || a.Length > Longest || b.Length > Longest)
            return bound;
        int width = b.Length + 1;
        Span<int> rows = stackalloc int[3 * (Longest + 1)];
        for (int j = 0; j < width; j++)
            rows[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            Span<int> before = rows.Slice((i + 1) % 3 * width, width);
            Span<int> last = rows.Slice((i - 1) % 3 * width, width);
            Span<int> row = rows.Slice(i % 3 * width, width);
            row[0] = i;
            for (int j = 1; j < width; j++)
            {
                int substituted = last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(substituted, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
        }
        return rows[(a.Length % 3 * width) + b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
