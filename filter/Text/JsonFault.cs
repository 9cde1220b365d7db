namespace EnvoyExtAuthz.Text;

/// <summary>Why a text is not the one JSON text that every reader would read alike.</summary>
public enum JsonFault : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>No bytes, or only white space.</summary>
    Empty,

    /// <summary>Not valid UTF-8 (RFC 8259 §8.1 allows nothing else between systems).</summary>
    NotUtf8,

    /// <summary>Begins with a byte-order mark, which some readers skip and others refuse.</summary>
    ByteOrderMark,

    /// <summary>Breaks the grammar of RFC 8259, trailing bytes included.</summary>
    Syntax,

    /// <summary>Nested deeper than <see cref="JsonLimits.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>More values and keys than <see cref="JsonLimits.MaxNodes"/>.</summary>
    TooManyNodes,

    /// <summary>A key longer than <see cref="JsonLimits.MaxKeyBytes"/>.</summary>
    KeyTooLong,

    /// <summary>One object has the same key twice, however spelled: readers take the first or the last.</summary>
    DuplicateKey,

    /// <summary>One object has two keys that differ only in ASCII case, or in U+017F for s or U+212A for k: some readers take them for one.</summary>
    CaseVariantKey,

    /// <summary>A <c>\u</c> escape of half a surrogate pair: readers drop, replace or refuse it.</summary>
    LoneSurrogate,
}

/// <summary>Bounds of one parse. Reaching one is a fault, never a cut.</summary>
/// <param name="MaxDepth">Nesting of arrays and objects, 1 to 1000.</param>
/// <param name="MaxNodes">Values and keys together; each costs 16 bytes while the tape lives.</param>
/// <param name="MaxKeyBytes">Raw bytes of one key.</param>
public readonly record struct JsonLimits(int MaxDepth, int MaxNodes, int MaxKeyBytes)
{
    /// <summary>Depth 64, a million nodes, keys of 4 KiB.</summary>
    public static JsonLimits Default { get; } = new(64, 1_000_000, 4096);
}
