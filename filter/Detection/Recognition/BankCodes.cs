using System.Collections.Frozen;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Business identifier codes (ISO 9362): four letters, a country, two characters and perhaps three more, after a word that says so.</summary>
internal sealed class BankCodes : Recogniser
{
    private const int MaxGap = 30;
    private static readonly FindingKind Kind = FindingKinds.Named("pii.bic");
    private static readonly FrozenSet<int> Countries =
        ("AD AE AL AR AT AU AZ BA BE BG BH BR BY CA CH CL CN CO CR CY CZ DE DK DO EC EE EG ES FI FO FR GB GE GI GL GR GT HK HR HU ID IE IL IN IQ IS IT JO JP KE KR KW KZ LB LI LT LU LV MA MC MD ME MK MT MU MX MY NG NL NO NZ "
        + "OM PA PE PH PK PL PS PT QA RO RS RU SA SE SG SI SK SM TH TL TN TR TW UA US UY VA VE VN XK ZA").Split(' ').Select(c => (c[0] << 8) | c[1]).ToFrozenSet();

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["bic", "swift"];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Kind];

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        sweep.MayStartAt(sweep.Text.Length);
        if (!sweep.BeginsToken(start))
            return;
        int at = end;
        bool named = false;
        while (at - end < MaxGap)
        {
            int b = sweep.At(at);
            named |= b is ':' or '=';
            if (b is ' ' or ':' or '=' or '"' or '\'' or '/' or '(' or ')' or '.' or '-' or '_' or '\\' or '>')
                at++;
            else if (sweep.Follows(at, "code"u8) || sweep.Follows(at, "swift"u8))
                (named, at) = (true, at + (b is 'c' or 'C' ? 4 : 5));
            else if (sweep.Follows(at, "bic"u8))
                (named, at) = (true, at + 3);
            else
                break;
        }
        if (!named || at == end)
            return;
        sweep.MayStartAt(at);
        int to = sweep.Run(at, Alphabets.Upper, 12);
        ReadOnlySpan<byte> code = sweep.Text[at..to];
        if (code.Length is 8 or 11 && sweep.EndsToken(to) && code[..6].IndexOfAnyInRange((byte)'0', (byte)'9') < 0 && Countries.Contains((code[4] << 8) | code[5]))
            sweep.Report(Kind, at, to, 0.9f);
    }
}
