using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Yaml;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>A policy as written, checked by itself but not yet compiled.</summary>
internal sealed record PolicyModel(
    string Name,
    IdentityOptions Identity,
    IReadOnlyList<CallerSet> Callers,
    IReadOnlyList<RouteModel> Routes,
    IReadOnlyList<RuleModel> Rules,
    IReadOnlyList<DetectorSetting> DefaultDetectors,
    IReadOnlyList<(UninspectableCase Case, CaseAction Action)> DefaultCases);

/// <summary>A named set of callers. A caller is in it if any of its parts matches.</summary>
internal sealed record CallerSet(string Name, YamlNode Node)
{
    /// <summary>Exact SPIFFE IDs.</summary>
    public List<string> Ids { get; } = [];

    /// <summary>Patterns of SPIFFE IDs.</summary>
    public List<Glob> IdPatterns { get; } = [];

    /// <summary>Namespace and service account, both globs.</summary>
    public (Glob Namespace, Glob ServiceAccount)? Account { get; set; }

    /// <summary>Issuer and claims of a verified token; all must match.</summary>
    public (string Issuer, IReadOnlyList<(string Claim, Glob Value)> Claims)? Token { get; set; }

    /// <summary>Callers without an identity.</summary>
    public bool Unauthenticated { get; set; }
}

/// <summary>A route as written.</summary>
internal sealed record RouteModel(string Name, Dialect? Dialect, YamlNode Node)
{
    public IReadOnlyList<Glob> Hosts { get; init; } = [];

    public IReadOnlyList<PathGlob> Paths { get; init; } = [];

    public IReadOnlyList<int> Ports { get; init; } = [];

    public IReadOnlyList<Glob> Workloads { get; init; } = [];

    public IReadOnlyList<Glob> EnvoyRoutes { get; init; } = [];
}

/// <summary>Names allowed and denied.</summary>
internal sealed record NameRules(IReadOnlyList<string> Allow, IReadOnlyList<string> Deny);

/// <summary>What a rule says of one kind or family of findings.</summary>
/// <param name="Family">Set if it is for a family.</param>
/// <param name="Kind">Set if it is for one kind.</param>
/// <param name="Action">What to do.</param>
/// <param name="Threshold">Lowest score; null for the kind's default.</param>
/// <param name="Roles">Roles it is for; null for the family's default.</param>
/// <param name="Directions">Directions it is for; null for both.</param>
internal sealed record DetectorSetting(DetectorFamily? Family, FindingKind? Kind, FindingAction Action, float? Threshold, IReadOnlySet<TextRole>? Roles, IReadOnlySet<Direction>? Directions);

/// <summary>A rule as written.</summary>
internal sealed record RuleModel(string Name, YamlNode Node)
{
    public IReadOnlyList<int> Callers { get; init; } = [];

    /// <summary>Indices of routes; null for all.</summary>
    public IReadOnlyList<int>? Routes { get; init; }

    public NameRules? Models { get; init; }

    public NameRules? Tools { get; init; }

    public DeclaredToolAction? OnDeclared { get; init; }

    public IReadOnlyList<DetectorSetting> Detectors { get; init; } = [];

    public IReadOnlyList<(UninspectableCase Case, CaseAction Action)> Cases { get; init; } = [];
}
