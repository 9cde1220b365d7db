namespace EnvoyExtAuthz.Identity.Tokens;

/// <summary>What one reading of a key set gave.</summary>
/// <param name="Place">The file or address.</param>
/// <param name="Changed">New keys came into force.</param>
/// <param name="Fault">Why there was nothing to read, without content; null if there was.</param>
public sealed record JwksReading(string Place, bool Changed, string? Fault);

/// <summary>
/// Keeps the key sets of all issuers current, one a process, outliving policies: a policy reload does not lose keys that
/// both policies name. Files are read every two seconds by content, so that Kubernetes' swapped links are seen; endpoints
/// every five minutes, at most every thirty seconds when a token names an unknown key, and with growing pauses while they
/// fail. An endpoint's keys serve for a day after they were last read. Thread-safe.
/// </summary>
public sealed class JwksStore : IAsyncDisposable
{
    private const int MaxBytes = 1 << 20;

    private static readonly JwksTiming FileTiming = new(
        TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), TimeSpan.MaxValue);

    private static readonly JwksTiming EndpointTiming = new(
        TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30), TimeSpan.FromDays(1));

    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Lock _changing = new();
    private readonly Dictionary<string, JwksSource> _sources = new(StringComparer.Ordinal);
    private readonly List<Task> _ending = [];

    /// <summary>Makes a store that follows nothing yet.</summary>
    /// <param name="time">The clock.</param>
    public JwksStore(TimeProvider time)
    {
        _time = time;
        // No redirects: the policy names the address, and nobody else moves it.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = MaxBytes };
    }

    /// <summary>Told of readings that brought new keys or failed, from a background thread.</summary>
    public event Action<JwksReading>? Read;

    /// <summary>Makes a verifier for issuers, following their keys; null if there are none. Files have been read on return, endpoints not.</summary>
    /// <param name="issuers">The issuers.</param>
    public ITokenVerifier? VerifierFor(IReadOnlyList<JwtIssuerOptions> issuers) =>
        issuers.Count == 0 ? null : new JsonWebTokenVerifier([.. issuers.Select(i => (i, Follow(i)))], _time);

    /// <summary>Ends following the keys of all other issuers. Verifiers made before keep the keys they had.</summary>
    /// <param name="issuers">The issuers of the policy in force.</param>
    public void KeepOnly(IReadOnlyList<JwtIssuerOptions> issuers)
    {
        var kept = issuers.Select(PlaceOf).ToHashSet(StringComparer.Ordinal);
        lock (_changing)
        {
            _ending.RemoveAll(t => t.IsCompleted);
            foreach (string place in _sources.Keys.Where(p => !kept.Contains(p)).ToList())
            {
                _ending.Add(_sources[place].DisposeAsync().AsTask());
                _sources.Remove(place);
            }
        }
    }

    /// <summary>What the latest reading of each key set gave; none for those not yet read.</summary>
    public IReadOnlyList<JwksReading> Latest()
    {
        lock (_changing)
            return [.. _sources.Values.Select(s => s.Last).OfType<JwksReading>()];
    }

    /// <summary>Done when each key set that is followed was tried once: what a process waits for, for a while, before it calls itself ready.</summary>
    public Task FirstReadings()
    {
        lock (_changing)
            return Task.WhenAll(_sources.Values.Select(s => s.First));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        KeepOnly([]);
        Task[] ending;
        lock (_changing)
            ending = [.. _ending];
        await Task.WhenAll(ending);
        _http.Dispose();
    }

    private JwksSource Follow(JwtIssuerOptions issuer)
    {
        string place = PlaceOf(issuer);
        lock (_changing)
        {
            if (_sources.TryGetValue(place, out JwksSource? known))
                return known;
            return _sources[place] = issuer.JwksFile is { } file
                ? new JwksSource(place, _ => ReadFile(file), FileTiming, _time, Report)
                : new JwksSource(place, cancelled => _http.GetByteArrayAsync(issuer.JwksUri, cancelled), EndpointTiming, _time, Report);
        }
    }

    private static string PlaceOf(JwtIssuerOptions issuer) =>
        issuer.JwksFile ?? issuer.JwksUri?.AbsoluteUri ?? throw new ArgumentException("A token issuer needs a JWKS file or endpoint.", nameof(issuer));

    private void Report(JwksReading reading)
    {
        if (reading.Changed || reading.Fault is not null)
            Read?.Invoke(reading);
    }

    /// <summary>Synchronous on purpose: a small local file, and its keys are there before the policy that needs them is in force.</summary>
    private static Task<byte[]> ReadFile(string file)
    {
        using FileStream stream = File.OpenRead(file);
        if (stream.Length > MaxBytes)
            throw new InvalidDataException("The key set is larger than 1 MiB.");
        byte[] text = new byte[stream.Length];
        stream.ReadExactly(text);
        return Task.FromResult(text);
    }
}
