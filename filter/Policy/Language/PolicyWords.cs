using System.Text;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>The words of the language and what they mean.</summary>
internal static class PolicyWords
{
    public static IReadOnlyDictionary<string, FindingAction> Actions { get; } = Words<FindingAction>('-');

    public static IReadOnlyDictionary<string, TextRole> Roles { get; } = Words<TextRole>('_');

    public static IReadOnlyDictionary<string, Direction> Directions { get; } = Words<Direction>('-');

    public static IReadOnlyDictionary<string, UninspectableCase> Cases { get; } = Words<UninspectableCase>('-');

    public static IReadOnlyDictionary<string, CaseAction> CaseActions { get; } = Words<CaseAction>('-');

    public static IReadOnlyDictionary<string, DeclaredToolAction> DeclaredToolActions { get; } = Words<DeclaredToolAction>('-');

    public static IReadOnlyDictionary<string, DetectorFamily> Families { get; } = new Dictionary<string, DetectorFamily>(StringComparer.Ordinal)
    {
        ["injection"] = DetectorFamily.Injection,
        ["secrets"] = DetectorFamily.Secret,
        ["pii"] = DetectorFamily.PersonalData,
    };

    private static Dictionary<string, T> Words<T>(char between) where T : struct, Enum
    {
        var words = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (T value in Enum.GetValues<T>())
            words[Spell(value.ToString(), between)] = value;
        return words;
    }

    /// <summary><c>NotStrictJson</c> becomes <c>not-strict-json</c>.</summary>
    private static string Spell(string name, char between)
    {
        var spelt = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && spelt.Length > 0)
                spelt.Append(between);
            spelt.Append(char.ToLowerInvariant(c));
        }
        return spelt.ToString();
    }
}
