namespace EnvoyExtAuthz.Detection.Onnx;

/// <summary>A fixed number of lanes, made when first needed. Taking and giving back allocates nothing. Thread-safe.</summary>
/// <typeparam name="T">A lane: serves one caller at a time.</typeparam>
internal sealed class LanePool<T> : IDisposable
    where T : class, IDisposable
{
    private readonly T?[] _free;
    private readonly SemaphoreSlim _count;
    private readonly Func<T> _make;
    private int _made;

    /// <summary>Makes a pool.</summary>
    /// <param name="size">Lanes, at least 1.</param>
    /// <param name="make">Makes one.</param>
    public LanePool(int size, Func<T> make)
    {
        _free = new T?[size];
        _count = new SemaphoreSlim(size, size);
        _make = make;
    }

    /// <summary>Takes a lane.</summary>
    /// <param name="patience">How long to wait for one.</param>
    /// <returns>A lane to give back, or null where none came free in time.</returns>
    public T? Take(TimeSpan patience)
    {
        if (!_count.Wait(patience))
            return null;
        while (true)
        {
            for (int i = 0; i < _free.Length; i++)
            {
                if (Volatile.Read(ref _free[i]) is not null && Interlocked.Exchange(ref _free[i], null) is { } lane)
                    return lane;
            }
            if (Volatile.Read(ref _made) < _free.Length && Interlocked.Increment(ref _made) <= _free.Length)
            {
                try
                {
                    return _make();
                }
                catch
                {
                    Interlocked.Decrement(ref _made);
                    _count.Release();
                    throw;
                }
            }
        }
    }

    /// <summary>Gives a lane back.</summary>
    public void Return(T lane)
    {
        for (int i = 0; i < _free.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _free[i], lane, null) is null)
                break;
        }
        _count.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (T? lane in _free)
            lane?.Dispose();
        _count.Dispose();
    }
}
