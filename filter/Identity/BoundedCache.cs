using System.Collections.Concurrent;

namespace EnvoyExtAuthz.Identity;

/// <summary>
/// Remembers results by what was presented, so that the same caller costs one look-up and no allocation. A full cache
/// starts over: simpler than ageing, and a flood of distinct keys gains nothing but the work it causes anyway.
/// </summary>
/// <param name="capacity">Most entries.</param>
/// <param name="comparer">How keys are compared; null for their own equality.</param>
internal sealed class BoundedCache<TKey, TValue>(int capacity, IEqualityComparer<TKey>? comparer = null) where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, TValue> _entries = new(comparer);

    public bool TryGet(in TKey key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TValue value) => _entries.TryGetValue(key, out value);

    public void Set(in TKey key, TValue value)
    {
        MakeRoom();
        _entries[key] = value;
    }

    /// <summary>The entry of a key, made if there is none; of two made at once, one is kept and given to both.</summary>
    public TValue GetOrMake(in TKey key, Func<TKey, TValue> make)
    {
        if (_entries.TryGetValue(key, out TValue? known))
            return known;
        MakeRoom();
        return _entries.GetOrAdd(key, make);
    }

    public void Forget(in TKey key) => _entries.TryRemove(key, out _);

    private void MakeRoom()
    {
        if (_entries.Count >= capacity)
            _entries.Clear();
    }
}
