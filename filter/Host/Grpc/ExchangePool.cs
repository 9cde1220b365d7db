using System.Collections.Concurrent;
using EnvoyExtAuthz.Engine;

namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>Keeps closed exchanges for reuse: their lists and tapes have grown to what traffic needs. Thread-safe.</summary>
/// <param name="services">What exchanges work with.</param>
internal sealed class ExchangePool(ExchangeServices services)
{
    private const int Kept = 256;
    private readonly ConcurrentBag<Exchange> _spare = [];

    /// <summary>An exchange that is not open.</summary>
    public Exchange Rent() => _spare.TryTake(out Exchange? exchange) ? exchange : new Exchange(services);

    /// <summary>Takes a closed exchange back.</summary>
    public void Return(Exchange exchange)
    {
        if (_spare.Count < Kept)
            _spare.Add(exchange);
    }
}
