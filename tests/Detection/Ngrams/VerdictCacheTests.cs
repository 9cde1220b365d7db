using System.Text;
using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Tests.Ngrams;

public sealed class VerdictCacheTests
{
    private sealed class Counting : ITextClassifier
    {
        public int Asked { get; private set; }

        public ScanOutcome Outcome { get; init; }

        public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
        {
            Asked++;
            score = text.Length / 1000f;
            return Outcome;
        }
    }

    [Fact]
    public void A_text_seen_before_is_not_judged_again()
    {
        var inner = new Counting();
        var remembering = new RememberingClassifier(inner, new VerdictCache());
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ScanOutcome.Complete, remembering.Score("hello"u8, TextRole.User, out float score));
            Assert.Equal(0.005f, score);
        }
        Assert.Equal(1, inner.Asked);
        Assert.Equal((2, 1), (remembering.Hits, remembering.Misses));
    }

    [Fact]
    public void Another_origin_is_another_question()
    {
        var inner = new Counting();
        var remembering = new RememberingClassifier(inner, new VerdictCache());
        remembering.Score("hello"u8, TextRole.User, out _);
        remembering.Score("hello"u8, TextRole.ToolResult, out _);
        Assert.Equal(2, inner.Asked);
    }

    [Theory]
    [InlineData(ScanOutcome.Failed)]
    [InlineData(ScanOutcome.BudgetSpent)]
    public void What_was_not_judged_is_not_remembered(ScanOutcome outcome)
    {
        var inner = new Counting { Outcome = outcome };
        var remembering = new RememberingClassifier(inner, new VerdictCache());
        Assert.Equal(outcome, remembering.Score("hello"u8, TextRole.User, out _));
        Assert.Equal(outcome, remembering.Score("hello"u8, TextRole.User, out _));
        Assert.Equal(2, inner.Asked);
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var remembering = new RememberingClassifier(new Counting(), new VerdictCache());
        byte[] text = new byte[4096];
        remembering.Score(text, TextRole.User, out _);
        remembering.Score(text, TextRole.User, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            remembering.Score(text, TextRole.User, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Many_more_texts_than_places_give_way_to_each_other_and_never_mix()
    {
        var cache = new VerdictCache(64);
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            int n = i % 500;
            UInt128 key = cache.Key(Encoding.UTF8.GetBytes($"text {n}"), TextRole.User);
            if (cache.TryGet(key, out float score))
                Assert.Equal(n, score);
            else
                cache.Put(key, n);
        });
    }

    [Fact]
    public void Two_processes_have_different_keys_for_the_same_text() =>
        Assert.NotEqual(new VerdictCache(4).Key("hello"u8, TextRole.User), new VerdictCache(4).Key("hello"u8, TextRole.User));
}
