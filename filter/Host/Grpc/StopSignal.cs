namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>Tells open exchanges that the process waits for them no longer.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _expired = new();

    /// <summary>Cancelled when draining is over.</summary>
    public CancellationToken Token => _expired.Token;

    /// <summary>Draining is over.</summary>
    public void Expire() => _expired.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _expired.Dispose();
}
