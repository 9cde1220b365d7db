using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace EnvoyExtAuthz.Identity.Tokens;

/// <summary>An issuer's public keys as one reading of its JWKS (RFC 7517) gave them. Immutable, thread-safe.</summary>
internal sealed class JwkSet
{
    private const int MaxKeys = 256;
    private const int MinRsaBits = 2048;

    private static readonly string[] RsaAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

    // Providers are kept here, one a key and algorithm; a second cache behind them would only keep replaced keys alive.
    private static readonly CryptoProviderFactory Factory = new() { CacheSignatureProviders = false };

    private readonly Dictionary<(string Kid, string Algorithm), SignatureProvider> _verifiers = [];

    private JwkSet()
    {
    }

    /// <summary>Number of key and algorithm pairs that can verify.</summary>
    public int Count => _verifiers.Count;

    /// <summary>
    /// Reads a key set. Keys that cannot serve are passed over: symmetric ones (a secret in a public list is no secret), those
    /// for encryption, without <c>kid</c>, of RSA below 2048 bits, on other curves than P-256,
    /// P-384 and P-521, or whose numbers make no key (RFC 7517 §5).
    /// </summary>
    /// <param name="utf8">The JSON text.</param>
    /// <returns>The keys; null if the text is no key set, holds no usable key, one <c>kid</c> twice, or more than 256 keys.</returns>
    public static JwkSet? Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var document = new JsonWebKeySet(Encoding.UTF8.GetString(utf8));
            if (document.Keys.Count > MaxKeys)
                return null;
            var set = new JwkSet();
            foreach (JsonWebKey key in document.Keys)
            {
                if (!set.TryAdd(key))
                    return null;
            }
            return set.Count > 0 ? set : null;
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException or FormatException or CryptographicException or NotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The verifier of a key for an algorithm; null if there is no such key, or it is not for that algorithm.</summary>
    public SignatureProvider? Find(string kid, string algorithm) => _verifiers.GetValueOrDefault((kid, algorithm));

    /// <summary>Whether a key of this name is known, for whatever algorithm.</summary>
    public bool Knows(string kid)
    {
        foreach ((string known, _) in _verifiers.Keys)
        {
            if (known == kid)
                return true;
        }
        return false;
    }

    private bool TryAdd(JsonWebKey key)
    {
        if (string.IsNullOrEmpty(key.Kid) || !IsForVerifying(key))
            return true;
        foreach (string algorithm in AlgorithmsOf(key))
        {
            if (!string.IsNullOrEmpty(key.Alg) && key.Alg != algorithm)
                continue;
            if (Verifier(key, algorithm) is { } verifier && !_verifiers.TryAdd((key.Kid, algorithm), verifier))
                return false;
        }
        return true;
    }

    /// <summary>The verifier of a key; null if its numbers make no key. They are looked at in first use only: so it is used once, here.</summary>
    private static SignatureProvider? Verifier(JsonWebKey key, string algorithm)
    {
        try
        {
            SignatureProvider verifier = Factory.CreateForVerifying(key, algorithm);
            verifier.Verify(new byte[1], new byte[MinRsaBits / 8]);
            return verifier;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or CryptographicException or NotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsForVerifying(JsonWebKey key) =>
        key.Use is null or "" or "sig" or "jwt-svid" && (key.KeyOps.Count == 0 || key.KeyOps.Contains("verify"));

    private static string[] AlgorithmsOf(JsonWebKey key) => key.Kty switch
    {
        "RSA" when key.KeySize >= MinRsaBits => RsaAlgorithms,
        "EC" => key.Crv switch
        {
            "P-256" => ["ES256"],
            "P-384" => ["ES384"],
            "P-521" => ["ES512"],
            _ => [],
        },
        _ => [],
    };
}
