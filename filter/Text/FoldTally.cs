namespace EnvoyExtAuthz.Text;

/// <summary>Counts while a text is folded what <see cref="FoldFacts"/> will say.</summary>
internal struct FoldTally
{
    private int _hidden;
    private int _invisible;
    private int _substituted;
    private int _mixedWords;
    private int _styled;
    private int _marks;

    public FoldSigns Signs { get; private set; }

    public readonly int Hidden => _hidden;

    public readonly FoldFacts Facts => new(Signs, _hidden, _invisible, _substituted, _mixedWords, _styled, _marks);

    public void Note(FoldSigns signs) => Signs |= signs;

    public void HiddenBytes(int bytes) => Add(ref _hidden, bytes, FoldSigns.HiddenText);

    public void InvisibleOne() => Add(ref _invisible, 1, FoldSigns.Invisible);

    public void SubstitutedOne() => _substituted++;

    public void MixedWord() => Add(ref _mixedWords, 1, FoldSigns.MixedScript);

    public void StyledOne() => Add(ref _styled, 1, FoldSigns.Styled);

    public void MarkRemoved() => Add(ref _marks, 1, FoldSigns.Marks);

    private void Add(ref int count, int by, FoldSigns sign)
    {
        count += by;
        Signs |= sign;
    }
}
