using System.Text.Json;

namespace EnvoyExtAuthz.Detection.Evaluation;

/// <summary>One row of a data set.</summary>
/// <param name="Text">The text, UTF-8.</param>
/// <param name="IsAttack">Its label.</param>
/// <param name="Kind">Where such text appears (<c>user</c>, <c>document</c>, <c>tool_result</c> …); empty where the row does not say.</param>
/// <param name="Language">BCP 47 tag, or empty.</param>
/// <param name="Pair">Names the two rows of a minimal pair; empty for others.</param>
public sealed record LabelledText(byte[] Text, bool IsAttack, string Kind, string Language, string Pair)
{
    /// <summary>Reads a file of one JSON object a line: <c>text</c>, <c>label</c> (<c>attack</c> or <c>benign</c>, 1 or 0), and
    /// optionally <c>kind</c>, <c>lang</c>, <c>pair</c>. Empty lines and rows without text are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line that is no such object; the message names file and line, not the text.</exception>
    public static IReadOnlyList<LabelledText> ReadFile(string path)
    {
        var rows = new List<LabelledText>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                if (Read(document.RootElement) is { Text.Length: > 0 } row)
                    rows.Add(row);
            }
            catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
            {
                throw new InvalidDataException($"{path}:{number}: not a row with \"text\" and \"label\" (0, 1, \"benign\" or \"attack\").");
            }
        }
        return rows;
    }

    private static LabelledText Read(JsonElement row)
    {
        JsonElement label = row.GetProperty("label");
        bool attack = label.ValueKind == JsonValueKind.Number ? label.GetInt32() != 0 : label.GetString() switch
        {
            "attack" or "injection" or "jailbreak" or "1" => true,
            "benign" or "safe" or "0" => false,
            _ => throw new FormatException(),
        };
        byte[] text = System.Text.Encoding.UTF8.GetBytes(row.GetProperty("text").GetString() ?? "");
        return new LabelledText(text, attack, Optional(row, "kind"), Optional(row, "lang"), Optional(row, "pair"));
    }

    private static string Optional(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
