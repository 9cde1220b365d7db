using System.Globalization;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>What a node is.</summary>
public enum YamlKind : byte
{
    /// <summary>A single value.</summary>
    Scalar,

    /// <summary>A list.</summary>
    Sequence,

    /// <summary>Keys and values.</summary>
    Mapping,
}

/// <summary>A node of a YAML file, with its place.</summary>
/// <param name="kind">What it is.</param>
/// <param name="line">From 1; 0 for what stands in no file, such as a value from the environment.</param>
/// <param name="column">From 1.</param>
public sealed class YamlNode(YamlKind kind, int line, int column)
{
    private static readonly string[] TypedWords = ["true", "false", "yes", "no", "on", "off"];
    private List<YamlNode>? _items;
    private List<(YamlNode Key, YamlNode Value)>? _entries;

    /// <summary>What it is.</summary>
    public YamlKind Kind { get; } = kind;

    /// <summary>From 1; 0 for what stands in no file.</summary>
    public int Line { get; } = line;

    /// <summary>From 1.</summary>
    public int Column { get; } = column;

    /// <summary>A scalar's text.</summary>
    public string Text { get; init; } = "";

    /// <summary>A scalar was quoted or a block, so it is text whatever it looks like.</summary>
    public bool Quoted { get; init; }

    /// <summary>A list's items; empty for others.</summary>
    public List<YamlNode> Items => _items ??= [];

    /// <summary>A mapping's entries, in order, no key twice; empty for others.</summary>
    public List<(YamlNode Key, YamlNode Value)> Entries => _entries ??= [];

    /// <summary>The place alone, for whoever keeps it longer than the tree.</summary>
    public YamlNode Place => new(YamlKind.Scalar, Line, Column);

    /// <summary>The plain scalar that means nothing.</summary>
    public bool IsNull => Kind == YamlKind.Scalar && !Quoted && (Text is "" or "~" || Text.Equals("null", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// A plain scalar that some YAML reader takes for something else than text: a number, or a truth value of YAML 1.1.
    /// Where text is expected it has to be quoted. What stands in no file has no such type.
    /// </summary>
    public bool LooksTyped => Kind == YamlKind.Scalar && !Quoted && Line > 0
        && (Array.Exists(TypedWords, w => Text.Equals(w, StringComparison.OrdinalIgnoreCase)) || LooksLikeNumber(Text));

    /// <summary>Numbers of YAML 1.1 and 1.2: decimal, hexadecimal, octal, with underscores, base 60; and the special ones.</summary>
    private static bool LooksLikeNumber(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.'))
            return false;
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return true;
        string unsigned = digits.TrimStart('+', '-').ToLowerInvariant();
        if (unsigned.StartsWith("0x", StringComparison.Ordinal) || unsigned.StartsWith("0o", StringComparison.Ordinal))
            return ulong.TryParse(unsigned.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _);
        return unsigned is ".nan" or ".inf" || (unsigned.Contains(':', StringComparison.Ordinal) && unsigned.All(c => char.IsAsciiDigit(c) || c is ':' or '.'));
    }
}
