using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Identity.Tokens;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>Keeps a policy and the resolver made from it together: both change in one swap.</summary>
internal sealed class PolicyInForceSource : IPolicySource
{
    private readonly JwksStore _keys;
    private PolicyInForce _current;

    /// <summary>Begins with a policy.</summary>
    /// <param name="first">The policy.</param>
    /// <param name="keys">Keeps token issuers' keys, across policies; the caller's to dispose of.</param>
    public PolicyInForceSource(PolicySnapshot first, JwksStore keys)
    {
        _keys = keys;
        _current = Make(first);
    }

    /// <inheritdoc/>
    public PolicyInForce Current => Volatile.Read(ref _current);

    /// <summary>Puts another policy in force for exchanges that begin from now on.</summary>
    public void Replace(PolicySnapshot policy)
    {
        Volatile.Write(ref _current, Make(policy));
        _keys.KeepOnly(policy.Identity.JwtIssuers);
    }

    private PolicyInForce Make(PolicySnapshot policy) =>
        new(policy, new ResolverAdapter(new IdentityResolver(policy.Identity, _keys.VerifierFor(policy.Identity.JwtIssuers))));

    private sealed class ResolverAdapter(IdentityResolver resolver) : IIdentitySource
    {
        public IdentityResult Resolve(in PeerFacts facts, in PresentedCredentials presented) => resolver.Resolve(facts, presented);
    }
}
