using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Identity.Tokens;

/// <summary>Reads the JSON of a token's parts, strictly: what breaks RFC 8259 or repeats a member has no second reading here.</summary>
internal static class TokenText
{
    // A year-9999 second; a larger one is a time in milliseconds, or an attempt never to expire.
    private const double LastSecond = 253_402_300_799;

    private static readonly JsonLimits Limits = new(MaxDepth: 16, MaxNodes: 4096, MaxKeyBytes: 256);

    /// <summary>Parses a part that must be an object.</summary>
    public static bool TryParse(JsonTape tape, ReadOnlyMemory<byte> utf8) => tape.Parse(utf8, Limits) == JsonFault.None && tape.Is(0, JsonKind.Object);

    /// <summary>A member's text; null if it is absent or not text.</summary>
    public static string? Member(JsonTape tape, ReadOnlySpan<byte> name) => tape.Find(0, name) is var node && tape.Is(node, JsonKind.String) ? Text(tape, node) : null;

    /// <summary>A string or key, decoded.</summary>
    public static string Text(JsonTape tape, int node)
    {
        ReadOnlySpan<byte> raw = tape.Raw(node);
        if (!tape[node].Escaped)
            return Encoding.UTF8.GetString(raw);
        byte[] decoded = new byte[raw.Length];
        return Encoding.UTF8.GetString(decoded.AsSpan(0, JsonText.Decode(raw, decoded)));
    }

    /// <summary>A member's NumericDate (RFC 7519 §2), seconds since 1970; null if it is absent.</summary>
    /// <returns>False if it is there and is no time between 1970 and 9999.</returns>
    public static bool TryTime(JsonTape tape, ReadOnlySpan<byte> name, out double? seconds)
    {
        seconds = null;
        int node = tape.Find(0, name);
        if (node < 0)
            return true;
        if (!tape.Is(node, JsonKind.Number) || !double.TryParse(tape.Raw(node), NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            return false;
        if (value is not (>= 0 and <= LastSecond))
            return false;
        seconds = value;
        return true;
    }

    /// <summary>All members that are text.</summary>
    public static Dictionary<string, string> TextMembers(JsonTape tape)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        int end = tape[0].End;
        for (int key = JsonTape.FirstChild(0); key < end; key = tape.Next(key))
        {
            if (tape.Is(key + 1, JsonKind.String))
                members[Text(tape, key)] = Text(tape, key + 1);
        }
        return members;
    }
}
