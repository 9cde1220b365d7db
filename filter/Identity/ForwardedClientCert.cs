using System.Text;

namespace EnvoyExtAuthz.Identity;

/// <summary>One element of an XFCC header: what one proxy said of its client.</summary>
/// <param name="By">SPIFFE ID of the proxy that wrote it; null if it named none.</param>
/// <param name="Uri">SPIFFE ID of that proxy's client; null if its certificate had none.</param>
/// <param name="Hash">SHA-256 of the client's certificate, hexadecimal; null if absent.</param>
public readonly record struct ForwardedElement(SpiffeId? By, SpiffeId? Uri, string? Hash);

/// <summary>
/// Reads <c>x-forwarded-client-cert</c>: elements joined by commas, <c>key=value</c> pairs by semicolons, values that hold
/// one of <c>,;=</c> in double quotes, keys in any case. Envoy writes URIs unquoted whatever they hold, so one that is no strict
/// SPIFFE ID spoils the whole header, and so does a key, <c>DNS</c> apart, that an element holds twice.
/// </summary>
public static class ForwardedClientCert
{
    private const int MaxBytes = 64 << 10;
    private const int MaxElements = 32;

    [Flags]
    private enum Keys : byte
    {
        None = 0,
        By = 1,
        Hash = 2,
        Cert = 4,
        Chain = 8,
        Subject = 16,
        Uri = 32,
        Dns = 64,
    }

    /// <summary>Reads a header.</summary>
    /// <param name="value">The header's value; several headers joined by commas.</param>
    /// <param name="elements">The elements, the oldest hop first.</param>
    /// <returns>False if it breaks the grammar in any place.</returns>
    public static bool TryParse(ReadOnlySpan<byte> value, out List<ForwardedElement> elements)
    {
        elements = [];
        if (value.IsEmpty || value.Length > MaxBytes)
            return false;
        string text = Encoding.Latin1.GetString(value);
        int at = 0;
        while (true)
        {
            if (elements.Count == MaxElements || !TryElement(text, ref at, out ForwardedElement element))
                return false;
            elements.Add(element);
            if (at == text.Length)
                return true;
            at++; // the comma
        }
    }

    private static bool TryElement(string text, ref int at, out ForwardedElement element)
    {
        element = default;
        var seen = Keys.None;
        while (true)
        {
            if (!TryPair(text, ref at, out string name, out string value))
                return false;
            Keys key = KeyOf(name);
            if (key == Keys.None || ((seen & key) != 0 && key != Keys.Dns))
                return false;
            seen |= key;
            SpiffeId? id = null;
            if (key is Keys.By or Keys.Uri && !TryOptional(value, out id))
                return false;
            element = key switch
            {
                Keys.By => element with { By = id },
                Keys.Uri => element with { Uri = id },
                Keys.Hash => element with { Hash = value },
                _ => element,
            };
            if (at == text.Length || text[at] == ',')
                return true;
            at++; // the semicolon
        }
    }

    private static Keys KeyOf(string name) => name.ToLowerInvariant() switch
    {
        "by" => Keys.By,
        "hash" => Keys.Hash,
        "cert" => Keys.Cert,
        "chain" => Keys.Chain,
        "subject" => Keys.Subject,
        "uri" => Keys.Uri,
        "dns" => Keys.Dns,
        _ => Keys.None,
    };

    private static bool TryOptional(string value, out SpiffeId? id)
    {
        id = null;
        if (value.Length == 0)
            return true;
        if (!SpiffeId.TryParse(value, out SpiffeId parsed))
            return false;
        id = parsed;
        return true;
    }

    private static bool TryPair(string text, ref int at, out string key, out string value)
    {
        key = value = "";
        while (at < text.Length && text[at] == ' ')
            at++;
        int equals = text.IndexOf('=', at);
        if (equals <= at)
            return false;
        key = text[at..equals];
        at = equals + 1;
        if (at < text.Length && text[at] == '"')
            return TryQuoted(text, ref at, out value);
        int end = text.AsSpan(at).IndexOfAny(',', ';', '"');
        end = end < 0 ? text.Length : at + end;
        if (end < text.Length && text[end] == '"')
            return false;
        value = text[at..end].TrimEnd(' ');
        at = end;
        return true;
    }

    private static bool TryQuoted(string text, ref int at, out string value)
    {
        value = "";
        var unquoted = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            char c = text[at];
            if (c == '\\' && at + 1 < text.Length)
            {
                unquoted.Append(text[++at]);
                continue;
            }
            if (c != '"')
            {
                unquoted.Append(c);
                continue;
            }
            at++;
            value = unquoted.ToString();
            return at == text.Length || text[at] is ',' or ';';
        }
        return false;
    }
}
