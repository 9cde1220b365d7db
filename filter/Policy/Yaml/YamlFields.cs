using System.Globalization;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>
/// Takes the fields of one mapping, typed, each at most once; what is wrong becomes a diagnostic at its place, and
/// <see cref="Done"/> reports every key that nobody took.
/// </summary>
public sealed class YamlFields
{
    private readonly YamlNode _node;
    private readonly List<PolicyDiagnostic> _diagnostics;
    private readonly List<string> _known = [];

    /// <summary>Opens a mapping; anything else is an error and reads as an empty one.</summary>
    /// <param name="node">The node.</param>
    /// <param name="what">What it is, for messages: "a rule".</param>
    /// <param name="diagnostics">Gets what is wrong.</param>
    public YamlFields(YamlNode node, string what, List<PolicyDiagnostic> diagnostics)
    {
        _node = node;
        _diagnostics = diagnostics;
        What = what;
        if (node.Kind != YamlKind.Mapping)
            Error(node, "type", $"{Sentence(what)} must be keys and values.");
    }

    /// <summary>The mapping's node.</summary>
    public YamlNode Node => _node;

    private string What { get; }

    /// <summary>The value of a key, or null if it is absent.</summary>
    public YamlNode? Take(string key)
    {
        _known.Add(key);
        foreach ((YamlNode name, YamlNode value) in _node.Entries)
        {
            if (name.Text == key)
                return value;
        }
        return null;
    }

    /// <summary>A text; null if absent or no text.</summary>
    public string? Text(string key, bool required = false)
    {
        YamlNode? value = Take(key);
        if (value is null)
        {
            if (required)
                Error(_node, "missing-key", $"{Sentence(What)} needs `{key}`.");
            return null;
        }
        return TextOf(value, key);
    }

    /// <summary>A list of texts; null if absent. A single text is an error: a list of one is written <c>[one]</c>.</summary>
    public List<(string Text, YamlNode Node)>? Texts(string key, bool required = false)
    {
        YamlNode? value = Take(key);
        if (value is null)
        {
            if (required)
                Error(_node, "missing-key", $"{Sentence(What)} needs `{key}`.");
            return null;
        }
        var texts = new List<(string, YamlNode)>();
        foreach (YamlNode item in Items(value, key))
        {
            if (TextOf(item, key) is { } text)
                texts.Add((text, item));
        }
        return texts;
    }

    /// <summary>The items of a list; empty if absent or no list.</summary>
    public IReadOnlyList<YamlNode> List(string key) => Take(key) is { } value ? Items(value, key) : [];

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

    /// <summary>A number in a range; null if absent or wrong.</summary>
    public double? Number(string key, double least, double most)
    {
        if (Take(key) is not { } value)
            return null;
        if (value is { Kind: YamlKind.Scalar, Quoted: false } && double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most)
            return number;
        Error(value, "range", string.Create(CultureInfo.InvariantCulture, $"`{key}` must be a number from {least} to {most}."));
        return null;
    }

    /// <summary>One of several words; null if absent or none of them.</summary>
    public T? Word<T>(string key, IReadOnlyDictionary<string, T> words) where T : struct =>
        Take(key) is { } value ? WordOf(value, key, words) : null;

    /// <summary>One of several words.</summary>
    public T? WordOf<T>(YamlNode value, string key, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (value.Kind == YamlKind.Scalar && words.TryGetValue(value.Text, out T word))
            return word;
        Error(value, "value", $"`{key}` must be one of {string.Join(", ", words.Keys)}.", value.Kind == YamlKind.Scalar ? NearestWord.Of(value.Text, words.Keys) : null);
        return null;
    }

    /// <summary>Reports every key that nobody took.</summary>
    public void Done()
    {
        foreach ((YamlNode key, _) in _node.Entries)
        {
            if (!_known.Contains(key.Text))
                Error(key, "unknown-key", $"{Sentence(What)} has no `{key.Text}`.", NearestWord.Of(key.Text, _known));
        }
    }

    /// <summary>Reports an error at a node.</summary>
    public void Error(YamlNode at, string code, string message, string? suggestion = null) =>
        _diagnostics.Add(new PolicyDiagnostic(DiagnosticSeverity.Error, at.Line, at.Column, code, message, suggestion));

    private List<YamlNode> Items(YamlNode value, string key)
    {
        if (value.Kind == YamlKind.Sequence)
            return value.Items;
        Error(value, "type", $"`{key}` must be a list.", value.Kind == YamlKind.Scalar && value.Text.Length is > 0 and < 40 ? $"[{value.Text}]" : null);
        return [];
    }

    private string? TextOf(YamlNode value, string key)
    {
        if (value.Kind == YamlKind.Scalar && !value.IsNull)
            return value.Text;
        Error(value, "type", $"`{key}` must be text.");
        return null;
    }

    private static string Sentence(string what) => char.ToUpperInvariant(what[0]) + what[1..];
}
