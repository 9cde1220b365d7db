using System.Diagnostics;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine;

/// <summary>What both sides of one exchange know. Set once by the request's head, then only read, but for the steps.</summary>
internal sealed class ExchangeContext(ExchangeServices services) : IDisposable
{
    public ExchangeServices Services { get; } = services;

    public MessageInspector Inspector { get; } = new(services.Scanner, services.Limits);

    public List<Step> Steps { get; } = [];

    public ConnectionFacts Facts { get; set; }

    public PolicyInForce InForce { get; set; } = services.Policies.Current;

    public HttpHead RequestHead { get; } = new();

    public HttpHead ResponseHead { get; } = new();

    public Message RequestMessage { get; } = new();

    /// <summary>Whether <see cref="RequestMessage"/> was read by <see cref="Dialect"/>.</summary>
    public bool RequestRead { get; set; }

    public ReadOnlyMemory<byte> Path { get; set; }

    public IdentityResult Identity { get; set; } = new(Caller.Unauthenticated, IdentityFault.None);

    public Route? Route { get; set; }

    public Dialect? Dialect { get; set; }

    public Ruleset? Rules { get; set; }

    public Guid EventId { get; set; }

    /// <summary>The exchange was ended by a refusal or abort: whatever still comes is ignored.</summary>
    public bool Ended { get; set; }

    /// <summary>When something must have happened, as a timestamp of the clock; 0 for never.</summary>
    public long Deadline { get; set; }

    /// <summary>When the phase under way began, as a stopwatch's timestamp.</summary>
    public long PhaseBegan { get; set; }

    /// <summary>Own time of earlier phases, in stopwatch ticks, by direction.</summary>
    public long[] Spent { get; } = new long[2];

    public void WaitAtMost(TimeSpan time) =>
        Deadline = time <= TimeSpan.Zero ? 0 : Services.Time.GetTimestamp() + (long)(time.TotalSeconds * Services.Time.TimestampFrequency);

    /// <summary>Fills in what a decision shares with the whole exchange.</summary>
    public void Describe(Decision decision, Direction direction)
    {
        decision.EventId = EventId;
        decision.Direction = direction;
        decision.Caller = Identity.Caller;
        decision.IdentityFault = Identity.Fault;
        decision.Route = Route?.Name ?? "";
        decision.Dialect = Dialect?.Name ?? "";
        decision.Policy = InForce.Policy;
        TimeSpan spent = Stopwatch.GetElapsedTime(0, Spent[(int)direction] + Stopwatch.GetTimestamp() - PhaseBegan);
        decision.Microseconds = (long)spent.TotalMicroseconds;
        if (decision.Rule.Length == 0)
            decision.Rule = Rules?.Rule ?? "";
    }

    /// <summary>Records and counts a decision.</summary>
    public void Record(Decision decision, Direction direction)
    {
        Describe(decision, direction);
        Services.Metrics.Count(decision, Services.Log.Record(decision));
    }

    /// <summary>Ends the exchange with a refusal in the caller's protocol.</summary>
    public void Refuse(in Judgement judgement)
    {
        RefusalReason reason = judgement.ToReason(EventId);
        // A request that was JSON but not well formed still names what its refusal has to answer (JSON-RPC ids).
        bool isKnown = RequestRead || RequestMessage.Documents.Count > 0;
        Refusal refusal = Dialect?.Refuse(reason, isKnown ? RequestMessage : null, RequestHead) ?? PlainRefusal.Make(reason);
        Steps.Add(new Step(StepKind.Refuse) { Refusal = refusal, Details = $"extauthz_{judgement.Code}" });
        Ended = true;
        Deadline = 0;
    }

    /// <summary>Ends the exchange where no answer in its protocol is possible any more.</summary>
    public void Abort(in Judgement judgement)
    {
        Steps.Add(new Step(StepKind.Abort) { Details = $"extauthz_{judgement.Code}" });
        Ended = true;
        Deadline = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => RequestMessage.Dispose();

    public void Reset()
    {
        Steps.Clear();
        RequestHead.Clear();
        ResponseHead.Clear();
        RequestMessage.Clear();
        RequestRead = false;
        Path = default;
        Identity = new IdentityResult(Caller.Unauthenticated, IdentityFault.None);
        Route = null;
        Dialect = null;
        Rules = null;
        Ended = false;
        Deadline = 0;
        Array.Clear(Spent);
    }
}
