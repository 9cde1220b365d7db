using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>What is done where a policy says nothing of a detector, in both directions.</summary>
internal static class DetectorDefaults
{
    /// <summary>
    /// Injections are refused and secrets replaced by their masks. Personal data is flagged: it is the ordinary stuff of many
    /// services, so whoever wants it out says so.
    /// </summary>
    public static FindingAction Action(FindingKind kind, TextRole role)
    {
        if (!AppliesTo(kind.Family, role))
            return FindingAction.Ignore;
        return kind.Family switch
        {
            DetectorFamily.Injection => FindingAction.Refuse,
            DetectorFamily.Secret => FindingAction.Redact,
            _ => FindingAction.Flag,
        };
    }

    /// <summary>The roles a family is looked for in unless a setting names roles.</summary>
    public static bool AppliesTo(DetectorFamily family, TextRole role) => family switch
    {
        // Operators command their models in system and developer turns; a model's own words are judged by what they do.
        DetectorFamily.Injection => role is TextRole.Unknown or TextRole.User or TextRole.ToolResult or TextRole.ToolDescription
            or TextRole.Document or TextRole.Schema or TextRole.FileName,
        // A key is a key wherever it stands, in an id or a model's name too.
        DetectorFamily.Secret => true,
        _ => role is not TextRole.Metadata,
    };

    /// <summary>Lowest score that is a finding.</summary>
    public static float Threshold(FindingKind kind) => kind.Family == DetectorFamily.Injection ? Classification.ShippedThreshold : 0;
}
