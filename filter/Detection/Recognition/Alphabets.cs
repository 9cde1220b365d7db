using System.Buffers;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Sets of bytes that tokens are made of.</summary>
internal static class Alphabets
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Figures = "0123456789";

    /// <summary>0 to 9.</summary>
    public static SearchValues<byte> Digits { get; } = Of(Figures);

    /// <summary>Hexadecimal digits in either case.</summary>
    public static SearchValues<byte> Hex { get; } = Of(Figures + "abcdefABCDEF");

    /// <summary>Hexadecimal digits, lower case.</summary>
    public static SearchValues<byte> LowerHex { get; } = Of(Figures + "abcdef");

    /// <summary>A to Z and digits.</summary>
    public static SearchValues<byte> Upper { get; } = Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Figures);

    /// <summary>a to z and digits.</summary>
    public static SearchValues<byte> Lower { get; } = Of("abcdefghijklmnopqrstuvwxyz" + Figures);

    /// <summary>Letters and digits.</summary>
    public static SearchValues<byte> Alphanumeric { get; } = Of(Letters + Figures);

    /// <summary>Letters.</summary>
    public static SearchValues<byte> Alphabetic { get; } = Of(Letters);

    /// <summary>Letters, digits, underscore: what programs take for one word.</summary>
    public static SearchValues<byte> Word { get; } = Of(Letters + Figures + "_");

    /// <summary>Letters, digits, hyphen.</summary>
    public static SearchValues<byte> Hyphenated { get; } = Of(Letters + Figures + "-");

    /// <summary>The alphabet of base64url (RFC 4648 §5), without padding.</summary>
    public static SearchValues<byte> Base64Url { get; } = Of(Letters + Figures + "-_");

    /// <summary>base64url and dots.</summary>
    public static SearchValues<byte> Dotted { get; } = Of(Letters + Figures + "-_.");

    /// <summary>The alphabet of base64 (RFC 4648 §4), with padding.</summary>
    public static SearchValues<byte> Base64 { get; } = Of(Letters + Figures + "+/=");

    /// <summary>Letters, digits, slash: paths of webhooks.</summary>
    public static SearchValues<byte> Path { get; } = Of(Letters + Figures + "-_/");

    /// <summary><c>token68</c> of RFC 9110 §11.2, which bearer tokens are.</summary>
    public static SearchValues<byte> Token68 { get; } = Of(Letters + Figures + "-._~+/=");

    /// <summary>What the local part of an address is usually made of (a subset of RFC 5322 §3.2.3).</summary>
    public static SearchValues<byte> MailLocal { get; } = Of(Letters + Figures + "._%+-");

    /// <summary>User information of a URL, its at sign included (RFC 3986 §3.2.1).</summary>
    public static SearchValues<byte> UserInfo { get; } = Of(Letters + Figures + "-._~%!$&*+=:@^?#");

    private static SearchValues<byte> Of(string characters) => SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(characters));
}
