using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>What is done where a policy says nothing of a detector.</summary>
internal static class DetectorDefaults
{
    /// <summary>Injection is refused, secrets are redacted, personal data is recorded only: it is the ordinary stuff of many services.</summary>
    public static FindingAction Action(FindingKind kind, Direction direction, TextRole role)
    {
        if (!AppliesTo(kind, role))
            return FindingAction.Ignore;
        return kind.Family switch
        {
            DetectorFamily.Injection => FindingAction.Refuse,
            DetectorFamily.Secret => FindingAction.Redact,
            _ => FindingAction.Shadow,
        };
    }

    /// <summary>The roles a kind is looked for in unless a setting names roles.</summary>
    public static bool AppliesTo(FindingKind kind, TextRole role) => kind.Family switch
    {
        // Operators command their models in system and developer turns; a model's own words are judged by what they do.
        DetectorFamily.Injection => role is TextRole.User or TextRole.ToolResult or TextRole.ToolDescription or TextRole.Document or TextRole.FileName or TextRole.Unknown,
        _ => role is not TextRole.Metadata,
    };

    /// <summary>Lowest score that is a finding.</summary>
    public static float Threshold(FindingKind kind) => kind.Family == DetectorFamily.Injection ? InjectionThreshold : 0;

    private static float InjectionThreshold => Classification.ShippedThreshold;
}
