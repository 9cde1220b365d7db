namespace EnvoyExtAuthz.Host.Serving;

/// <summary>Whether the filter wants traffic, and what is not as it should be. Thread-safe.</summary>
internal sealed class Readiness
{
    private volatile bool _stopping;
    private volatile string? _policyFault;

    /// <summary>Ready for traffic: started and not stopping. A refused policy file does not make it unready: the last good one works.</summary>
    public bool IsReady => !_stopping;

    /// <summary>What is wrong with the policy file; null if nothing is.</summary>
    public string? PolicyFault
    {
        get => _policyFault;
        set => _policyFault = value;
    }

    /// <summary>The process is stopping.</summary>
    public void Stop() => _stopping = true;
}
