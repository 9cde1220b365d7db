using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Passwords in the user information of URLs (RFC 3986 §3.2.1): <c>postgres://user:password@host</c>.</summary>
internal sealed class ConnectionPasswords : Recogniser
{
    // With "://" and one byte of the scheme this stays within the context that callers keep.
    private const int MaxUser = 48;
    private const int MaxUserInfo = 320;
    private static readonly FindingKind Kind = FindingKinds.Named("secret.connection-password");

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["://"];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Kind];

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        sweep.MayStartAt(sweep.Text.Length);
        if (sweep.Before(start) is var before && (before < 0 || !Alphabets.Alphanumeric.Contains((byte)before)))
            return;
        int to = sweep.Run(end, Alphabets.UserInfo, MaxUserInfo);
        ReadOnlySpan<byte> authority = sweep.Text[end..to];
        int colon = authority.IndexOf((byte)':');
        if (colon is < 0 or > MaxUser)
            return;
        int from = end + colon + 1;
        sweep.MayStartAt(from);
        int at = authority.LastIndexOf((byte)'@');
        if (at <= colon + 1)
            return;
        ReadOnlySpan<byte> password = authority[(colon + 1)..at];
        ReadOnlySpan<byte> user = authority[..colon];
        int next = sweep.At(end + at + 1);
        if (next < 0 || !(Alphabets.Alphanumeric.Contains((byte)next) || next == '['))
            return;
        if (user.Contains((byte)'@') || user.Contains((byte)'?') || user.Contains((byte)'#') || StandsIn(password, user))
            return;
        sweep.Report(Kind, from, end + at, 0.97f);
    }

    private static bool StandsIn(ReadOnlySpan<byte> password, ReadOnlySpan<byte> user) =>
        Randomness.IsPlaceholder(password) || AssignedSecrets.IsWordForSecret(password)
        || (password.SequenceEqual(user) && password.Length < 6) || password.IndexOfAnyExcept((byte)'*', (byte)'x', (byte)'.') < 0;
}
