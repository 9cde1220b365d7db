using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Policy.Yaml;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>A policy as written, checked but not yet compiled.</summary>
internal sealed record PolicyModel(
    string Name,
    IdentityOptions Identity,
    IReadOnlyList<CallerSet> Callers,
    IReadOnlyList<RouteModel> Routes,
    IReadOnlyList<RuleModel> Rules,
    InspectionModel Defaults)
{
    /// <summary>Allowed names that look like others, and so are refused, each with the name it looks like.</summary>
    public IReadOnlyDictionary<Listed, string> LookAlikes { get; } = Language.LookAlikes.Among([.. Rules.Select(r => r.Tools).OfType<NameLists>()])
        .Concat(Language.LookAlikes.Among([.. Rules.Select(r => r.Models).OfType<NameLists>()])).ToDictionary();
}

/// <summary>A named set of callers: exactly one of its ways to say who is used.</summary>
internal sealed record CallerSet(string Name, YamlNode Node)
{
    /// <summary>Exact SPIFFE IDs.</summary>
    public IReadOnlyList<Listed> Ids { get; init; } = [];

    /// <summary>Patterns of SPIFFE IDs, the trust domain written out.</summary>
    public IReadOnlyList<Glob> IdPatterns { get; init; } = [];

    /// <summary>Istio's namespace and service account.</summary>
    public AccountMatch? Account { get; init; }

    /// <summary>A verified token.</summary>
    public TokenMatch? Token { get; init; }

    /// <summary>Callers without an identity.</summary>
    public bool Unauthenticated { get; init; }
}

/// <summary>Namespace and service account, both patterns.</summary>
/// <param name="Namespace">Of the namespace.</param>
/// <param name="ServiceAccount">Of the service account.</param>
/// <param name="TrustDomain">Of the trust domain; null: every domain that is not a federated one.</param>
internal sealed record AccountMatch(Glob Namespace, Glob ServiceAccount, Glob? TrustDomain);

/// <summary>A token's issuer and claims; all must match.</summary>
internal sealed record TokenMatch(string Issuer, IReadOnlyList<ClaimMatch> Claims);

/// <summary>A claim and the pattern of its value.</summary>
internal sealed record ClaimMatch(string Claim, Glob Value);

/// <summary>A route as written. An empty list matches everything.</summary>
internal sealed record RouteModel(string Name, Dialect? Dialect, YamlNode Node)
{
    public IReadOnlyList<Glob> Hosts { get; init; } = [];

    public IReadOnlyList<PathGlob> Paths { get; init; } = [];

    public IReadOnlyList<string> Methods { get; init; } = [];

    public IReadOnlyList<int> Ports { get; init; } = [];

    public IReadOnlyList<Glob> Workloads { get; init; } = [];

    public IReadOnlyList<Glob> EnvoyRoutes { get; init; } = [];
}

/// <summary>A name or pattern in a list, with its place.</summary>
internal readonly record struct Listed(Glob Pattern, YamlNode Node);

/// <summary>Names allowed and denied.</summary>
internal sealed record NameLists(IReadOnlyList<Listed> Allow, IReadOnlyList<Listed> Deny);

/// <summary>What is said of one kind or family of findings.</summary>
/// <param name="Family">The family it is for, or that of its kind.</param>
/// <param name="Kind">The one kind it is for; null for the family.</param>
/// <param name="Action">What to do.</param>
/// <param name="Threshold">Lowest score; null for the kind's default.</param>
/// <param name="Roles">Roles it is for; null for the family's own.</param>
/// <param name="Directions">Directions it is for; null for both.</param>
internal sealed record DetectorSetting(DetectorFamily Family, FindingKind? Kind, FindingAction Action, float? Threshold, IReadOnlySet<TextRole>? Roles, IReadOnlySet<Direction>? Directions);

/// <summary>What is said of one case.</summary>
internal readonly record struct CaseSetting(UninspectableCase Case, CaseAction Action, YamlNode Node);

/// <summary>What a rule or the defaults say of detectors and of what cannot be inspected.</summary>
/// <param name="Detectors">In the file's order.</param>
/// <param name="Cases">In the file's order.</param>
/// <param name="DetectorsNode">Where the detectors stand; null if nothing is said of them.</param>
internal sealed record InspectionModel(IReadOnlyList<DetectorSetting> Detectors, IReadOnlyList<CaseSetting> Cases, YamlNode? DetectorsNode)
{
    /// <summary>Nothing is said.</summary>
    public static InspectionModel Silent { get; } = new([], [], null);
}

/// <summary>A rule as written.</summary>
internal sealed record RuleModel(string Name, YamlNode Node)
{
    /// <summary>Indices of caller sets.</summary>
    public IReadOnlyList<int> Callers { get; init; } = [];

    /// <summary>Indices of routes; null for all.</summary>
    public IReadOnlyList<int>? Routes { get; init; }

    /// <summary>Null: the rule says nothing of models.</summary>
    public NameLists? Models { get; init; }

    /// <summary>Null: the rule grants no tools.</summary>
    public NameLists? Tools { get; init; }

    /// <summary>Null: the rule says nothing of it.</summary>
    public DeclaredToolAction? OnDeclared { get; init; }

    /// <summary>Detectors and uninspectable cases.</summary>
    public InspectionModel Inspection { get; init; } = InspectionModel.Silent;
}
