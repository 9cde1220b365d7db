using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Policy;
using Prometheus;

namespace EnvoyExtAuthz.Engine;

/// <summary>The parts of an exchange whose own time is measured.</summary>
public enum Phase : byte
{
    /// <summary>The request's head: identity, route, rules.</summary>
    RequestHead,

    /// <summary>The request's body: reading, judging, editing.</summary>
    RequestBody,

    /// <summary>The response's head.</summary>
    ResponseHead,

    /// <summary>A piece of the response's body, or all of it.</summary>
    ResponseBody,
}

/// <summary>
/// What is counted. Label values are bounded by the build (outcomes, phases, kinds) or by the policy (rules are not a
/// label); children are made once.
/// </summary>
public sealed class EngineMetrics
{
    private static readonly double[] Buckets = [25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2e-3, 3e-3, 5e-3, 7.5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 1];
    private readonly Counter.Child[] _decisions;
    private readonly Counter _refusals;
    private readonly Histogram.Child[] _phases;
    private readonly long[] _lastExemplars = new long[Enum.GetValues<Phase>().Length];
    private readonly Counter.Child[] _bytes;
    private readonly Counter _findings;
    private readonly Counter _tools;
    private readonly Counter _cases;
    private readonly Gauge.Child _open;
    private readonly Counter.Child _opened;
    private readonly Counter.Child _unrecorded;
    private readonly Counter.Child _failures;

    /// <summary>Registers the metrics.</summary>
    public EngineMetrics(CollectorRegistry registry)
    {
        MetricFactory factory = Prometheus.Metrics.WithCustomRegistry(registry);
        Counter decisions = factory.CreateCounter("extauthz_decisions_total", "Messages judged.", ["direction", "outcome"]);
        _decisions = Children<Counter.Child>(2 * Enum.GetValues<Outcome>().Length, i =>
            decisions.WithLabels(Word((Direction)(i & 1)), Word((Outcome)(i >> 1))));
        _refusals = factory.CreateCounter("extauthz_refusals_total", "Messages refused, by reason.", ["direction", "reason"]);
        Histogram phases = factory.CreateHistogram("extauthz_phase_seconds", "The filter's own time in a phase, waiting excluded.",
            new HistogramConfiguration { Buckets = Buckets, LabelNames = ["phase"] });
        _phases = Children(Enum.GetValues<Phase>().Length, i => phases.WithLabels(PhaseWords[i]));
        Counter bytes = factory.CreateCounter("extauthz_body_bytes_total", "Body bytes that came in.", ["direction"]);
        _bytes = Children(2, i => bytes.WithLabels(Word((Direction)i)));
        _findings = factory.CreateCounter("extauthz_findings_total", "Findings, by kind and what was done.", ["kind", "action"]);
        _tools = factory.CreateCounter("extauthz_tools_total", "Tools judged.", ["place", "verdict"]);
        _cases = factory.CreateCounter("extauthz_uninspectable_total", "Cases that kept something from being inspected.", ["case", "action"]);
        _open = factory.CreateGauge("extauthz_exchanges_open", "Exchanges open now.").WithLabels();
        _opened = factory.CreateCounter("extauthz_exchanges_total", "Exchanges begun.").WithLabels();
        _unrecorded = factory.CreateCounter("extauthz_audit_unrecorded_total", "Decisions that could not be recorded.").WithLabels();
        _failures = factory.CreateCounter("extauthz_engine_failures_total", "Exchanges refused because the engine failed.").WithLabels();
    }

    /// <summary>Exchanges open now.</summary>
    public double Open => _open.Value;

    /// <summary>An exchange began.</summary>
    public void Opened()
    {
        _open.Inc();
        _opened.Inc();
    }

    /// <summary>An exchange ended.</summary>
    public void Closed() => _open.Dec();

    /// <summary>The engine failed on an exchange.</summary>
    public void Failed() => _failures.Inc();

    /// <summary>A phase took some time of our own.</summary>
    /// <param name="phase">Which.</param>
    /// <param name="time">How long.</param>
    /// <param name="traceParent">The request's <c>traceparent</c> field; its trace becomes the bucket's exemplar, at most once a second a phase.</param>
    public void Took(Phase phase, TimeSpan time, ReadOnlySpan<byte> traceParent = default)
    {
        if (!traceParent.IsEmpty && TraceParent.TryTraceId(traceParent, out ReadOnlySpan<byte> trace) && IsDue(phase))
            _phases[(int)phase].Observe(time.TotalSeconds, Exemplar.From(Exemplar.Pair("trace_id", System.Text.Encoding.ASCII.GetString(trace))));
        else
            _phases[(int)phase].Observe(time.TotalSeconds);
    }

    /// <summary>Counts a decision.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="recorded">Whether the log took it.</param>
    public void Count(Decision decision, bool recorded)
    {
        _decisions[((int)decision.Outcome << 1) | (int)decision.Direction].Inc();
        _bytes[(int)decision.Direction].Inc(decision.Bytes);
        if (!recorded)
            _unrecorded.Inc();
        if (decision.Outcome == Outcome.Refused)
            _refusals.WithLabels(Word(decision.Direction), decision.Reason).Inc();
        foreach (RecordedFinding finding in decision.Findings)
            _findings.WithLabels(FindingKinds.All[finding.Kind].Name, ActionWords[(int)finding.Action]).Inc();
        foreach (RecordedTool tool in decision.Tools)
            _tools.WithLabels(tool.Place, tool.Allowed ? "allowed" : "refused").Inc();
        foreach ((UninspectableCase what, CaseAction action) in decision.Cases)
            _cases.WithLabels(CaseWords[(int)what], action == CaseAction.Allow ? "allowed" : "refused").Inc();
    }

    /// <summary>An exemplar costs an allocation: one a second is enough to find a slow request by.</summary>
    private bool IsDue(Phase phase)
    {
        long now = Environment.TickCount64;
        long last = Volatile.Read(ref _lastExemplars[(int)phase]);
        return now - last >= 1000 && Interlocked.CompareExchange(ref _lastExemplars[(int)phase], now, last) == last;
    }

    private static readonly string[] PhaseWords = ["request_head", "request_body", "response_head", "response_body"];
    private static readonly string[] ActionWords = [.. Enum.GetNames<FindingAction>().Select(n => n.ToLowerInvariant())];
    private static readonly string[] CaseWords = [.. Enum.GetValues<UninspectableCase>().Select(c => Judgement.Of(c).Code)];

    private static string Word(Direction direction) => direction == Direction.Request ? "request" : "response";

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Allowed => "allowed",
        Outcome.Edited => "edited",
        Outcome.Refused => "refused",
        _ => "abandoned",
    };

    private static T[] Children<T>(int count, Func<int, T> make) => [.. Enumerable.Range(0, count).Select(make)];
}
