namespace EnvoyExtAuthz.Text;

/// <summary>What folding a text brought to light.</summary>
[Flags]
public enum FoldSigns : ushort
{
    /// <summary>Nothing: ordinary text.</summary>
    None = 0,

    /// <summary>Text that no one sees: tag characters outside a flag emoji, bytes in variation selectors or invisible operators.</summary>
    HiddenText = 1,

    /// <summary>Bidirectional embeddings, isolates or overrides (CVE-2021-42574).</summary>
    Bidi = 1 << 1,

    /// <summary>LRO or RLO: the text reads otherwise than it is shown.</summary>
    BidiOverride = 1 << 2,

    /// <summary>Characters without width where the script needs none: zero-width space, soft hyphen, ZWNJ among Latin letters.</summary>
    Invisible = 1 << 3,

    /// <summary>A word that mixes Latin with look-alikes of another script, or two such scripts (UTS #39).</summary>
    MixedScript = 1 << 4,

    /// <summary>More combining marks than any language stacks, or marks that strike or enclose Latin letters.</summary>
    Marks = 1 << 5,

    /// <summary>Terminal escape sequences, raw or spelled out (<c>\x1b[</c>).</summary>
    Escapes = 1 << 6,

    /// <summary>Control characters other than tab and line ends.</summary>
    Controls = 1 << 7,

    /// <summary>Styled ASCII: full-width, mathematical, circled, small capitals.</summary>
    Styled = 1 << 8,

    /// <summary>Private-use characters or noncharacters.</summary>
    PrivateUse = 1 << 9,

    /// <summary>Bytes that are not UTF-8; each became a question mark.</summary>
    NotUtf8 = 1 << 10,

    /// <summary>The output was too short and the rest of the text was not folded: treat it as not inspected.</summary>
    Cut = 1 << 11,
}

/// <summary>Counts of what folding found and changed.</summary>
/// <param name="Signs">What was found.</param>
/// <param name="HiddenBytes">Bytes of hidden text decoded; they stand behind a line feed at the end of the folded text.</param>
/// <param name="Invisible">Characters without width removed where no script needs them.</param>
/// <param name="Substituted">Look-alikes replaced by ASCII.</param>
/// <param name="MixedWords">Words that mixed scripts.</param>
/// <param name="Styled">Styled letters and digits replaced by ASCII.</param>
/// <param name="Marks">Combining marks removed.</param>
public readonly record struct FoldFacts(
    FoldSigns Signs, int HiddenBytes, int Invisible, int Substituted, int MixedWords, int Styled, int Marks)
{
    /// <summary>Whether a sign was found.</summary>
    public bool Has(FoldSigns sign) => (Signs & sign) != 0;
}
