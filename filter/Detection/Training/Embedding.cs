using System.Text;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>Hides a text in a carrier, as mails, pages and tool results do.</summary>
internal static class Embedding
{
    private const int ShortestCarrier = 120;
    private const int LongestCarrier = 1500;

    private static readonly (string Before, string After)[] Seams =
    [
        ("\n\n", "\n\n"), ("\n", "\n"), (" ", " "), (" ", " "), (". ", ". "), ("\n---\n", "\n---\n"), ("\n<!-- ", " -->\n"), ("\n# ", "\n"), ("\n// ", "\n"),
        (" [", "] "), (" (", ") "), ("\", \"note\": \"", "\", \""), ("\n> ", "\n"), ("\n* ", "\n"), ("<p>", "</p>"), ("\n\n\n\n", ""), (" | ", " | "), ("\\n\\n", "\\n"),
    ];

    /// <summary>A stretch of a carrier, cut at spaces where there are some.</summary>
    public static byte[] Stretch(ReadOnlySpan<byte> carrier, Random random)
    {
        int length = Math.Min(carrier.Length, random.Next(ShortestCarrier, LongestCarrier));
        int start = Boundary(carrier, random.Next(carrier.Length - length + 1));
        int end = Boundary(carrier, Math.Min(carrier.Length, start + length));
        return carrier[start..Math.Max(start, end)].ToArray();
    }

    /// <summary>Puts a text somewhere into a stretch, its beginning and end included.</summary>
    public static byte[] Hide(ReadOnlySpan<byte> text, ReadOnlySpan<byte> stretch, Random random)
    {
        (string before, string after) = Seams[random.Next(Seams.Length)];
        int at = random.Next(6) switch
        {
            0 => 0,
            1 => stretch.Length,
            _ => Boundary(stretch, random.Next(stretch.Length + 1)),
        };
        return [.. stretch[..at], .. Encoding.UTF8.GetBytes(before), .. text, .. Encoding.UTF8.GetBytes(after), .. stretch[at..]];
    }

    private static int Boundary(ReadOnlySpan<byte> text, int near)
    {
        int space = text[near..].IndexOfAny((byte)' ', (byte)'\n');
        if (space is >= 0 and < 60)
            return near + space;
        while (near < text.Length && (text[near] & 0xC0) == 0x80)
            near++;
        return near;
    }
}
