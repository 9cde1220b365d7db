namespace EnvoyExtAuthz.Engine;

/// <summary>Fields that say something about a body's bytes.</summary>
internal static class BodyFields
{
    /// <summary>Wrong once a body was edited; the coding too, for an edited body goes on without one.</summary>
    public static IReadOnlyList<string> BoundToBody { get; } = ["etag", "content-md5", "digest", "content-digest", "repr-digest", "content-encoding"];
}
