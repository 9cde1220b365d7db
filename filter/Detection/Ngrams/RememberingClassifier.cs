using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>Asks another classifier only about what it has not seen. Thread-safe where the other is.</summary>
/// <param name="inner">Judges; must give the same score for the same text and role.</param>
/// <param name="cache">Remembers; serves this classifier alone.</param>
public sealed class RememberingClassifier(ITextClassifier inner, VerdictCache cache) : ITextClassifier
{
    private long _hits;
    private long _misses;

    /// <summary>Texts whose score was remembered.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Texts that had to be judged.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <inheritdoc/>
    public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
    {
        UInt128 key = cache.Key(text, role);
        if (cache.TryGet(key, out score))
        {
            Interlocked.Increment(ref _hits);
            return ScanOutcome.Complete;
        }
        Interlocked.Increment(ref _misses);
        ScanOutcome outcome = inner.Score(text, role, out score);
        if (outcome == ScanOutcome.Complete)
            cache.Put(key, score);
        return outcome;
    }
}
