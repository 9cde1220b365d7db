using System.Buffers;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Addresses of the public internet. Four numbers with dots are a version as often as an address, so IPv4 needs a word before it; IPv6
/// (RFC 4291 §2.2) of 2000::/3 needs none when at least four groups are written. Private, local and multicast addresses say nothing of a person.
/// </summary>
internal sealed class IpAddresses : INumber
{
    private static readonly SearchValues<byte> Dotted = SearchValues.Create("0123456789."u8);
    private static readonly SearchValues<byte> Characters = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("pii.ip-address");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        if (!sweep.BeginsNumber(at) || sweep.Before(at) is ':' or '.')
            return;
        int end = sweep.Run(at, Characters, 46);
        ReadOnlySpan<byte> text = sweep.Text[at..end].TrimEnd(".:"u8);
        int colons = text.Count((byte)':');
        if (colons >= 2)
        {
            bool global = text.Length >= 6 && text[0] is (byte)'2' or (byte)'3' && text[4] == (byte)':';
            if (global && (colons >= 4 || sweep.ContextAt(at) == ContextKind.Network) && IsIpv6(text) && sweep.EndsToken(at + text.Length))
                sweep.Report(Kind, at, at + text.Length, 0.8f, IsForDocuments(text));
            return;
        }
        if (colons == 1)
            text = text[..text.IndexOf((byte)':')];
        if (text.Count((byte)'.') == 3 && text.IndexOfAnyExcept(Dotted) < 0 && sweep.ContextAt(at) == ContextKind.Network
            && sweep.EndsToken(at + text.Length) && IsIpv4(text) && IsPublic(text))
            sweep.Report(Kind, at, at + text.Length, 0.7f, IsForDocuments(text));
    }

    /// <summary>Set aside for documentation: RFC 5737 and RFC 3849.</summary>
    private static bool IsForDocuments(ReadOnlySpan<byte> text) =>
        text.StartsWith("192.0.2."u8) || text.StartsWith("198.51.100."u8) || text.StartsWith("203.0.113."u8) || text.StartsWith("2001:db8:"u8) || text.StartsWith("2001:0db8:"u8);

    private static bool IsIpv4(ReadOnlySpan<byte> text)
    {
        int part = 0;
        int digits = 0;
        foreach (byte b in text)
        {
            if (b == (byte)'.')
            {
                if (digits == 0)
                    return false;
                part = digits = 0;
                continue;
            }
            part = (part * 10) + b - '0';
            if (++digits > 3 || part > 255 || (digits > 1 && part < 10))
                return false;
        }
        return digits > 0;
    }

    private static bool IsIpv6(ReadOnlySpan<byte> text)
    {
        int groups = 0;
        int digits = 0;
        bool gap = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != (byte)':')
            {
                if (text[i] == (byte)'.' || ++digits > 4)
                    return false;
                groups += digits == 1 ? 1 : 0;
                continue;
            }
            if (digits == 0)
            {
                if (gap)
                    return false;
                gap = true;
            }
            digits = 0;
        }
        return gap ? groups <= 7 : groups == 8;
    }

    private static bool IsPublic(ReadOnlySpan<byte> text)
    {
        Span<int> part = stackalloc int[2];
        int index = 0;
        foreach (byte b in text)
        {
            if (b == (byte)'.')
            {
                if (++index == 2)
                    break;
                continue;
            }
            part[index] = (part[index] * 10) + b - '0';
        }
        return part[0] is > 0 and < 224 and not (10 or 127) && !(part[0] == 172 && part[1] is >= 16 and <= 31)
            && !(part[0] == 192 && part[1] == 168) && !(part[0] == 169 && part[1] == 254) && !(part[0] == 100 && part[1] is >= 64 and <= 127);
    }
}
