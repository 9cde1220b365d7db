namespace EnvoyExtAuthz.Engine;

/// <summary>Counts bytes held by all exchanges against one bound. Thread-safe.</summary>
/// <param name="limit">The bound, bytes.</param>
public sealed class MemoryBudget(long limit)
{
    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Takes bytes, or takes none and says no if the bound would be passed.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limit)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
