using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection;

/// <summary>Every kind of finding this build knows.</summary>
public static partial class FindingKinds
{
    private static readonly List<FindingKind> Registered = [];

    /// <summary>An instruction that tries to turn a model against its operator, in any role.</summary>
    public static FindingKind Injection { get; } = Add("injection", DetectorFamily.Injection, "[REMOVED:injection]", "LLM01:2025");

    /// <summary>All kinds; a kind's <see cref="FindingKind.Id"/> is its index.</summary>
    public static ImmutableArray<FindingKind> List { get; } = [.. Registered];

    /// <summary>All kinds; a kind's <see cref="FindingKind.Id"/> is its index.</summary>
    public static IReadOnlyList<FindingKind> All => List;

    /// <summary>A kind by its stable name, or null.</summary>
    public static FindingKind? ByName(string name)
    {
        foreach (FindingKind kind in List)
        {
            if (kind.Name == name)
                return kind;
        }
        return null;
    }

    private static FindingKind Add(string name, DetectorFamily family, string mask, string owasp)
    {
        var kind = new FindingKind(Registered.Count, name, family, mask, owasp);
        Registered.Add(kind);
        return kind;
    }
}
