using System.Text;
using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>What the language asks of names and patterns.</summary>
internal static class NamePatterns
{
    /// <summary>Longest name of a rule, route, caller set or policy.</summary>
    private const int LongestOwnName = 128;

    /// <summary>
    /// Whether a text can name a rule, route, caller set or policy: such names stand in headers, metrics and audit lines, so
    /// they are letters, digits, dots, dashes, underscores, and begin with a letter or digit.
    /// </summary>
    public static bool IsOwnName(string text)
    {
        if (text.Length is 0 or > LongestOwnName || !char.IsAsciiLetterOrDigit(text[0]))
            return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))
                return false;
        }
        return true;
    }

    /// <summary>Reads a list of patterns; what is no pattern is reported and left out.</summary>
    public static List<Glob> Globs(YamlFields fields, string key, bool lowerCase = false)
    {
        var globs = new List<Glob>();
        foreach (YamlNode node in fields.SomeTexts(key) ?? [])
        {
            if (Glob(fields, node, lowerCase) is { } glob)
                globs.Add(glob);
        }
        return globs;
    }

    /// <summary>Reads one pattern, or reports why it is none.</summary>
    public static Glob? Glob(YamlFields fields, YamlNode node, bool lowerCase = false)
    {
        if (Matching.Glob.IsValid(node.Text))
            return new Glob(lowerCase ? node.Text.ToLowerInvariant() : node.Text);
        fields.Error(node, "pattern", $"A pattern has at most {Matching.Glob.MaxLength} bytes and {Matching.Glob.MaxStars} stars.");
        return null;
    }

    /// <summary>
    /// Reads the names a rule allows or denies. An allow pattern with a star matches printable ASCII only, so one that holds
    /// anything else could match nothing; it is reported.
    /// </summary>
    public static List<Listed> Names(YamlFields fields, List<YamlNode>? texts, bool allow)
    {
        var names = new List<Listed>(texts?.Count ?? 0);
        foreach (YamlNode node in texts ?? [])
        {
            if (Glob(fields, node) is not { } glob)
                continue;
            if (allow && !glob.IsLiteral && !Ascii.IsValid(node.Text))
                fields.Error(node, "pattern", "A pattern that allows is ASCII only: names beyond ASCII are written out, one by one, so that no look-alike slips in.");
            else
                names.Add(new Listed(glob, node));
        }
        return names;
    }
}
