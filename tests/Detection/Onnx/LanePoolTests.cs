using EnvoyExtAuthz.Detection.Onnx;

namespace EnvoyExtAuthz.Detection.Tests.Onnx;

public sealed class LanePoolTests
{
    private sealed class Lane : IDisposable
    {
        private int _inside;

        public void Use()
        {
            Assert.Equal(1, Interlocked.Increment(ref _inside));
            Thread.SpinWait(50);
            Interlocked.Decrement(ref _inside);
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public void No_lane_serves_two_at_once_and_no_more_are_made_than_allowed()
    {
        int made = 0;
        using var pool = new LanePool<Lane>(3, () =>
        {
            Interlocked.Increment(ref made);
            return new Lane();
        });
        Parallel.For(0, 3000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            Lane lane = pool.Take(TimeSpan.FromSeconds(30))!;
            lane.Use();
            pool.Return(lane);
        });
        Assert.InRange(made, 1, 3);
    }

    [Fact]
    public void Where_all_are_taken_the_caller_is_told_instead_of_waiting_for_ever()
    {
        using var pool = new LanePool<Lane>(1, () => new Lane());
        Lane taken = pool.Take(TimeSpan.Zero)!;
        Assert.Null(pool.Take(TimeSpan.Zero));
        pool.Return(taken);
        Assert.Same(taken, pool.Take(TimeSpan.Zero));
    }

    [Fact]
    public void A_lane_that_could_not_be_made_does_not_take_a_place()
    {
        bool broken = true;
        using var pool = new LanePool<Lane>(1, () => broken ? throw new InvalidOperationException() : new Lane());
        Assert.Throws<InvalidOperationException>(() => pool.Take(TimeSpan.Zero));
        broken = false;
        Assert.NotNull(pool.Take(TimeSpan.Zero));
    }
}
