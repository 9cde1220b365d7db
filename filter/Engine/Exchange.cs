using System.Diagnostics;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Engine;

/// <summary>
/// One HTTP exchange from first byte to last: what Envoy shows goes in, <see cref="Steps"/> to tell it come out. Knows
/// nothing of gRPC. Driven by one thread at a time; takes no lock. After <see cref="Close"/> it can begin anew.
/// </summary>
/// <param name="services">What it works with.</param>
public sealed class Exchange(ExchangeServices services) : IDisposable
{
    private readonly ExchangeContext _context = new(services);
    private RequestSide? _request;
    private ResponseSide? _response;
    private bool _open;

    /// <summary>What to tell Envoy next, in order. The adapter clears it once told.</summary>
    public List<Step> Steps => _context.Steps;

    /// <summary>The request's head, to be filled before <see cref="OnRequestHead"/>.</summary>
    public HttpHead RequestHead => _context.RequestHead;

    /// <summary>The response's head, to be filled before <see cref="OnResponseHead"/>.</summary>
    public HttpHead ResponseHead => _context.ResponseHead;

    /// <summary>The exchange was ended by us; whatever still comes is not answered.</summary>
    public bool Ended => _context.Ended;

    /// <summary>The judgement of the request so far; for <c>explain</c>.</summary>
    public Decision RequestDecision => Request.Decision;

    /// <summary>The judgement of the response so far; for <c>explain</c>.</summary>
    public Decision ResponseDecision => Response.Decision;

    private RequestSide Request => _request ??= new RequestSide(_context);

    private ResponseSide Response => _response ??= new ResponseSide(_context);

    /// <summary>Time left until <see cref="OnDeadline"/> is due; infinite if nothing is waited for with a bound.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            if (_context.Deadline == 0)
                return Timeout.InfiniteTimeSpan;
            TimeSpan left = services.Time.GetElapsedTime(services.Time.GetTimestamp(), _context.Deadline);
            return left < TimeSpan.Zero ? TimeSpan.Zero : left;
        }
    }

    /// <summary>Begins an exchange under the policy in force now.</summary>
    /// <param name="facts">What Envoy said of the connection and its modes.</param>
    public void Begin(in ConnectionFacts facts)
    {
        _open = true;
        services.Metrics.Opened();
        _context.Facts = facts;
        _context.InForce = services.Policies.Current;
        _context.EventId = Guid.CreateVersion7(services.Time.GetUtcNow());
    }

    /// <summary>The request's head came.</summary>
    public void OnRequestHead() => Measure(Phase.RequestHead, this, static e => e.Request.OnHead());

    /// <summary>The request's body, or a piece of it, came. The piece must stay unchanged until <see cref="Close"/>.</summary>
    public void OnRequestBody(ReadOnlyMemory<byte> piece, bool end) =>
        Measure(Phase.RequestBody, (this, piece, end), static e => e.Item1.Request.OnBody(e.piece, e.end));

    /// <summary>The request's trailers came.</summary>
    public void OnRequestTrailers(HttpHead trailers) =>
        Measure(Phase.RequestBody, (this, trailers), static e => e.Item1.Request.OnTrailers(e.trailers));

    /// <summary>The response's head came.</summary>
    public void OnResponseHead()
    {
        if (!Ended && Request.State != RequestState.LetThrough && ResponseHead.Status < 400)
        {
            // An answer to a request that was not let through: Envoy's own replies to those are errors, anything else means
            // that the origin heard of it without us.
            _context.Refuse(Judgement.UnsafeMode("set processing_mode.request_header_mode to SEND"));
            return;
        }
        Measure(Phase.ResponseHead, this, static e => e.Response.OnHead());
    }

    /// <summary>The response's body, or a piece of it, came. The piece must stay unchanged until <see cref="Close"/>.</summary>
    public void OnResponseBody(ReadOnlyMemory<byte> piece, bool end) =>
        Measure(Phase.ResponseBody, (this, piece, end), static e => e.Item1.Response.OnBody(e.piece, e.end));

    /// <summary>The response's trailers came.</summary>
    public void OnResponseTrailers(HttpHead trailers) =>
        Measure(Phase.ResponseBody, (this, trailers), static e => e.Item1.Response.OnTrailers(e.trailers));

    /// <summary><see cref="TimeLeft"/> ran out.</summary>
    public void OnDeadline()
    {
        if (Ended || _context.Deadline == 0)
            return;
        if (Response.State == ResponseState.Expected)
            Request.OnDeadline();
        else
            Response.OnDeadline();
    }

    /// <summary>The process stops and waits no longer.</summary>
    public void OnStopping()
    {
        if (Ended)
            return;
        if (Response.State == ResponseState.Expected)
            _context.Abort(Judgement.Stopping);
        else
            Response.OnStopping();
    }

    /// <summary>Something failed inside: the exchange ends without letting anything through.</summary>
    public void OnFailure()
    {
        services.Metrics.Failed();
        Steps.Clear();
        if (Response.State == ResponseState.Expected)
            Request.OnFailure();
        else
            Response.OnFailure();
    }

    /// <summary>The exchange is over: records what is undecided and returns what was held.</summary>
    public void Close()
    {
        if (!_open)
            return;
        _open = false;
        services.Metrics.Closed();
        _request?.Close();
        _response?.Close();
        _context.Reset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _response?.Dispose();
        _context.Dispose();
    }

    private void Measure<T>(Phase phase, T state, Action<T> work)
    {
        if (Ended)
            return;
        long began = Stopwatch.GetTimestamp();
        _context.PhaseBegan = began;
        work(state);
        long ended = Stopwatch.GetTimestamp();
        _context.Spent[phase >= Phase.ResponseHead ? 1 : 0] += ended - began;
        services.Metrics.Took(phase, Stopwatch.GetElapsedTime(began, ended), RequestHead.First("traceparent").Span);
    }
}
