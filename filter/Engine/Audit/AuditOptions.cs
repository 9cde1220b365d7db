namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>Where and how decisions are written down.</summary>
/// <param name="File">The file; its folder must exist. Full files stand beside it, named by their first line's number.</param>
public sealed record AuditOptions(string File)
{
    /// <summary>A file is full at this many bytes.</summary>
    public long FileBytes { get; init; } = 64 << 20;

    /// <summary>Full files kept; the oldest goes when one more is full.</summary>
    public int FilesKept { get; init; } = 16;

    /// <summary>Decisions waiting to be written; one more cannot be recorded.</summary>
    public int QueueLength { get; init; } = 8192;

    /// <summary>How long after a failed write the next try is made.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
