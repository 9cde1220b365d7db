namespace EnvoyExtAuthz.Identity;

/// <summary>Verifies a bearer token; the identity comes from its claims. Synchronous: keys are fetched beforehand.</summary>
public interface ITokenVerifier
{
    /// <summary>Verifies a token.</summary>
    /// <param name="authorization">The Authorization header's value.</param>
    /// <param name="claims">Verified text claims; null if the header holds no token of a known issuer.</param>
    /// <returns>What is wrong with a token of a known issuer; <see cref="IdentityFault.None"/> otherwise.</returns>
    IdentityFault Verify(ReadOnlySpan<byte> authorization, out TokenClaims? claims);
}

/// <summary>Claims of a verified token. The same token gives the same instance while it is valid.</summary>
/// <param name="Issuer">Its issuer.</param>
/// <param name="Claims">Text claims.</param>
public sealed record TokenClaims(string Issuer, IReadOnlyDictionary<string, string> Claims);
