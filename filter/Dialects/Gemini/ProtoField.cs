using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// A field of a protobuf message in its JSON form (proto3, "ProtoJSON"): servers read it under its lowerCamelCase name and
/// under its own name in snake_case alike.
/// </summary>
/// <param name="name">The name in lowerCamelCase.</param>
internal sealed class ProtoField(string name)
{
    private readonly byte[] _camel = Encoding.UTF8.GetBytes(name);
    private readonly byte[] _snake = Encoding.UTF8.GetBytes(SnakeOf(name));

    /// <summary>The name in lowerCamelCase.</summary>
    public byte[] Name => _camel;

    /// <summary>The field's value in a message under either name, or -1 if it is not there or null, which is the same to proto3.</summary>
    /// <param name="tape">The document.</param>
    /// <param name="message">An object's node; -1 and anything else have no fields.</param>
    public int In(JsonTape tape, int message)
    {
        int node = tape.Find(message, _camel);
        if (node < 0 && _snake.Length != _camel.Length)
            node = tape.Find(message, _snake);
        return tape.Is(node, JsonKind.Null) ? -1 : node;
    }

    /// <summary>Whether a key is one of the field's two names, letter by letter.</summary>
    public bool IsNamedBy(JsonTape tape, int key) => tape.KeyEquals(key, _camel) || tape.KeyEquals(key, _snake);

    /// <summary>Whether some bytes are one of the field's two names.</summary>
    public bool IsNamed(ReadOnlySpan<byte> name) => name.SequenceEqual(_camel) || name.SequenceEqual(_snake);

    private static string SnakeOf(string camel)
    {
        var snake = new StringBuilder(camel.Length + 4);
        foreach (char c in camel)
        {
            if (char.IsAsciiLetterUpper(c))
                snake.Append('_').Append(char.ToLowerInvariant(c));
            else
                snake.Append(c);
        }
        return snake.ToString();
    }
}
