using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>
/// Reads the part of YAML that a policy needs: one document of mappings, lists and scalars. Anchors, aliases, tags and
/// further documents are errors, and size, depth and count are bounded, so that a small file cannot stand for a large one.
/// </summary>
public sealed class YamlTree
{
    /// <summary>Largest file, bytes.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Deepest nesting of a policy.</summary>
    private const int PolicyDepth = 16;

    private const int MaxNodes = 2_000_000;
    private readonly Parser _parser;
    private readonly List<PolicyDiagnostic> _diagnostics;
    private readonly int _maxDepth;
    private int _count;

    private YamlTree(string text, List<PolicyDiagnostic> diagnostics, int maxDepth)
    {
        _parser = new Parser(new StringReader(text));
        _diagnostics = diagnostics;
        _maxDepth = maxDepth;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="utf8">The file's bytes.</param>
    /// <param name="diagnostics">Gets what is wrong.</param>
    /// <param name="maxDepth">Deepest nesting.</param>
    /// <returns>The root, or null if there is none to go on with.</returns>
    public static YamlNode? Read(ReadOnlySpan<byte> utf8, List<PolicyDiagnostic> diagnostics, int maxDepth = PolicyDepth)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (!IsText(utf8, diagnostics))
            return null;
        try
        {
            return new YamlTree(Encoding.UTF8.GetString(utf8), diagnostics, maxDepth).Document();
        }
        catch (YamlException e)
        {
            diagnostics.Error((int)e.Start.Line, (int)e.Start.Column, "syntax", $"This is not YAML: {Sentence(e.InnerException?.Message ?? e.Message)}");
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            // What the YAML reader trips over in its own way, such as a number past every bound in an escape.
            diagnostics.Error(1, 1, "syntax", "This is not YAML.");
        }
        return null;
    }

    private static bool IsText(ReadOnlySpan<byte> utf8, List<PolicyDiagnostic> diagnostics)
    {
        if (utf8.Length > MaxBytes)
        {
            diagnostics.Error(1, 1, "too-large", $"The file is larger than {MaxBytes >> 20} MiB.");
            return false;
        }
        int line = 1;
        int start = 0;
        bool indentation = true;
        for (int i = 0; i < utf8.Length; i++)
        {
            byte b = utf8[i];
            if (b == (byte)'\n')
            {
                line++;
                start = i + 1;
                indentation = true;
                continue;
            }
            if (b is < 0x20 and not (byte)'\t' and not (byte)'\r' or 0x7F)
            {
                diagnostics.Error(line, i - start + 1, "control-character", "The file holds a control character.");
                return false;
            }
            if (indentation && b == (byte)'\t')
            {
                diagnostics.Error(line, i - start + 1, "tab", "YAML is indented with spaces.");
                return false;
            }
            indentation &= b == (byte)' ';
        }
        if (System.Text.Unicode.Utf8.IsValid(utf8))
            return true;
        (line, int column) = FirstInvalid(utf8);
        diagnostics.Error(line, column, "not-utf8", "The file is not valid UTF-8.");
        return false;
    }

    private static (int Line, int Column) FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        int line = 1, column = 1;
        while (Rune.DecodeFromUtf8(utf8, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + rune.Utf16SequenceLength);
            utf8 = utf8[length..];
        }
        return (line, column);
    }

    private YamlNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            return Fail(1, 1, "empty", "The file is empty.");
        DocumentStart start = _parser.Consume<DocumentStart>();
        if (!start.IsImplicit && (start.Version is not null || start.Tags?.Count > 0 && HasOwnTags(start)))
            return Fail((int)start.Start.Line, (int)start.Start.Column, "directive", "YAML directives are not allowed.");
        if (Node(0) is not { } root)
            return null;
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out DocumentStart? second))
            return Fail((int)second!.Start.Line, (int)second.Start.Column, "several-documents", "The file holds more than one document.");
        _parser.Consume<StreamEnd>();
        return root;
    }

    private static bool HasOwnTags(DocumentStart start) => start.Tags!.Any(t => t.Handle is not ("!" or "!!"));

    private YamlNode? Node(int depth)
    {
        if (!_parser.Accept<ParsingEvent>(out ParsingEvent? next))
            return Fail(1, 1, "syntax", "The file ends too early.");
        int line = (int)next!.Start.Line, column = (int)next.Start.Column;
        if (++_count > MaxNodes || depth > _maxDepth)
            return Fail(line, column, "too-complex", "The file has too many values or is nested too deep.");
        if (next is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            return Fail(line, column, "alias", "Anchors and aliases are not allowed: write the value out.");
        if (next is NodeEvent { Tag.IsEmpty: false })
            return Fail(line, column, "tag", "Tags are not allowed: the policy's keys say what type a value has.");
        _parser.MoveNext();
        switch (next)
        {
            case Scalar scalar:
                return new YamlNode(YamlKind.Scalar, line, column) { Text = scalar.Value, Quoted = scalar.Style is not ScalarStyle.Plain };
            case SequenceStart:
                return Sequence(new YamlNode(YamlKind.Sequence, line, column), depth);
            case MappingStart:
                return Mapping(new YamlNode(YamlKind.Mapping, line, column), depth);
            default:
                return Fail(line, column, "syntax", "A value is expected here.");
        }
    }

    private YamlNode? Sequence(YamlNode node, int depth)
    {
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (Node(depth + 1) is not { } item)
                return null;
            node.Items.Add(item);
        }
        return node;
    }

    private YamlNode? Mapping(YamlNode node, int depth)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (Node(depth + 1) is not { } key)
                return null;
            if (key.Kind != YamlKind.Scalar)
                return Fail(key.Line, key.Column, "key", "A key must be a single value.");
            if (Node(depth + 1) is not { } value)
                return null;
            if (seen.Add(key.Text))
                node.Entries.Add((key, value));
            else
                _diagnostics.Error(key, "duplicate-key", $"The key `{Shown.Of(key.Text)}` stands here twice.");
        }
        return node;
    }

    private YamlNode? Fail(int line, int column, string code, string message)
    {
        _diagnostics.Error(line, column, code, message);
        return null;
    }

    private static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";
}
