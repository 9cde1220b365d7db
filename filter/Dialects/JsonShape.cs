using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Shapes of JSON that protocols have in common.</summary>
internal static class JsonShape
{
    /// <summary>A list, or nothing in its place.</summary>
    public static bool IsArrayOrAbsent(JsonTape tape, int node) => node < 0 || tape.Is(node, JsonKind.Array) || tape.Is(node, JsonKind.Null);

    /// <summary>A member that is there and not null; else -1.</summary>
    public static int Present(JsonTape tape, int obj, ReadOnlySpan<byte> key)
    {
        int node = tape.Find(obj, key);
        return tape.Is(node, JsonKind.Null) ? -1 : node;
    }
}
