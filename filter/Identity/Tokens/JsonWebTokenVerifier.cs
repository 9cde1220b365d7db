using System.Buffers;
using System.Security.Cryptography;
using EnvoyExtAuthz.Text;
using Microsoft.IdentityModel.Tokens;

namespace EnvoyExtAuthz.Identity.Tokens;

/// <summary>
/// Verifies JSON Web Tokens of the issuers that the policy names (RFC 7519, with RFC 8725's advice): compact JWS only; the
/// algorithm one of the issuer's list and of its key; a <c>kid</c> of the issuer's key set; <c>iss</c>, <c>aud</c> and
/// <c>exp</c> required; <c>exp</c> and <c>nbf</c> with a minute's grace; no <c>crit</c>. Tokens of other issuers and opaque keys are not ours to
/// judge: they are no identity and no fault. What looks like a token and cannot be read is a fault, since its issuer cannot be
/// told. Keys and times are looked at anew for a token already verified. Thread-safe.
/// </summary>
internal sealed class JsonWebTokenVerifier : ITokenVerifier
{
    private const int MaxVerified = 8_192;

    // Of an RSA key of 8192 bits: 1024 bytes, in base64url.
    private const int MaxSignature = 1366;
    private const double GraceSeconds = 60;

    private readonly TimeProvider _time;
    private readonly Dictionary<string, Issuer> _issuers = new(StringComparer.Ordinal);
    private readonly BoundedCache<TokenKey, Verified> _verified = new(MaxVerified);

    private sealed record Issuer(JwtIssuerOptions Options, JwksSource Source);

    private sealed record Verified(TokenClaims Claims, double NotBefore, double Expires, JwksSource Source, JwkSet Keys);

    /// <summary>SHA-256 of a token: keeps the token itself out of memory that lives on.</summary>
    private readonly record struct TokenKey(ulong A, ulong B, ulong C, ulong D)
    {
        public static TokenKey Of(ReadOnlySpan<byte> token)
        {
            Span<ulong> hash = stackalloc ulong[4];
            SHA256.HashData(token, System.Runtime.InteropServices.MemoryMarshal.AsBytes(hash));
            return new TokenKey(hash[0], hash[1], hash[2], hash[3]);
        }
    }

    /// <summary>Makes a verifier.</summary>
    /// <param name="issuers">Issuers and where their keys are; of two entries of one issuer the first counts.</param>
    /// <param name="time">The clock.</param>
    public JsonWebTokenVerifier(IReadOnlyList<(JwtIssuerOptions Options, JwksSource Source)> issuers, TimeProvider time)
    {
        _time = time;
        foreach ((JwtIssuerOptions options, JwksSource source) in issuers)
            _issuers.TryAdd(options.Issuer, new Issuer(options, source));
    }

    /// <inheritdoc/>
    public IdentityFault Verify(ReadOnlySpan<byte> authorization, out TokenClaims? claims)
    {
        claims = null;
        if (!CompactToken.TryFind(authorization, out CompactToken token))
            return IdentityFault.None;
        if (token.Text.Length > CompactToken.MaxBytes)
            return IdentityFault.TokenNotValid;
        double now = Now();
        var key = TokenKey.Of(token.Text);
        if (_verified.TryGet(key, out Verified? known) && InTime(known.NotBefore, known.Expires, now) && ReferenceEquals(known.Source.Current, known.Keys))
        {
            claims = known.Claims;
            return IdentityFault.None;
        }
        IdentityFault fault = Read(token, now, out Verified? read);
        if (read is null)
        {
            if (known is not null)
                _verified.Forget(key);
            return fault;
        }
        // Keys were exchanged, the token is the same: so are its claims, and the caller that is known by them.
        if (known is not null)
            read = read with { Claims = known.Claims };
        _verified.Set(key, read);
        claims = read.Claims;
        return IdentityFault.None;
    }

    /// <summary>
    /// One pooled buffer holds the decoded header and payload, then a copy of what was signed. The signature has an array of
    /// its own: the library takes one at an offset for the array's beginning.
    /// </summary>
    private IdentityFault Read(in CompactToken token, double now, out Verified? verified)
    {
        verified = null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * token.Text.Length);
        try
        {
            if (!CompactToken.TryDecode(token.Header, buffer, out int header)
                || !CompactToken.TryDecode(token.Payload, buffer.AsSpan(header), out int payload))
                return IdentityFault.TokenNotValid;
            int signed = header + payload;
            token.Signed.CopyTo(buffer.AsSpan(signed));
            using var head = new JsonTape();
            using var body = new JsonTape();
            if (!TokenText.TryParse(head, buffer.AsMemory(0, header)) || !TokenText.TryParse(body, buffer.AsMemory(header, payload)))
                return IdentityFault.TokenNotValid;
            if (TokenText.Member(body, "iss"u8) is not { } iss || !_issuers.TryGetValue(iss, out Issuer? issuer))
                return body.Find(0, "iss"u8) is var node && node >= 0 && !body.Is(node, JsonKind.String) ? IdentityFault.TokenNotValid : IdentityFault.None;
            if (issuer.Source.Current is not { } keys)
                return IdentityFault.KeysUnavailable;
            if (!IsForUs(body, issuer.Options, now, out double notBefore, out double expires) || Verifier(head, issuer, keys) is not { } key)
                return IdentityFault.TokenNotValid;
            if (!IsSigned(key, buffer, signed, token.Signed.Length, token.Signature))
                return IdentityFault.TokenNotValid;
            verified = new Verified(new TokenClaims(iss, TokenText.TextMembers(body)), notBefore, expires, issuer.Source, keys);
            return IdentityFault.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsForUs(JsonTape body, JwtIssuerOptions issuer, double now, out double notBefore, out double expires)
    {
        notBefore = expires = 0;
        if (!TokenText.TryTime(body, "exp"u8, out double? until) || until is null || !TokenText.TryTime(body, "nbf"u8, out double? from) || !TokenText.TryTime(body, "iat"u8, out _))
            return false;
        notBefore = from ?? 0;
        expires = until.Value;
        return InTime(notBefore, expires, now) && IsAudience(body, issuer.Audiences);
    }

    private static bool IsAudience(JsonTape body, IReadOnlyList<string> audiences)
    {
        int aud = body.Find(0, "aud"u8);
        if (body.Is(aud, JsonKind.String))
            return audiences.Contains(TokenText.Text(body, aud));
        if (!body.Is(aud, JsonKind.Array))
            return false;
        bool ours = false;
        for (int at = JsonTape.FirstChild(aud); at < body[aud].End; at = body.Next(at))
        {
            if (!body.Is(at, JsonKind.String))
                return false;
            ours |= audiences.Contains(TokenText.Text(body, at));
        }
        return ours;
    }

    private static SignatureProvider? Verifier(JsonTape head, Issuer issuer, JwkSet keys)
    {
        // RFC 7515 §4.1.11: what we do not understand we must not accept, and we understand no extension; b64 (RFC 7797) is one.
        if (head.Find(0, "crit"u8) >= 0 || head.Find(0, "b64"u8) >= 0 || !IsTokenType(head))
            return null;
        if (TokenText.Member(head, "alg"u8) is not { } algorithm || !issuer.Options.Algorithms.Contains(algorithm) || TokenText.Member(head, "kid"u8) is not { } kid)
            return null;
        if (keys.Find(kid, algorithm) is { } key)
            return key;
        if (!keys.Knows(kid))
            issuer.Source.Ask();
        return null;
    }

    /// <summary>RFC 8725 §3.11: a type that names another kind of token, an ID token's logout for instance, is not taken for this one.</summary>
    private static bool IsTokenType(JsonTape head)
    {
        if (head.Find(0, "typ"u8) < 0)
            return true;
        string? type = TokenText.Member(head, "typ"u8)?.ToLowerInvariant();
        return type is "jwt" or "jose" or "at+jwt" or "application/jwt" or "application/jose" or "application/at+jwt";
    }

    private static bool IsSigned(SignatureProvider key, byte[] buffer, int signed, int signedLength, ReadOnlySpan<byte> encoded)
    {
        Span<byte> signature = stackalloc byte[MaxSignature];
        if (encoded.IsEmpty || encoded.Length > MaxSignature || !CompactToken.TryDecode(encoded, signature, out int length))
            return false;
        try
        {
            return key.Verify(buffer, signed, signedLength, signature[..length].ToArray(), 0, length);
        }
        // A signature of a form that the key's algorithm cannot have is one more that does not verify.
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static bool InTime(double notBefore, double expires, double now) => now >= notBefore - GraceSeconds && now < expires + GraceSeconds;

    private double Now() => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
}
