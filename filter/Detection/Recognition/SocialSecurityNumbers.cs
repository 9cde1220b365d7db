namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// United States social security numbers: area, group and serial that the administration assigns (20 CFR 422.103; no 000, 666 or 9xx
/// area, no zero group or serial). Written with hyphens, unless a word before says it is something else; otherwise only after a word
/// that says what it is.
/// </summary>
internal sealed class SocialSecurityNumbers : INumber
{
    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("pii.us-ssn");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        if (sweep.Text[at] == (byte)'9' || !sweep.BeginsNumber(at))
            return;
        Span<byte> d = stackalloc byte[10];
        DigitGroups groups = DigitGroups.Read(ref sweep, at, d);
        if (groups.Count != 9)
            return;
        int area = (d[0] * 100) + (d[1] * 10) + d[2];
        bool assigned = area is not (0 or 666) && d[3] + d[4] > 0 && d[5] + d[6] + d[7] + d[8] > 0;
        if (!assigned || !sweep.EndsNumber(groups.End))
            return;
        ContextKind context = sweep.ContextAt(at);
        bool shaped = groups.Separators == 0 || groups.Shape == 0x423;
        bool hyphens = groups is { Separators: 2, Separator: '-', Shape: 0x423 };
        if ((hyphens && context is ContextKind.None) || (shaped && context is ContextKind.SocialSecurity))
            sweep.Report(Kind, at, groups.End, context is ContextKind.SocialSecurity ? 0.95f : 0.6f);
    }
}
