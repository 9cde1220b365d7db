using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Engine.Audit;
using EnvoyExtAuthz.Policy;
using Prometheus;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>Metrics of the process rather than of exchanges: policy reloads, versions, audit, memory.</summary>
internal sealed class HostMetrics
{
    private readonly Counter _reloads;
    private readonly Gauge _policyInfo;

    /// <summary>Registers the metrics.</summary>
    public HostMetrics(CollectorRegistry registry, IDecisionLog log, Func<long> heldBytes, string modelVersion, TimeProvider time)
    {
        MetricFactory factory = Prometheus.Metrics.WithCustomRegistry(registry);
        _reloads = factory.CreateCounter("extauthz_policy_reloads_total", "Changes of the policy file.", ["result"]);
        _reloads.WithLabels("accepted");
        _reloads.WithLabels("refused");
        _policyInfo = factory.CreateGauge("extauthz_policy_info", "The policy in force: 1 for its name and hash.", ["policy", "hash"]);
        factory.CreateGauge("extauthz_build_info", "1, with the version.", ["version"]).WithLabels(FilterServer.Version).Set(1);
        factory.CreateGauge("extauthz_model_info", "1, with the injection model's version.", ["model"]).WithLabels(modelVersion).Set(1);
        factory.CreateGauge("extauthz_start_time_seconds", "When the process was ready.").Set(time.GetUtcNow().ToUnixTimeSeconds());
        Gauge held = factory.CreateGauge("extauthz_held_body_bytes", "Body bytes held by open exchanges.");
        Gauge memory = factory.CreateGauge("extauthz_resident_memory_bytes", "Resident memory of the process.");
        Gauge available = factory.CreateGauge("extauthz_audit_available", "1 while decisions can be recorded.");
        Gauge sequence = factory.CreateGauge("extauthz_audit_sequence", "Number of the newest audit line.");
        registry.AddBeforeCollectCallback(() =>
        {
            held.Set(heldBytes());
            memory.Set(Environment.WorkingSet);
            available.Set(log.Available ? 1 : 0);
            sequence.Set(log is AuditLog audit ? audit.Head.Sequence : 0);
        });
    }

    /// <summary>Shows which policy is in force.</summary>
    public void InForce(PolicySnapshot policy)
    {
        foreach (string[] labels in _policyInfo.GetAllLabelValues())
            _policyInfo.RemoveLabelled(labels);
        _policyInfo.WithLabels(policy.Name, policy.Hash[..12]).Set(1);
    }

    /// <summary>Counts a change of the policy file.</summary>
    public void Reloaded(bool accepted) => _reloads.WithLabels(accepted ? "accepted" : "refused").Inc();
}
