using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// The values of a repeated field. Google's servers take a single value in a list's place, and their own documentation
/// writes requests so (<c>"contents": {"parts": {"text": ...}}</c>).
/// </summary>
/// <param name="First">The first value; equal to <see cref="End"/> if there is none.</param>
/// <param name="End">The first node behind the last value.</param>
internal readonly record struct ProtoList(int First, int End)
{
    /// <summary>The values of a field; none if it is not there.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="node">The field's value; -1 without one.</param>
    public static ProtoList Of(JsonTape tape, int node)
    {
        if (node < 0)
            return default;
        return tape.Is(node, JsonKind.Array) ? new ProtoList(JsonTape.FirstChild(node), tape[node].End) : new ProtoList(node, tape[node].End);
    }
}
