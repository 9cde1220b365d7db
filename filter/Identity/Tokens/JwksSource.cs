namespace EnvoyExtAuthz.Identity.Tokens;

/// <summary>When a key set is read again.</summary>
/// <param name="Interval">Between readings that succeed.</param>
/// <param name="RetryFirst">After a first failure; doubled with each further one.</param>
/// <param name="RetryMost">Longest time between readings that fail.</param>
/// <param name="Asked">Shortest time between two readings, when a token names a key that is not there.</param>
/// <param name="Age">How long keys serve after they were last read; longer than that, they may have been withdrawn unseen.</param>
internal sealed record JwksTiming(TimeSpan Interval, TimeSpan RetryFirst, TimeSpan RetryMost, TimeSpan Asked, TimeSpan Age);

/// <summary>
/// Keeps one issuer's keys current, in the background. A reading that fails leaves the last good keys in force until they
/// are too old. Times are spread by a tenth, so that replicas do not ask an issuer all at once.
/// </summary>
internal sealed class JwksSource : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<byte[]>> _read;
    private readonly JwksTiming _timing;
    private readonly TimeProvider _time;
    private readonly Action<JwksReading> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _text = [];
    private Held? _held;
    private JwksReading? _last;
    private int _failures;

    private sealed record Held(JwkSet Keys, DateTimeOffset Until);

    public JwksSource(string place, Func<CancellationToken, Task<byte[]>> read, JwksTiming timing, TimeProvider time, Action<JwksReading> report)
    {
        Place = place;
        _read = read;
        _timing = timing;
        _time = time;
        _report = report;
        _loop = Run();
    }

    /// <summary>The file or address.</summary>
    public string Place { get; }

    /// <summary>Keys in force; null if there are none, or none young enough.</summary>
    public JwkSet? Current => Volatile.Read(ref _held) is { } held && _time.GetUtcNow() < held.Until ? held.Keys : null;

    /// <summary>What the latest reading gave; null before the first.</summary>
    public JwksReading? Last => Volatile.Read(ref _last);

    /// <summary>Done when the first reading was tried, well or ill.</summary>
    public Task First => _first.Task;

    /// <summary>Asks for a reading soon: a token named an unknown key. Costs nothing, and readings stay as rare as the timing says.</summary>
    public void Ask() => Volatile.Read(ref _asked).TrySetResult();

    /// <summary>Ends the readings; the keys stay for whoever still holds them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task Run()
    {
        try
        {
            while (true)
            {
                JwksReading reading = await Attempt();
                Volatile.Write(ref _last, reading);
                _first.TrySetResult();
                _report(reading);
                await Wait(reading.Fault is null);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _first.TrySetResult();
        }
    }

    private async Task<JwksReading> Attempt()
    {
        try
        {
            byte[] text = await _read(_stop.Token);
            JwkSet? keys = Volatile.Read(ref _held)?.Keys;
            bool changed = keys is null || !text.AsSpan().SequenceEqual(_text);
            if (changed)
                keys = JwkSet.Read(text);
            if (keys is null)
                return new JwksReading(Place, false, "no usable key set");
            _text = text;
            Volatile.Write(ref _held, new Held(keys, Later(_timing.Age)));
            return new JwksReading(Place, changed, null);
        }
        // Whatever keeps the keys away, the answer is the same: the last good ones, and another try. The type says enough; messages can hold what was sent.
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            return new JwksReading(Place, false, e.GetType().Name);
        }
    }

    private async Task Wait(bool succeeded)
    {
        _failures = succeeded ? 0 : Math.Min(_failures + 1, 16);
        TimeSpan wait = succeeded ? _timing.Interval : TimeSpan.FromTicks(Math.Min(_timing.RetryMost.Ticks, _timing.RetryFirst.Ticks << (_failures - 1)));
        wait *= 0.9 + (0.2 * Random.Shared.NextDouble());
        TimeSpan least = wait < _timing.Asked ? wait : _timing.Asked;
        await Task.Delay(least, _time, _stop.Token);
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(Task.Delay(wait - least, _time, rest.Token), _asked.Task);
        await rest.CancelAsync();
        _stop.Token.ThrowIfCancellationRequested();
        // Renewed before the reading, so that an ask during it leads to another.
        if (_asked.Task.IsCompleted)
            Volatile.Write(ref _asked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private DateTimeOffset Later(TimeSpan by) => by == TimeSpan.MaxValue ? DateTimeOffset.MaxValue : _time.GetUtcNow() + by;
}
