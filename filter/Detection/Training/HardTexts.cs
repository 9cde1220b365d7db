using System.Text;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>
/// Harmless and hostile texts around the words attacks use, made from the templates in
/// <c>models/injection-ngram/hard-texts.txt</c>: lines of values (<c>=slot: a | b</c>), harmless texts (<c>- …</c>) and hostile
/// ones (<c>+ …</c>) with <c>{slot}</c>s.
/// </summary>
internal sealed class HardTexts
{
    private const string Resource = "hard-texts.txt";

    private readonly Dictionary<string, string[]> _slots = new(StringComparer.Ordinal);
    private readonly List<string> _harmless = [];
    private readonly List<string> _hostile = [];

    /// <summary>Reads templates.</summary>
    /// <exception cref="InvalidDataException">A line is none of these, or names a slot that no line before it gives.</exception>
    public HardTexts(TextReader lines)
    {
        while (lines.ReadLine() is { } line)
        {
            switch (line.Length == 0 ? '#' : line[0])
            {
                case '#':
                    break;
                case '=':
                    int colon = line.IndexOf(':', StringComparison.Ordinal);
                    _slots[line[1..colon]] = line[(colon + 1)..].Split('|', StringSplitOptions.TrimEntries);
                    break;
                case '-':
                    _harmless.Add(line[1..].Trim().Replace("\\n", "\n", StringComparison.Ordinal));
                    break;
                case '+':
                    _hostile.Add(line[1..].Trim().Replace("\\n", "\n", StringComparison.Ordinal));
                    break;
                default:
                    throw new InvalidDataException($"A line of {Resource} begins with none of # = - +.");
            }
        }
    }

    /// <summary>The templates this build carries.</summary>
    public static HardTexts Shipped()
    {
        using Stream stream = typeof(HardTexts).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return new HardTexts(reader);
    }

    /// <summary>Makes a text.</summary>
    public byte[] Next(bool hostile, Random random)
    {
        List<string> templates = hostile ? _hostile : _harmless;
        string template = templates[random.Next(templates.Count)];
        var text = new StringBuilder(template.Length * 2);
        int position = 0;
        while (position < template.Length)
        {
            int open = template.IndexOf('{', position);
            int close = open < 0 ? -1 : template.IndexOf('}', open);
            if (close < 0 || !_slots.TryGetValue(template[(open + 1)..close], out string[]? values))
            {
                int next = open < 0 ? template.Length : open + 1;
                text.Append(template, position, next - position);
                position = next;
                continue;
            }
            text.Append(template, position, open - position).Append(values[random.Next(values.Length)]);
            position = close + 1;
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
