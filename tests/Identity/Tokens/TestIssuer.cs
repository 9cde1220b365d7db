using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EnvoyExtAuthz.Identity.Tests.Tokens;

/// <summary>A token issuer of these tests: its keys, its key set, and tokens good and bad.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Name = "https://issuer.test";
    public const string Audience = "llm";
    public const string DefaultClaims = """{"iss":"https://issuer.test","sub":"alice","aud":"llm","exp":2000003600,"nbf":2000000000,"team":"red"}""";

    /// <summary>The time of these tests, in seconds since 1970.</summary>
    public const long Now = 2_000_000_000;

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _ec384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ECDsa _ec521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);

    public static DateTimeOffset Start => DateTimeOffset.FromUnixTimeSeconds(Now);

    /// <summary>The key set: one RSA key and one key a curve, named as asked.</summary>
    public string Jwks(string rsaKid = "rsa", string extra = "") => $$"""{"keys":[{{Rsa(rsaKid)}},{{Ec("ec256", "P-256", _ec256)}},{{Ec("ec384", "P-384", _ec384)}},{{Ec("ec521", "P-521", _ec521)}}{{extra}}]}""";

    public string Rsa(string kid, string more = "") => Rsa(_rsa, kid, more);

    public static string Rsa(RSA key, string kid, string more = "")
    {
        RSAParameters p = key.ExportParameters(false);
        return $$"""{"kty":"RSA","kid":"{{kid}}","n":"{{Base64Url.EncodeToString(p.Modulus)}}","e":"{{Base64Url.EncodeToString(p.Exponent)}}"{{more}}}""";
    }

    /// <summary>A token.</summary>
    /// <param name="claims">The payload, as written.</param>
    /// <param name="algorithm">One of the nine.</param>
    /// <param name="header">The header in place of the usual one.</param>
    public string Token(string claims = DefaultClaims, string algorithm = "RS256", string? header = null)
    {
        header ??= $$"""{"alg":"{{algorithm}}","kid":"{{KidOf(algorithm)}}","typ":"JWT"}""";
        string signed = Encode(header) + "." + Encode(claims);
        return signed + "." + Base64Url.EncodeToString(Sign(algorithm, Encoding.ASCII.GetBytes(signed)));
    }

    /// <summary>What an attacker makes who takes the public key for a shared secret.</summary>
    public string TokenOfPublicKeyAsSecret(string claims = DefaultClaims)
    {
        string signed = Encode("""{"alg":"HS256","kid":"rsa","typ":"JWT"}""") + "." + Encode(claims);
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(signed)));
    }

    public static string Claims(string audience = "\"llm\"", long expires = Now + 3600, string more = "") =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"iss":"https://issuer.test","sub":"alice","aud":{{audience}},"exp":{{expires}}{{more}}}""");

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public void Dispose()
    {
        _rsa.Dispose();
        _ec256.Dispose();
        _ec384.Dispose();
        _ec521.Dispose();
    }

    private byte[] Sign(string algorithm, byte[] signed)
    {
        var hash = new HashAlgorithmName("SHA" + algorithm[2..]);
        return algorithm[..2] switch
        {
            "RS" => _rsa.SignData(signed, hash, RSASignaturePadding.Pkcs1),
            "PS" => _rsa.SignData(signed, hash, RSASignaturePadding.Pss),
            _ => (algorithm switch { "ES256" => _ec256, "ES384" => _ec384, _ => _ec521 }).SignData(signed, hash),
        };
    }

    private static string KidOf(string algorithm) => algorithm switch { "ES256" => "ec256", "ES384" => "ec384", "ES512" => "ec521", _ => "rsa" };

    private static string Ec(string kid, string curve, ECDsa key)
    {
        ECParameters p = key.ExportParameters(false);
        return $$"""{"kty":"EC","kid":"{{kid}}","crv":"{{curve}}","x":"{{Base64Url.EncodeToString(p.Q.X)}}","y":"{{Base64Url.EncodeToString(p.Q.Y)}}","use":"sig"}""";
    }
}
