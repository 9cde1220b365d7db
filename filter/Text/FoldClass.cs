namespace EnvoyExtAuthz.Text;

/// <summary>What folding does with a character: the low five bits of a table entry, under the flags of <see cref="FoldFlags"/>.</summary>
internal enum FoldClass : byte
{
    /// <summary>Symbols, punctuation, space, unassigned: ends a word.</summary>
    Other,

    /// <summary>A decimal digit.</summary>
    Digit,

    /// <summary>A letter of no script that is taken for Latin.</summary>
    Letter,

    /// <summary>A Latin letter, however styled.</summary>
    Latin,

    /// <summary>A Cyrillic letter.</summary>
    Cyrillic,

    /// <summary>A Greek letter.</summary>
    Greek,

    /// <summary>An Armenian letter.</summary>
    Armenian,

    /// <summary>A Cherokee letter.</summary>
    Cherokee,

    /// <summary>A letter of another script with look-alikes of Latin letters: Lisu, Canadian syllabics, Coptic, Deseret.</summary>
    Alphabet,

    /// <summary>A combining mark of no script in particular, with which "zalgo" text is made.</summary>
    Mark,

    /// <summary>A mark that encloses the letter before it.</summary>
    Enclosing,

    /// <summary>A combining mark of one script.</summary>
    ScriptMark,

    /// <summary>No width, no ink and no use inside a word.</summary>
    Invisible,

    /// <summary>ZWNJ and ZWJ, which many scripts and emoji need.</summary>
    Joiner,

    /// <summary>LRM, RLM, ALM.</summary>
    BidiMark,

    /// <summary>Begins or ends a bidirectional embedding or isolate.</summary>
    BidiControl,

    /// <summary>LRO and RLO, which show text in another order than it has.</summary>
    BidiOverride,

    /// <summary>A variation selector; in a row they carry bytes.</summary>
    Selector,

    /// <summary>U+2062 or U+2064, with which bits are written invisibly.</summary>
    Bit,

    /// <summary>A tag character, U+E0000 to U+E007F.</summary>
    Tag,

    /// <summary>A control character other than tab and line ends.</summary>
    Control,

    /// <summary>Private use or not a character.</summary>
    Private,
}

/// <summary>The high bits of a table entry.</summary>
[Flags]
internal enum FoldFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A styled form of ASCII letters or digits: full-width, mathematical, circled.</summary>
    Styled = 0x20,

    /// <summary>Is used for an ASCII letter in words of mixed scripts.</summary>
    Loose = 0x40,

    /// <summary>Looks like an ASCII letter.</summary>
    Close = 0x80,
}
