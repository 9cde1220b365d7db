using System.Buffers;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Private keys in armours other than PEM: PuTTY's files, SSH.COM's (RFC 4716 armour), <c>&lt;RSAKeyValue&gt;</c> with <c>&lt;D&gt;</c>, and
/// the <c>d</c> of a JSON Web Key (RFC 7518 §6). The finding is the private part as far as its lines go.
/// </summary>
internal sealed class KeyArmours : Recogniser
{
    private const int LeastBody = 40;
    private static readonly SearchValues<byte> Lines = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\\:\""u8);
    private static readonly SearchValues<byte> Number = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"u8);

    private readonly SearchValues<byte> _body;

    private KeyArmours(string kind, string mark, SearchValues<byte> body)
    {
        (_body, Anchors, Kinds) = (body, [mark], [FindingKinds.Named($"secret.{kind}")]);
    }

    /// <summary>All armours.</summary>
    public static ImmutableArray<Recogniser> All { get; } =
    [
        new KeyArmours("putty-private-key", "Private-Lines:", Lines),
        new KeyArmours("ssh2-private-key", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", Lines),
        new KeyArmours("xml-rsa-private-key", "</InverseQ><D>", Number),
        new KeyArmours("jwk-private-key", "\"d\":\"", Number),
        new KeyArmours("jwk-private-key", "\"d\": \"", Number),
        new KeyArmours("jwk-private-key", "\\\"d\\\":\\\"", Number),
    ];

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; }

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; }

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        sweep.MayStartAt(end);
        int to = sweep.Run(end, _body, Recognisers.MaxFindingBytes);
        ReadOnlySpan<byte> body = sweep.Text[end..to];
        if (_body == Lines)
        {
            // PuTTY ends its lines with a field of another name, which has a hyphen; its first letters are part of the run.
            int line = body.LastIndexOf((byte)'\n');
            if (sweep.At(to) == '-' && line > 0)
                body = body[..line];
        }
        else if (!(sweep.At(to) is '"' or '<' || (sweep.At(to) == '\\' && sweep.At(to + 1) == '"')))
        {
            return;
        }
        if (body.Length >= LeastBody && Randomness.Classes(body) >= 3 && Randomness.BitsPerByte(body) >= 4.2 && !Randomness.IsPlaceholder(body.Trim(" \r\n"u8)))
            sweep.Report(Kinds[0], end, end + body.Length, 0.95f);
    }
}
