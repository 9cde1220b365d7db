using System.Buffers;
using System.Buffers.Text;

namespace EnvoyExtAuthz.Identity.Tokens;

/// <summary>
/// A JWS in compact form (RFC 7515 §3.1) cut from an Authorization header. Anything else a header holds, an opaque API
/// key or an encrypted token of five parts, is no business of ours and goes on to the origin.
/// </summary>
internal readonly ref struct CompactToken
{
    /// <summary>Longest token read, bytes. Envoy's own limit for all header fields together is 60 KiB by default.</summary>
    public const int MaxBytes = 16 << 10;

    private static readonly SearchValues<byte> Base64UrlOrDot = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."u8);
    private readonly int _firstDot;
    private readonly int _secondDot;

    private CompactToken(ReadOnlySpan<byte> text, int firstDot, int secondDot)
    {
        Text = text;
        _firstDot = firstDot;
        _secondDot = secondDot;
    }

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>The header, base64url.</summary>
    public ReadOnlySpan<byte> Header => Text[.._firstDot];

    /// <summary>The payload, base64url.</summary>
    public ReadOnlySpan<byte> Payload => Text[(_firstDot + 1).._secondDot];

    /// <summary>The signature, base64url; empty in an unsecured token.</summary>
    public ReadOnlySpan<byte> Signature => Text[(_secondDot + 1)..];

    /// <summary>What is signed: header, dot, payload.</summary>
    public ReadOnlySpan<byte> Signed => Text[.._secondDot];

    /// <summary>Finds the token.</summary>
    /// <param name="authorization">The Authorization header's value.</param>
    /// <param name="token">The token.</param>
    /// <returns>False if there is none: another scheme, or text that is not three parts of base64url, the first beginning as a JSON object does.</returns>
    public static bool TryFind(ReadOnlySpan<byte> authorization, out CompactToken token)
    {
        token = default;
        // RFC 9110 §11.4: the scheme in any case, then at least one space.
        if (authorization.Length < 8 || !System.Text.Ascii.EqualsIgnoreCase(authorization[..7], "bearer "u8))
            return false;
        ReadOnlySpan<byte> text = authorization[7..].Trim((byte)' ');
        if (text.IndexOfAnyExcept(Base64UrlOrDot) >= 0)
            return false;
        int first = text.IndexOf((byte)'.');
        int second = first < 0 ? -1 : first + 1 + text[(first + 1)..].IndexOf((byte)'.');
        if (first < 2 || second <= first + 1 || text[(second + 1)..].Contains((byte)'.') || !BeginsAsObject(text))
            return false;
        token = new CompactToken(text, first, second);
        return true;
    }

    /// <summary>Decodes a part.</summary>
    /// <returns>False if it is no base64url without padding (RFC 7515 §2).</returns>
    public static bool TryDecode(ReadOnlySpan<byte> part, Span<byte> into, out int written) =>
        Base64Url.DecodeFromUtf8(part, into, out int consumed, out written) == OperationStatus.Done && consumed == part.Length;

    /// <summary>Whether the first byte encoded is a brace. Six bits of it are in the first character, two in the second.</summary>
    private static bool BeginsAsObject(ReadOnlySpan<byte> text) =>
        text[0] == (byte)'e' && text[1] is >= (byte)'w' and <= (byte)'z' or >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'_';
}
