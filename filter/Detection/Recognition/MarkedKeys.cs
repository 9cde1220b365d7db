using System.Buffers;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Private keys in text forms that carry a checksum, so that the checksum alone is the evidence.</summary>
internal sealed class MarkedKeys : Recogniser
{
    private delegate bool Check(ReadOnlySpan<byte> text);

    private static readonly SearchValues<byte> Base32 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8);

    private static readonly (string Kind, string Mark, SearchValues<byte> Of, int Length, Check Check)[] Rows =
    [
        // BIP 32: serialised extended private keys, base58check of 78 bytes.
        ("extended-private-key", "xprv", Alphabets.Alphanumeric, 111, KeyChecks.Base58Check),
        ("extended-private-key", "yprv", Alphabets.Alphanumeric, 111, KeyChecks.Base58Check),
        ("extended-private-key", "zprv", Alphabets.Alphanumeric, 111, KeyChecks.Base58Check),
        ("extended-private-key", "tprv", Alphabets.Alphanumeric, 111, KeyChecks.Base58Check),
        // NIP-19: 32 bytes in bech32.
        ("nostr-secret-key", "nsec1", Alphabets.Lower, 63, KeyChecks.Bech32),
        // NKeys: base32 of a prefix, 32 bytes and a CRC-16.
        ("nats-seed", "SUA", Base32, 58, KeyChecks.Crc16Base32),
        ("nats-seed", "SAA", Base32, 58, KeyChecks.Crc16Base32),
        ("nats-seed", "SOA", Base32, 58, KeyChecks.Crc16Base32),
        // SEP-23 strkey, version byte 18 << 3.
        ("stellar-secret-seed", "SA", Base32, 56, KeyChecks.Crc16Base32),
        ("stellar-secret-seed", "SB", Base32, 56, KeyChecks.Crc16Base32),
        ("stellar-secret-seed", "SC", Base32, 56, KeyChecks.Crc16Base32),
        ("stellar-secret-seed", "SD", Base32, 56, KeyChecks.Crc16Base32),
    ];

    private readonly (string Kind, string Mark, SearchValues<byte> Of, int Length, Check Check) _row;

    private MarkedKeys((string Kind, string Mark, SearchValues<byte> Of, int Length, Check Check) row)
    {
        _row = row;
        Anchors = [row.Mark];
        Kinds = [FindingKinds.Named($"secret.{row.Kind}")];
    }

    /// <summary>One recogniser a row.</summary>
    public static ImmutableArray<Recogniser> All { get; } = [.. Rows.Select(row => new MarkedKeys(row))];

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; }

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; }

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        if (!sweep.BeginsToken(start) || sweep.Text[start] != (byte)_row.Mark[0])
            return;
        int to = sweep.Run(start, _row.Of, _row.Length + 1);
        if (to - start == _row.Length && sweep.EndsToken(to) && _row.Check(sweep.Text[start..to]))
            sweep.Report(Kinds[0], start, to, 1);
    }
}
