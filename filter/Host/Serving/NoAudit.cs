using EnvoyExtAuthz.Engine;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>Where no audit file is configured: metrics count, nothing is written.</summary>
internal sealed class NoAudit : IDecisionLog
{
    /// <inheritdoc/>
    public bool Available => true;

    /// <inheritdoc/>
    public bool Record(Decision decision) => true;
}
