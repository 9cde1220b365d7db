using EnvoyExtAuthz.Identity;

namespace EnvoyExtAuthz.Policy;

/// <summary>One policy, checked and compiled. Immutable; an exchange keeps the one it began with to its end.</summary>
public abstract class PolicySnapshot
{
    /// <summary>The policy's own name.</summary>
    public abstract string Name { get; }

    /// <summary>SHA-256 of the policy's text, lower-case hexadecimal.</summary>
    public abstract string Hash { get; }

    /// <summary>Whom it trusts for names.</summary>
    public abstract IdentityOptions Identity { get; }

    /// <summary>The first route that matches, or null: then the request is for nothing the policy knows.</summary>
    public abstract Route? FindRoute(in RouteFacts facts);

    /// <summary>What the policy says of a caller on a route; compiled once, then shared.</summary>
    public abstract Ruleset For(Caller caller, Route route);
}
