namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>Tells open exchanges that the process waits for them no longer.</summary>
internal sealed class StopSignal
{
    private readonly TaskCompletionSource _expired = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when draining is over.</summary>
    public Task Expired => _expired.Task;

    /// <summary>Draining is over.</summary>
    public void Expire() => _expired.TrySetResult();
}
