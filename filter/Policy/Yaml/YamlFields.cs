using System.Globalization;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>
/// Takes the fields of one mapping, typed, each at most once; what is wrong becomes a diagnostic at its place, and
/// <see cref="Done"/> reports every key that nobody took.
/// </summary>
public sealed class YamlFields
{
    private readonly List<PolicyDiagnostic> _diagnostics;
    private readonly List<string> _known = [];
    private readonly string _what;

    /// <summary>Opens a mapping; anything else is an error and reads as an empty one.</summary>
    /// <param name="node">The node.</param>
    /// <param name="what">What it is, for messages: "a rule".</param>
    /// <param name="diagnostics">Gets what is wrong.</param>
    public YamlFields(YamlNode node, string what, List<PolicyDiagnostic> diagnostics)
    {
        Node = node;
        _diagnostics = diagnostics;
        _what = char.ToUpperInvariant(what[0]) + what[1..];
        if (node.Kind != YamlKind.Mapping)
            Error(node, "type", $"{_what} must be keys and values.");
    }

    /// <summary>The mapping's node.</summary>
    public YamlNode Node { get; }

    /// <summary>The value of a key, or null if it is absent.</summary>
    public YamlNode? Take(string key, bool required = false)
    {
        _known.Add(key);
        foreach ((YamlNode name, YamlNode value) in Node.Entries)
        {
            if (name.Text == key)
                return value;
        }
        if (required && Node.Kind == YamlKind.Mapping)
            Error(Node, "missing-key", $"{_what} needs `{key}`.");
        return null;
    }

    /// <summary>A text; null if absent or no text.</summary>
    public string? Text(string key, bool required = false) => Take(key, required) is { } value ? TextOf(value, key) : null;

    /// <summary>A list of texts; null if absent or no list. A single text is an error: a list of one is written <c>[one]</c>.</summary>
    public List<YamlNode>? Texts(string key, bool required = false)
    {
        if (Take(key, required) is not { } value || Items(value, key) is not { } items)
            return null;
        var texts = new List<YamlNode>(items.Count);
        foreach (YamlNode item in items)
        {
            if (TextOf(item, key) is not null)
                texts.Add(item);
        }
        return texts;
    }

    /// <summary>Like <see cref="Texts"/>, for lists in which nothing is a mistake: an empty one is an error.</summary>
    public List<YamlNode>? SomeTexts(string key, bool required = false)
    {
        List<YamlNode>? texts = Texts(key, required);
        if (texts is { Count: 0 } && Take(key) is { Items.Count: 0 } value)
            Error(value, "empty", $"`{key}` is an empty list, which matches nothing: name something or leave the key out.");
        return texts;
    }

    /// <summary>The items of a list; empty if absent or no list.</summary>
    public IReadOnlyList<YamlNode> List(string key, bool required = false) => Take(key, required) is { } value ? Items(value, key) ?? [] : [];

    /// <summary>A switch.</summary>
    public bool Flag(string key, bool otherwise)
    {
        if (Take(key) is not { } value)
            return otherwise;
        if (value is { Kind: YamlKind.Scalar, Quoted: false, Text: "true" or "false" })
            return value.Text == "true";
        Error(value, "type", $"`{key}` must be true or false.");
        return otherwise;
    }

    /// <summary>A decimal number in a range; null if absent or wrong.</summary>
    public double? Number(string key, double least, double most)
    {
        if (Take(key) is not { } value)
            return null;
        const NumberStyles Decimal = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
        if (value is not { Kind: YamlKind.Scalar, Quoted: false } || !double.TryParse(value.Text, Decimal, CultureInfo.InvariantCulture, out double number))
            Error(value, "type", $"`{key}` must be a number.");
        else if (!(number >= least && number <= most))
            Error(value, "range", string.Create(CultureInfo.InvariantCulture, $"`{key}` must be a number from {least} to {most}."));
        else
            return number;
        return null;
    }

    /// <summary>One of several words; null if absent or none of them.</summary>
    public T? Word<T>(string key, IReadOnlyDictionary<string, T> words, bool required = false) where T : struct =>
        Take(key, required) is { } value ? WordOf(value, key, words) : null;

    /// <summary>One of several words.</summary>
    public T? WordOf<T>(YamlNode value, string key, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (value.Kind == YamlKind.Scalar && words.TryGetValue(value.Text, out T word))
            return word;
        Error(value, value.Kind == YamlKind.Scalar ? "value" : "type", $"`{Shown.Of(key)}` must be one of {string.Join(", ", words.Keys)}.",
            value.Kind == YamlKind.Scalar ? Nearest(value.Text, words.Keys) : null);
        return null;
    }

    /// <summary>A scalar's text, if it is text.</summary>
    public string? TextOf(YamlNode value, string key)
    {
        if (value.Kind != YamlKind.Scalar || value.IsNull)
            Error(value, "type", $"`{Shown.Of(key)}` must be text.");
        else if (value.LooksTyped)
            Error(value, "type", $"`{Shown.Of(key)}` must be text, and `{Shown.Of(value.Text)}` could be read as a number or a truth value: quote it.", $"\"{Shown.Of(value.Text)}\"");
        else if (value.Text.Length == 0)
            Error(value, "empty", $"`{Shown.Of(key)}` must not be an empty text.");
        else
            return value.Text;
        return null;
    }

    /// <summary>Reports every key that nobody took.</summary>
    public void Done()
    {
        foreach ((YamlNode key, _) in Node.Entries)
        {
            if (_known.Contains(key.Text))
                continue;
            if (key.Text is "when" or "condition" or "conditions")
                Error(key, "unknown-key", $"{_what} has no `{key.Text}`: version 1 of the policy language has no conditions.");
            else
                Error(key, "unknown-key", $"{_what} has no `{Shown.Of(key.Text)}`.", Nearest(key.Text, _known));
        }
    }

    /// <summary>The known word nearest to one that is not known; null if none is near or nobody would read it.</summary>
    public string? Nearest(string word, IEnumerable<string> known) => _diagnostics.HasRoom() ? NearestWord.Of(word, known) : null;

    /// <summary>Reports an error at a node.</summary>
    public void Error(YamlNode at, string code, string message, string? suggestion = null) => _diagnostics.Error(at, code, message, suggestion);

    private List<YamlNode>? Items(YamlNode value, string key)
    {
        if (value.Kind == YamlKind.Sequence)
            return value.Items;
        Error(value, "type", $"`{key}` must be a list.", value.Kind == YamlKind.Scalar && !value.IsNull && value.Text.Length < 40 ? $"[{Shown.Of(value.Text)}]" : null);
        return null;
    }
}
