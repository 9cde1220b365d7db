using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

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
/// <param name="Kind">What it is.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record YamlNode(YamlKind Kind, int Line, int Column)
{
    /// <summary>A scalar's text.</summary>
    public string Text { get; init; } = "";

    /// <summary>A scalar was quoted, so it is text whatever it looks like.</summary>
    public bool Quoted { get; init; }

    /// <summary>A list's items.</summary>
    public List<YamlNode> Items { get; } = [];

    /// <summary>A mapping's entries, in order.</summary>
    public List<(YamlNode Key, YamlNode Value)> Entries { get; } = [];

    /// <summary>Whether it is the plain scalar that means nothing.</summary>
    public bool IsNull => Kind == YamlKind.Scalar && !Quoted && Text is "" or "~" or "null";
}

/// <summary>
/// Reads the part of YAML that a policy needs: one document of mappings, lists and scalars. Anchors, aliases, tags and
/// further documents are errors, and size, depth and count are bounded, so that a small file cannot stand for a large one.
/// </summary>
public static class YamlTree
{
    /// <summary>Largest file, bytes.</summary>
    public const int MaxBytes = 32 << 20;

    private const int MaxDepth = 24;
    private const int MaxNodes = 4_000_000;

    /// <summary>Reads a file.</summary>
    /// <param name="utf8">The file's bytes.</param>
    /// <param name="diagnostics">Gets the error if there is one.</param>
    /// <returns>The root, or null after an error.</returns>
    public static YamlNode? Read(ReadOnlySpan<byte> utf8, List<PolicyDiagnostic> diagnostics)
    {
        if (utf8.Length > MaxBytes)
            return Fail(diagnostics, 1, 1, "too-large", $"The file is larger than {MaxBytes >> 20} MiB.");
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
            return Fail(diagnostics, 1, 1, "not-utf8", "The file is not valid UTF-8.");
        try
        {
            using var reader = new StringReader(Encoding.UTF8.GetString(utf8));
            var parser = new Parser(reader);
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                return Fail(diagnostics, 1, 1, "empty", "The file is empty.");
            parser.Consume<DocumentStart>();
            int count = 0;
            YamlNode? root = Node(parser, 0, ref count, diagnostics);
            if (root is null)
                return null;
            parser.Consume<DocumentEnd>();
            if (parser.Current is DocumentStart second)
                return Fail(diagnostics, (int)second.Start.Line, (int)second.Start.Column, "several-documents", "The file holds more than one document.");
            return root;
        }
        catch (YamlException e)
        {
            return Fail(diagnostics, (int)e.Start.Line, (int)e.Start.Column, "syntax", e.InnerException?.Message ?? e.Message);
        }
    }

    private static YamlNode? Node(Parser parser, int depth, ref int count, List<PolicyDiagnostic> diagnostics)
    {
        ParsingEvent next = parser.Current ?? throw new YamlException("The file ends too early.");
        int line = (int)next.Start.Line, column = (int)next.Start.Column;
        if (++count > MaxNodes || depth > MaxDepth)
            return Fail(diagnostics, line, column, "too-complex", "The file has too many values or is nested too deep.");
        if (next is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
            return Fail(diagnostics, line, column, "alias", "Anchors and aliases are not allowed: write the value out.");
        if (next is NodeEvent { Tag.IsEmpty: false } tagged && !tagged.Tag.IsNonSpecific)
            return Fail(diagnostics, line, column, "tag", "Tags are not allowed.");
        switch (next)
        {
            case Scalar scalar:
                parser.MoveNext();
                return new YamlNode(YamlKind.Scalar, line, column) { Text = scalar.Value, Quoted = scalar.Style is not ScalarStyle.Plain };
            case SequenceStart:
                return Sequence(parser, new YamlNode(YamlKind.Sequence, line, column), depth, ref count, diagnostics);
            case MappingStart:
                return Mapping(parser, new YamlNode(YamlKind.Mapping, line, column), depth, ref count, diagnostics);
            default:
                return Fail(diagnostics, line, column, "syntax", "A value is expected here.");
        }
    }

    private static YamlNode? Sequence(Parser parser, YamlNode node, int depth, ref int count, List<PolicyDiagnostic> diagnostics)
    {
        parser.MoveNext();
        while (!parser.Accept<SequenceEnd>(out _))
        {
            if (Node(parser, depth + 1, ref count, diagnostics) is not { } item)
                return null;
            node.Items.Add(item);
        }
        parser.MoveNext();
        return node;
    }

    private static YamlNode? Mapping(Parser parser, YamlNode node, int depth, ref int count, List<PolicyDiagnostic> diagnostics)
    {
        parser.MoveNext();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.Accept<MappingEnd>(out _))
        {
            if (Node(parser, depth + 1, ref count, diagnostics) is not { } key)
                return null;
            if (key.Kind != YamlKind.Scalar)
                return Fail(diagnostics, key.Line, key.Column, "key", "A key must be a single value.");
            if (!seen.Add(key.Text))
                return Fail(diagnostics, key.Line, key.Column, "duplicate-key", $"The key `{key.Text}` stands here twice.");
            if (Node(parser, depth + 1, ref count, diagnostics) is not { } value)
                return null;
            node.Entries.Add((key, value));
        }
        parser.MoveNext();
        return node;
    }

    private static YamlNode? Fail(List<PolicyDiagnostic> diagnostics, int line, int column, string code, string message)
    {
        diagnostics.Add(new PolicyDiagnostic(DiagnosticSeverity.Error, Math.Max(1, line), Math.Max(1, column), code, message));
        return null;
    }
}
