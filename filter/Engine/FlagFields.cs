using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine;

/// <summary>The header field that tells the other side what was flagged.</summary>
internal static class FlagFields
{
    public const string Name = "x-extauthz-flagged";

    /// <summary>The field for a decision's flagged findings: kinds joined by commas; null if nothing was flagged.</summary>
    public static IReadOnlyList<(string, string)>? Of(Decision decision)
    {
        List<string>? kinds = null;
        foreach (RecordedFinding finding in decision.Findings)
        {
            string kind = FindingKinds.All[finding.Kind].Name;
            if (finding.Action == FindingAction.Flag && kinds?.Contains(kind) != true)
                (kinds ??= []).Add(kind);
        }
        return kinds is null ? null : [(Name, string.Join(",", kinds))];
    }

    /// <summary>The same with the fields that an edited body needs to have changed.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="edited">The message; its fields count where it was edited.</param>
    public static IReadOnlyList<(string, string)>? Of(Decision decision, Message edited)
    {
        IReadOnlyList<(string, string)>? flags = Of(decision);
        return edited.FieldsToSet.Count == 0 ? flags : [.. edited.FieldsToSet, .. flags ?? []];
    }
}
