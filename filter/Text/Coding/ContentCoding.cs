using System.Text;

namespace EnvoyExtAuthz.Text.Coding;

/// <summary>A content coding that is decoded here (RFC 9110 §8.4.1, RFC 7932, RFC 8878).</summary>
public enum ContentCoding : byte
{
    /// <summary><c>gzip</c> and <c>x-gzip</c> (RFC 1952), any number of members.</summary>
    Gzip,

    /// <summary><c>deflate</c>: zlib (RFC 1950), or bare deflate (RFC 1951) as some senders understand the word.</summary>
    Deflate,

    /// <summary><c>br</c> (RFC 7932).</summary>
    Brotli,

    /// <summary><c>zstd</c> (RFC 8878), windows of at most 8 MiB (RFC 9659).</summary>
    Zstd,
}

/// <summary>Reads the content-encoding field.</summary>
public static class ContentCodings
{
    /// <summary>Codings at most on one body: more than one is rare, more than three is an attack on the decoder.</summary>
    public const int Most = 3;

    /// <summary>Reads one field value, a list; <c>identity</c> and empty entries are nothing.</summary>
    /// <param name="value">The field's value.</param>
    /// <param name="codings">Gets the codings in the order they were applied, after those it holds.</param>
    /// <returns>False if a coding is not known or there are more than <see cref="Most"/>.</returns>
    public static bool TryParse(ReadOnlySpan<byte> value, List<ContentCoding> codings)
    {
        foreach (Range part in value.Split((byte)','))
        {
            ReadOnlySpan<byte> name = value[part].Trim(" \t"u8);
            if (name.IsEmpty || Ascii.EqualsIgnoreCase(name, "identity"u8))
                continue;
            if (Of(name) is not { } coding || codings.Count == Most)
                return false;
            codings.Add(coding);
        }
        return true;
    }

    private static ContentCoding? Of(ReadOnlySpan<byte> name)
    {
        if (Ascii.EqualsIgnoreCase(name, "gzip"u8) || Ascii.EqualsIgnoreCase(name, "x-gzip"u8))
            return ContentCoding.Gzip;
        if (Ascii.EqualsIgnoreCase(name, "deflate"u8))
            return ContentCoding.Deflate;
        if (Ascii.EqualsIgnoreCase(name, "br"u8))
            return ContentCoding.Brotli;
        return Ascii.EqualsIgnoreCase(name, "zstd"u8) ? ContentCoding.Zstd : null;
    }
}
