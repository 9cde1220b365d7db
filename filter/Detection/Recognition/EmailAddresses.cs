using System.Collections.Immutable;
using System.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Addresses of e-mail: a dotted local part of up to 64 bytes (RFC 5321 §4.5.3.1.1) and a host name of two labels or more (RFC 1035
/// §2.3.1) whose last is alphabetic and no file's ending.
/// </summary>
internal sealed class EmailAddresses : Recogniser
{
    /// <summary>Longest local part.</summary>
    public const int MaxLocal = 64;

    private const int MaxDomain = 253;
    private static readonly FindingKind Kind = FindingKinds.Named("pii.email");
    private static readonly byte[][] FileEndings =
        [.. new[] { "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "tsx", "jsx", "json", "html", "txt", "xml", "yaml", "yml", "rb", "cs", "whl", "tgz", "gz", "zip", "git" }.Select(Encoding.ASCII.GetBytes)];

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["@"];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Kind];

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        ReadOnlySpan<byte> text = sweep.Text;
        int local = start;
        while (local > 0 && start - local <= MaxLocal && Alphabets.MailLocal.Contains(text[local - 1]))
            local--;
        if (start - local > MaxLocal)
            return;
        local += EscapeBefore(text, local, start);
        while (local < start && text[local] is (byte)'.' or (byte)'-' or (byte)'%' or (byte)'+')
            local++;
        if (local == start || text[start - 1] == (byte)'.')
            return;
        sweep.MayStartAt(local);
        int to = DomainEnd(ref sweep, end);
        // git@host:path and ssh://git@host name a machine's account.
        bool account = (sweep.At(to) == ':' && sweep.At(to + 1) is var next && next > ' ' && !char.IsAsciiDigit((char)next)) || sweep.Before(local) is '/' or ':' && local >= 2 && text[local - 2] == (byte)'/';
        if (to > end && !account)
            sweep.Report(Kind, local, to, 0.9f);
    }

    /// <summary>A word that begins with the letter of an escape (<c>\nanna@…</c>) begins after it.</summary>
    private static int EscapeBefore(ReadOnlySpan<byte> text, int local, int at) =>
        local > 0 && text[local - 1] == (byte)'\\' && at - local > 1 && text[local] is (byte)'n' or (byte)'r' or (byte)'t' ? 1 : 0;

    private static int DomainEnd(ref Sweep sweep, int from)
    {
        int to = sweep.Run(from, Alphabets.Dotted, MaxDomain);
        ReadOnlySpan<byte> host = sweep.Text[from..to];
        host = host.TrimEnd(".-_"u8);
        int labels = 0;
        int label = 0;
        for (int i = 0; i < host.Length; i++)
        {
            if (host[i] == (byte)'_')
                return from;
            if (host[i] != (byte)'.')
                continue;
            if (i == label || i - label > 63 || host[label] == (byte)'-')
                return from;
            labels++;
            label = i + 1;
        }
        ReadOnlySpan<byte> last = host[label..];
        bool alphabetic = last.IndexOfAnyExcept(Alphabets.Alphabetic) < 0 || last.StartsWith("xn--"u8);
        if (labels == 0 || last.Length is < 2 or > 24 || !alphabetic)
            return from;
        foreach (byte[] ending in FileEndings)
        {
            if (Ascii.EqualsIgnoreCase(last, ending))
                return from;
        }
        return from + host.Length;
    }
}
