using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy;

/// <summary>What to do with a tool that a caller may not use, where it is offered.</summary>
public enum DeclaredToolAction : byte
{
    /// <summary>Take it out of the message and let the rest through.</summary>
    Remove,

    /// <summary>Refuse the message.</summary>
    Refuse,
}

/// <summary>A decision on a tool's name.</summary>
/// <param name="Allowed">Whether the caller may use it.</param>
/// <param name="Rule">Name of the rule that decided; the policy's name for the default.</param>
public readonly record struct ToolVerdict(bool Allowed, string Rule);

/// <summary>A decision on a finding.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Rule">Name of the rule that decided.</param>
public readonly record struct FindingVerdict(FindingAction Action, string Rule);

/// <summary>
/// Everything a policy says about one caller on one route, compiled: immutable, shared by all their exchanges, answering
/// without allocation.
/// </summary>
public abstract class Ruleset
{
    /// <summary>Whether some rule admits the caller on the route at all. If not, everything is refused.</summary>
    public abstract bool Admitted { get; }

    /// <summary>Name of the first rule that admits the caller, or of the policy's default.</summary>
    public abstract string Rule { get; }

    /// <summary>What to do with a declared tool that is not allowed.</summary>
    public abstract DeclaredToolAction OnDeclaredTool { get; }

    /// <summary>Whether anything of the response has to be seen.</summary>
    public abstract bool NeedsResponse { get; }

    /// <summary>Whether the caller may use a tool. Names are compared byte by byte; deny wins; no match is no.</summary>
    /// <param name="name">As the other side reads it.</param>
    public abstract ToolVerdict JudgeTool(ReadOnlySpan<byte> name);

    /// <summary>Whether the caller may use a model.</summary>
    public abstract ToolVerdict JudgeModel(ReadOnlySpan<byte> model);

    /// <summary>What to look for in texts of a role going one way.</summary>
    public abstract ScanPlan Plan(Direction direction, TextRole role);

    /// <summary>What to do about a finding.</summary>
    public abstract FindingVerdict JudgeFinding(in Finding finding, Direction direction, TextRole role);

    /// <summary>What to do about a case that keeps something from being inspected.</summary>
    public abstract CaseAction On(UninspectableCase what);
}

/// <summary>A route of the policy: what kind of service is behind some requests.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dialect">The protocol spoken there; null leaves it to the path.</param>
/// <param name="Index">Position in the policy.</param>
public sealed record Route(string Name, Dialect? Dialect, int Index);

/// <summary>What is known of where a request goes.</summary>
/// <param name="Authority">Host, with port if it came with one.</param>
/// <param name="Path">Normalised, without query.</param>
/// <param name="Method">As sent.</param>
/// <param name="EnvoyRoute"><c>xds.route_name</c>, if Envoy said it.</param>
/// <param name="Port"><c>destination.port</c>; 0 if unknown.</param>
/// <param name="Workload">The filter's own workload, from its configuration.</param>
public readonly record struct RouteFacts(
    ReadOnlyMemory<byte> Authority,
    ReadOnlyMemory<byte> Path,
    ReadOnlyMemory<byte> Method,
    string? EnvoyRoute,
    int Port,
    string? Workload);
