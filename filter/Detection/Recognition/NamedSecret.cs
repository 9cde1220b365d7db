using System.Buffers;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>A kind of secret whose form says nothing alone, so that its issuer's name must stand in the name it is assigned to.</summary>
/// <param name="Name">Name of the kind after <c>secret.</c>.</param>
/// <param name="Issuer">Words for the issuer, at most 24 bytes each, with bars between.</param>
/// <param name="Forms">Its forms, with bars between.</param>
internal sealed record NamedShape(string Name, string Issuer, string Forms);

/// <summary>
/// Recognises one <see cref="NamedShape"/>: <c>DATADOG_API_KEY=…</c>, <c>"datadogApiKey": "…"</c>, <c>datadog api key: …</c>.
/// </summary>
internal sealed class NamedSecret(NamedShape shape) : Recogniser
{
    // Issuer, rest of the name and signs together stay within the context that callers keep.
    private const int MaxName = 24;
    private const int MaxGap = 10;
    private static readonly SearchValues<byte> Name = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. "u8);
    private readonly ImmutableArray<Form> _forms = [.. shape.Forms.Split('|').Select(Form.Of)];

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = [.. shape.Issuer.Split('|')];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [FindingKinds.Named($"secret.{shape.Name}")];

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        sweep.MayStartAt(sweep.Text.Length);
        if (sweep.Before(start) is var before and >= 0 && Alphabets.Alphanumeric.Contains((byte)before))
            return;
        int from = ValueStart(ref sweep, sweep.Run(end, Name, MaxName));
        if (from < 0)
            return;
        sweep.MayStartAt(from);
        foreach (Form form in _forms)
        {
            int to = form.End(ref sweep, from);
            if (to < 0 || !IsDrawn(sweep.Text[from..to]))
                continue;
            sweep.Report(Kinds[0], from, to, 0.96f);
            return;
        }
    }

    private static bool IsDrawn(ReadOnlySpan<byte> value) =>
        Randomness.LooksDrawn(value) && value.ContainsAny(Alphabets.Digits) && value.ContainsAny(Alphabets.Alphabetic);

    /// <summary>Past quotes and brackets that close, spaces, signs of assignment, and quotes that open.</summary>
    private static int ValueStart(ref Sweep sweep, int at)
    {
        int limit = at + MaxGap;
        while (at < limit && sweep.At(at) is '"' or '\'' or '`' or ']' or ')' or '\\' or '*' or ' ')
            at++;
        int sign = at;
        while (at < limit && sweep.At(at) is ':' or '=' or '>')
            at++;
        if (at == sign)
            return -1;
        while (at < limit && sweep.At(at) is ' ' or '\t' or '"' or '\'' or '`' or '\\' or '*')
            at++;
        return at < limit ? at : -1;
    }
}
