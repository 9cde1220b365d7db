using System.Numerics;

namespace EnvoyExtAuthz.Text;

/// <summary>What a word turned out to be.</summary>
internal enum FoldWordKind : byte
{
    /// <summary>Of one script, or of none.</summary>
    Plain,

    /// <summary>Wholly of look-alikes, among Latin words.</summary>
    Disguised,

    /// <summary>Latin with a Greek letter that is no look-alike: a quantity or a unit.</summary>
    Quantity,

    /// <summary>Letters of several scripts that pass for those of one.</summary>
    Mixed,
}

/// <summary>The letters of one word, counted by script, and where the word began.</summary>
/// <param name="at">First byte in the text.</param>
/// <param name="into">First byte in the output.</param>
internal struct FoldWord(int at, int into)
{
    private int _latin;
    private int _close;
    private int _loose;
    private int _genuine;
    private int _letters;
    private int _scripts;

    public readonly int At => at;

    public readonly int Into => into;

    public void Count(FoldClass kind, FoldFlags flags)
    {
        switch (kind)
        {
            case FoldClass.Latin:
                _latin++;
                break;
            case FoldClass.Letter:
                _letters++;
                break;
            case > FoldClass.Latin and <= FoldClass.Alphabet when (flags & FoldFlags.Close) != 0:
                _scripts |= 1 << (int)kind;
                _close++;
                break;
            case > FoldClass.Latin and <= FoldClass.Alphabet:
                _scripts |= 1 << (int)kind;
                _genuine++;
                _loose += (flags & FoldFlags.Loose) != 0 ? 1 : 0;
                break;
            default:
                break;
        }
    }

    /// <summary>Judges the word.</summary>
    /// <param name="context">The script of the words before it; becomes this word's, if that is sure.</param>
    public readonly FoldWordKind Judge(ref FoldClass context)
    {
        if ((_latin > 0 || BitOperations.PopCount((uint)_scripts) > 1) && _close + _loose > 0)
            return _close == 0 && _scripts == 1 << (int)FoldClass.Greek ? FoldWordKind.Quantity : FoldWordKind.Mixed;
        if (_close > 0 && _genuine == 0 && _letters == 0)
            return context == FoldClass.Latin ? FoldWordKind.Disguised : FoldWordKind.Plain;
        if (_genuine > 0)
            context = (FoldClass)BitOperations.TrailingZeroCount(_scripts);
        else if (_letters > 0)
            context = FoldClass.Letter;
        else if (_latin > 0)
            context = FoldClass.Latin;
        return FoldWordKind.Plain;
    }
}
