using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>Keeps a policy and the resolver made from it together: both change in one swap.</summary>
internal sealed class PolicyInForceSource : IPolicySource
{
    private PolicyInForce _current;

    /// <summary>Begins with a policy.</summary>
    public PolicyInForceSource(PolicySnapshot first) => _current = Make(first);

    /// <inheritdoc/>
    public PolicyInForce Current => Volatile.Read(ref _current);

    /// <summary>Puts another policy in force for exchanges that begin from now on.</summary>
    public void Replace(PolicySnapshot policy) => Volatile.Write(ref _current, Make(policy));

    private static PolicyInForce Make(PolicySnapshot policy) => new(policy, new ResolverAdapter(new IdentityResolver(policy.Identity, null)));

    private sealed class ResolverAdapter(IdentityResolver resolver) : IIdentitySource
    {
        public IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented) => resolver.Resolve(facts, presented);
    }
}
