using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Credentials of HTTP authorization written in a text: <c>Bearer …</c> (RFC 6750 §2.1) and <c>Basic …</c> (RFC 7617 §2).</summary>
internal sealed class AuthorizationValues : Recogniser
{
    private const int LeastBearer = 20;
    private const int Most = 2048;
    private static readonly FindingKind Bearer = FindingKinds.Named("secret.bearer-token");
    private static readonly FindingKind Basic = FindingKinds.Named("secret.basic-credentials");

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["bearer ", "basic "];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Bearer, Basic];

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        sweep.MayStartAt(end);
        if (!sweep.BeginsToken(start))
            return;
        int to = sweep.Run(end, Alphabets.Token68, Most);
        ReadOnlySpan<byte> value = sweep.Text[end..to];
        // Dots stand for what was left out; one dot ends the sentence.
        if (value.EndsWith("..."u8))
            return;
        value = value.TrimEnd((byte)'.');
        if (end - start == "bearer ".Length)
        {
            if (value.Length >= LeastBearer && value.ContainsAny(Alphabets.Digits) && Randomness.Classes(value) >= 2 && Randomness.BitsPerByte(value) >= 3.2 && Randomness.LooksDrawn(value))
                sweep.Report(Bearer, end, end + value.Length, 0.85f);
        }
        else if (value.Length is >= 8 and <= 512 && HoldsUserAndPassword(value))
        {
            sweep.Report(Basic, end, end + value.Length, 0.9f);
        }
    }

    private static bool HoldsUserAndPassword(ReadOnlySpan<byte> value)
    {
        Span<byte> plain = stackalloc byte[384];
        if (Base64.DecodeFromUtf8(value, plain, out _, out int length) != OperationStatus.Done)
            return false;
        ReadOnlySpan<byte> pair = plain[..length];
        int colon = pair.IndexOf((byte)':');
        return colon > 0 && colon < length - 1 && pair.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && !Randomness.IsPlaceholder(pair[(colon + 1)..]);
    }
}
