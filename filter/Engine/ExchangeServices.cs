using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine;

/// <summary>Establishes who calls; one a policy snapshot. Thread-safe, synchronous, no I/O.</summary>
public interface IIdentitySource
{
    /// <summary>Says who calls.</summary>
    IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented);
}

/// <summary>A policy and what is made from it, swapped as one.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Identity">Establishes identities as the policy says.</param>
public sealed record PolicyInForce(PolicySnapshot Policy, IIdentitySource Identity);

/// <summary>Gives the policy in force.</summary>
public interface IPolicySource
{
    /// <summary>The one for exchanges that begin now.</summary>
    PolicyInForce Current { get; }
}

/// <summary>Everything an exchange works with. One a process.</summary>
/// <param name="Policies">The policy in force.</param>
/// <param name="Dialects">Protocols, for routes that leave the choice to the path.</param>
/// <param name="Scanner">Detectors.</param>
/// <param name="Limits">Bounds.</param>
/// <param name="Log">Takes decisions down.</param>
/// <param name="Metrics">Counts.</param>
/// <param name="Time">The clock.</param>
/// <param name="Workload">The workload behind the filter, from configuration; null if unknown.</param>
public sealed record ExchangeServices(
    IPolicySource Policies,
    IDialectChoice Dialects,
    Scanner Scanner,
    ExchangeLimits Limits,
    IDecisionLog Log,
    EngineMetrics Metrics,
    TimeProvider Time,
    string? Workload)
{
    /// <summary>Bytes held by all exchanges.</summary>
    public MemoryBudget Memory { get; } = new(Limits.TotalBodyBytes);
}

/// <summary>Chooses a protocol by what a request looks like.</summary>
public interface IDialectChoice
{
    /// <summary>The protocol of a request, or null if none claims it.</summary>
    Dialect? Recognise(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path);
}
