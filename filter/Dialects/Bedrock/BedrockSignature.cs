using System.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Whether a request is signed together with its body (AWS Signature Version 4 and 4A).</summary>
internal static class BedrockSignature
{
    /// <summary>Whether an edit of the body would break what its sender signed.</summary>
    public static bool CoversBody(HttpHead head)
    {
        foreach (HeaderField field in head.Fields)
        {
            ReadOnlySpan<byte> value = field.Value.Span.Trim(" \t"u8);
            if (field.Name == "authorization" && value.Length > 5 && Ascii.EqualsIgnoreCase(value[..5], "AWS4-"u8))
                return true;
            if (field.Name == "x-amz-content-sha256" && !value.SequenceEqual("UNSIGNED-PAYLOAD"u8))
                return true;
        }
        int query = head.Path.Span.IndexOf((byte)'?');
        return query >= 0 && HasSignature(head.Path.Span[query..]);
    }

    private static bool HasSignature(ReadOnlySpan<byte> query)
    {
        for (int at = query.IndexOfAny("xX"u8); at >= 0 && query.Length - at >= 15; at = query.IndexOfAny("xX"u8))
        {
            if (Ascii.EqualsIgnoreCase(query.Slice(at, 15), "X-Amz-Signature"u8))
                return true;
            query = query[(at + 1)..];
        }
        return false;
    }
}
