using System.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>One header field as Envoy hands it over: the name lower-cased, the value's bytes as they are.</summary>
/// <param name="Name">Lower-case name; pseudo-headers begin with a colon.</param>
/// <param name="Value">The value's bytes; not always UTF-8.</param>
public readonly record struct HeaderField(string Name, ReadOnlyMemory<byte> Value);

/// <summary>
/// The head of a request or response: pseudo-headers and fields, in the order they came. Reused between exchanges;
/// not thread-safe.
/// </summary>
public sealed class HttpHead
{
    /// <summary>All fields, pseudo-headers included.</summary>
    public List<HeaderField> Fields { get; } = new(32);

    /// <summary>True if no body and no trailers follow.</summary>
    public bool EndOfStream { get; set; }

    /// <summary><c>:method</c>; empty on a response.</summary>
    public ReadOnlyMemory<byte> Method => First(":method");

    /// <summary><c>:path</c> as it came, query included; empty on a response.</summary>
    public ReadOnlyMemory<byte> Path => First(":path");

    /// <summary><c>:authority</c>; empty on a response.</summary>
    public ReadOnlyMemory<byte> Authority => First(":authority");

    /// <summary><c>:status</c>, 100 to 999; 0 on a request or where it is no number.</summary>
    public int Status
    {
        get
        {
            ReadOnlySpan<byte> digits = First(":status").Span;
            return digits.Length == 3 && int.TryParse(digits, out int status) ? status : 0;
        }
    }

    /// <summary>The first value of a field, or empty if there is none.</summary>
    /// <param name="name">Lower-case.</param>
    public ReadOnlyMemory<byte> First(string name)
    {
        foreach (HeaderField field in Fields)
        {
            if (field.Name == name)
                return field.Value;
        }
        return default;
    }

    /// <summary>How many fields have a name.</summary>
    /// <param name="name">Lower-case.</param>
    public int CountOf(string name)
    {
        int count = 0;
        foreach (HeaderField field in Fields)
        {
            if (field.Name == name)
                count++;
        }
        return count;
    }

    /// <summary>Adds a field; for tests and adapters.</summary>
    public HttpHead Add(string name, string value)
    {
        Fields.Add(new HeaderField(name, Encoding.UTF8.GetBytes(value)));
        return this;
    }

    /// <summary>Empties the head for the next exchange.</summary>
    public void Clear()
    {
        Fields.Clear();
        EndOfStream = false;
    }
}
