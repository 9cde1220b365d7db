using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>JSON as the nodes that YAML gives: documents come in either.</summary>
internal static class JsonNodes
{
    /// <summary>The whole document. Places are not known: everything stands at line 0.</summary>
    /// <param name="tape">A document that was read; its depth bounds the recursion.</param>
    public static YamlNode ToYaml(JsonTape tape) => Node(tape, 0);

    private static YamlNode Node(JsonTape tape, int node)
    {
        JsonKind kind = tape[node].Kind;
        if (kind == JsonKind.Object)
        {
            var mapping = new YamlNode(YamlKind.Mapping, 0, 0);
            for (int key = JsonTape.FirstChild(node); key < tape[node].End; key = tape.Next(key))
                mapping.Entries.Add((Scalar(tape, key), Node(tape, key + 1)));
            return mapping;
        }
        if (kind == JsonKind.Array)
        {
            var sequence = new YamlNode(YamlKind.Sequence, 0, 0);
            for (int item = JsonTape.FirstChild(node); item < tape[node].End; item = tape[item].End)
                sequence.Items.Add(Node(tape, item));
            return sequence;
        }
        return Scalar(tape, node);
    }

    private static YamlNode Scalar(JsonTape tape, int node)
    {
        ReadOnlySpan<byte> raw = tape.Raw(node);
        var decoded = new byte[raw.Length];
        int length = tape[node].Escaped ? JsonText.Decode(raw, decoded) : raw.Length;
        string text = Encoding.UTF8.GetString(tape[node].Escaped ? decoded.AsSpan(0, length) : raw);
        return new YamlNode(YamlKind.Scalar, 0, 0) { Text = text, Quoted = tape[node].Kind is JsonKind.String or JsonKind.Key };
    }
}
