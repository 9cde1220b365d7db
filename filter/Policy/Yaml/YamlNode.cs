using System.Globalization;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>What a node is.</summary>
internal enum YamlKind : byte
{
    /// <summary>A single value.</summary>
    Scalar,

    /// <summary>A list.</summary>
    Sequence,

    /// <summary>Keys and values.</summary>
    Mapping,
}

/// <summary>A node of a YAML file, with its place.</summary>
internal sealed class YamlNode
{
    private static readonly string[] TypedWords = ["true", "false", "yes", "no", "on", "off"];
    private readonly string? _text;
    private readonly List<YamlNode>? _items;
    private readonly List<(YamlNode Key, YamlNode Value)>? _entries;

    private YamlNode(YamlKind kind, int line, int column, string? text, bool quoted)
    {
        Kind = kind;
        Line = line;
        Column = column;
        _text = text;
        Quoted = quoted;
        _items = kind == YamlKind.Sequence ? [] : null;
        _entries = kind == YamlKind.Mapping ? [] : null;
    }

    /// <summary>What it is.</summary>
    public YamlKind Kind { get; }

    /// <summary>From 1.</summary>
    public int Line { get; }

    /// <summary>From 1.</summary>
    public int Column { get; }

    /// <summary>A scalar's text; empty for others.</summary>
    public string Text => _text ?? "";

    /// <summary>A scalar was quoted or a block, so it is text whatever it looks like.</summary>
    public bool Quoted { get; }

    /// <summary>A list's items; empty for others.</summary>
    public IReadOnlyList<YamlNode> Items => _items ?? (IReadOnlyList<YamlNode>)[];

    /// <summary>A mapping's entries, in order, no key twice; empty for others.</summary>
    public IReadOnlyList<(YamlNode Key, YamlNode Value)> Entries => _entries ?? (IReadOnlyList<(YamlNode, YamlNode)>)[];

    /// <summary>The plain scalar that means nothing.</summary>
    public bool IsNull => Kind == YamlKind.Scalar && !Quoted && (Text is "" or "~" || Text.Equals("null", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// A plain scalar that some YAML reader takes for something else than text: a number, or a truth value of YAML 1.1.
    /// Where text is expected it has to be quoted.
    /// </summary>
    public bool LooksTyped => Kind == YamlKind.Scalar && !Quoted
        && (Array.Exists(TypedWords, w => Text.Equals(w, StringComparison.OrdinalIgnoreCase)) || LooksLikeNumber(Text));

    /// <summary>A scalar.</summary>
    public static YamlNode Scalar(string text, bool quoted, int line, int column) => new(YamlKind.Scalar, line, column, text, quoted);

    /// <summary>An empty list.</summary>
    public static YamlNode Sequence(int line, int column) => new(YamlKind.Sequence, line, column, null, false);

    /// <summary>An empty mapping.</summary>
    public static YamlNode Mapping(int line, int column) => new(YamlKind.Mapping, line, column, null, false);

    /// <summary>Appends an item to a list.</summary>
    public void Add(YamlNode item) => _items!.Add(item);

    /// <summary>Appends an entry to a mapping.</summary>
    public void Add(YamlNode key, YamlNode value) => _entries!.Add((key, value));

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
