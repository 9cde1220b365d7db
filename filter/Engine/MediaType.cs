using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Engine;

/// <summary>The media type of a body (RFC 9110 §8.3), parameters aside.</summary>
internal static class MediaType
{
    /// <summary>Whether the one content-type field has a type, compared without regard to case.</summary>
    public static bool Is(HttpHead head, ReadOnlySpan<byte> type)
    {
        if (head.CountOf("content-type") != 1)
            return false;
        ReadOnlySpan<byte> value = head.First("content-type").Span;
        int parameters = value.IndexOf((byte)';');
        return Ascii.EqualsIgnoreCase((parameters < 0 ? value : value[..parameters]).Trim(" \t"u8), type);
    }
}
