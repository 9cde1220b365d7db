using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Engine;

/// <summary>Content codings (RFC 9110 §8.4): which bodies come as they are.</summary>
internal static class ContentCoding
{
    /// <summary>Fields that say something about a body's bytes and are wrong once it was edited.</summary>
    public static IReadOnlyList<string> FieldsBoundToBody { get; } = ["etag", "content-md5", "digest", "content-digest", "repr-digest"];

    /// <summary>Whether a body comes without any coding.</summary>
    public static bool IsIdentity(HttpHead head)
    {
        foreach (HeaderField field in head.Fields)
        {
            if (field.Name == "content-encoding" && !field.Value.Span.SequenceEqual("identity"u8) && !field.Value.IsEmpty)
                return false;
        }
        return true;
    }
}
