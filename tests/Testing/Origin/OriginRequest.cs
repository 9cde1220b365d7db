using System.Text;

namespace EnvoyExtAuthz.Testing.Origin;

/// <summary>One request as the origin saw it: kept from its first header on, so that a body cut short shows too.</summary>
public sealed class OriginRequest
{
    private readonly List<byte> _body = [];

    internal OriginRequest(string method, string target, IReadOnlyList<KeyValuePair<string, string>> headers, string protocol)
    {
        Method = method;
        Target = target;
        Headers = headers;
        Protocol = protocol;
    }

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>Path and query as sent.</summary>
    public string Target { get; }

    /// <summary>The headers in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>HTTP/1.1 or HTTP/2.</summary>
    public string Protocol { get; }

    /// <summary>The body bytes that came so far.</summary>
    public byte[] Body
    {
        get
        {
            lock (_body)
                return [.. _body];
        }
    }

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body came to its proper end.</summary>
    public bool Complete { get; internal set; }

    /// <summary>The request was broken off, before or after the answer began.</summary>
    public bool Aborted { get; internal set; }

    /// <summary>The answer was written to its end.</summary>
    public bool Answered { get; internal set; }

    /// <summary>The values of one header, comma-joined; null if absent.</summary>
    /// <param name="name">The header's name in any case.</param>
    public string? Header(string name)
    {
        string[] values = [.. Headers.Where(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];
        return values.Length == 0 ? null : string.Join(", ", values);
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_body)
            _body.AddRange(bytes);
    }
}
