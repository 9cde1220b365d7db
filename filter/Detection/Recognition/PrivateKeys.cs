using System.Buffers;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Private keys in PEM (RFC 7468), also where their line breaks are written <c>\n</c>, as in a service account's JSON file. The finding
/// is the whole block; a block that is longer than <see cref="Recognisers.MaxFindingBytes"/> or never ends is found as far as it was seen.
/// </summary>
internal sealed class PrivateKeys : Recogniser
{
    private const int LeastBody = 48;
    private const int MaxLabel = 40;
    private static readonly FindingKind Kind = FindingKinds.Named("secret.private-key");
    private static readonly FindingKind Pgp = FindingKinds.Named("secret.pgp-private-key");
    private static readonly SearchValues<byte> Label = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "u8);
    // Base64, line breaks plain or escaped, and the headers of RFC 1421 (Proc-Type, DEK-Info).
    private static readonly SearchValues<byte> Body = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\\:,\"'.()"u8);

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["-----BEGIN "];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Kind, Pgp];

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        int labelEnd = sweep.Run(end, Label, MaxLabel);
        ReadOnlySpan<byte> label = sweep.Text[end..labelEnd];
        if (!sweep.Follows(labelEnd, "-----"u8) || label.IndexOf("PRIVATE KEY"u8) < 0)
            return;
        int limit = start + Recognisers.MaxFindingBytes;
        int at = labelEnd + 5;
        int letters = 0;
        while (at < limit)
        {
            int run = sweep.Run(at, Body, limit - at);
            letters += run - at;
            at = run;
            if (at >= limit || sweep.At(at) != '-')
                break;
            if (sweep.Follows(at, "-----"u8))
            {
                int close = at + 5;
                if (sweep.Follows(close, "END "u8))
                {
                    close = sweep.Run(close + 4, Label, MaxLabel);
                    if (sweep.Follows(close, "-----"u8))
                        at = close + 5;
                }
                break;
            }
            at++;
        }
        if (letters >= LeastBody && !Randomness.IsPlaceholder(sweep.Text[(labelEnd + 5)..Math.Min(at, labelEnd + 69)].Trim(" \r\n"u8)))
            sweep.Report(label.StartsWith("PGP"u8) ? Pgp : Kind, start, at, 1);
    }
}
