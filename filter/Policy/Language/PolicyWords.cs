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

    public static IReadOnlyDictionary<string, DetectorFamily> Families { get; } = new Dictionary<string, DetectorFamily>
    {
        ["injection"] = DetectorFamily.Injection,
        ["secrets"] = DetectorFamily.Secret,
        ["personal-data"] = DetectorFamily.PersonalData,
    };

    private static Dictionary<string, T> Words<T>(char between) where T : struct, Enum
    {
        var words = new Dictionary<string, T>();
        foreach (T value in Enum.GetValues<T>())
            words[string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? between.ToString() : "") + char.ToLowerInvariant(c) : c.ToString()))] = value;
        return words;
    }
}
