namespace EnvoyExtAuthz.Host.Demo;

/// <summary>What the client of a demonstrated exchange saw.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body.</param>
/// <param name="Milliseconds">How long it took, as the client sees it.</param>
internal sealed record DemoAnswer(int Status, byte[] Body, double Milliseconds);

/// <summary>Sends demonstrated exchanges through the filter.</summary>
internal interface IDemoTraffic : IAsyncDisposable
{
    /// <summary>What carries the exchanges, for people.</summary>
    string Description { get; }

    /// <summary>Sends one.</summary>
    Task<DemoAnswer> Send(int index, Recorded.RecordedExchange exchange, CancellationToken cancelled);
}
