using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Plain;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine;

/// <summary>How far a request is.</summary>
internal enum RequestState : byte
{
    /// <summary>Its head has not come.</summary>
    Expected,

    /// <summary>Its head was accepted; its body is awaited.</summary>
    BodyExpected,

    /// <summary>It was let through.</summary>
    LetThrough,

    /// <summary>It was refused.</summary>
    Refused,
}

/// <summary>The request of one exchange: who calls what, then the body's verdict. Nothing goes on before it.</summary>
internal sealed class RequestSide(ExchangeContext context)
{
    private readonly CodedBody _body = new(context.Services.Memory);
    private bool _unreadable;
    private readonly List<string> _removeFields = [];
    private bool _bodySeen;

    public RequestState State { get; private set; }

    public Decision Decision { get; } = new();

    public void OnHead()
    {
        Judgement judgement = JudgeHead();
        if (judgement.IsRefused)
        {
            Refuse(judgement);
            return;
        }
        State = RequestState.BodyExpected;
        if (context.RequestHead.EndOfStream)
        {
            Judge(trailersFollow: false);
            return;
        }
        context.WaitAtMost(context.Services.Limits.RequestBodyTime);
        // In full duplex the origin hears of a request as soon as its head is answered: the answer waits for the verdict.
        if (context.Facts.RequestBody != BodyDelivery.Duplex)
            context.Steps.Add(HeadStep(edited: false));
    }

    public void OnBody(ReadOnlyMemory<byte> piece, bool end)
    {
        if (State != RequestState.BodyExpected)
        {
            // Envoy repeats the end of a stream in some versions; content after a verdict must not exist.
            if (piece.IsEmpty)
                return;
            context.Abort(Judgement.Of(UninspectableCase.UnexpectedBody));
            return;
        }
        _bodySeen = true;
        int limit = context.Services.Limits.RequestBodyBytes;
        switch (_body.Append(piece, limit))
        {
            case BodyAppend.TooLarge:
                Refuse(TooLarge(limit));
                return;
            case BodyAppend.NoMemory:
                Refuse(Judgement.Overloaded);
                return;
        }
        // A buffered body is complete even where it says that more follows: then trailers do.
        if (end || context.Facts.RequestBody == BodyDelivery.Whole)
            Judge(trailersFollow: !end);
    }

    public void OnTrailers(HttpHead trailers)
    {
        if (State == RequestState.BodyExpected)
            Judge(trailersFollow: true);
        if (State == RequestState.LetThrough)
            context.Steps.Add(new Step(StepKind.RequestTrailers) { RemoveFields = [.. trailers.Fields.Select(f => f.Name)] });
    }

    public void OnDeadline()
    {
        if (State == RequestState.LetThrough)
        {
            context.Abort(Judgement.DeadlinePassed);
            return;
        }
        // A buffered body gives us no message to answer: only the stream's end can tell Envoy.
        if (context.Facts.RequestBody == BodyDelivery.Duplex)
        {
            Refuse(Judgement.DeadlinePassed);
            return;
        }
        RecordRefusal(Judgement.DeadlinePassed);
        context.Abort(Judgement.DeadlinePassed);
    }

    /// <summary>The engine failed on this request.</summary>
    public void OnFailure()
    {
        RecordRefusal(Judgement.EngineFailed);
        context.Abort(Judgement.EngineFailed);
    }

    /// <summary>The exchange is over; an undecided request is recorded as abandoned.</summary>
    public void Close()
    {
        if (State == RequestState.BodyExpected)
        {
            Decision.Outcome = Outcome.Abandoned;
            context.Record(Decision, Direction.Request);
        }
        _body.Clear();
        _removeFields.Clear();
        _bodySeen = false;
        _unreadable = false;
        Decision.Clear();
        State = RequestState.Expected;
    }

    private Judgement JudgeHead()
    {
        if (context.Facts.UnsafeField is { } field)
            return Judgement.UnsafeMode(field);
        if (context.Services.Metrics.Open > context.Services.Limits.OpenExchanges)
            return Judgement.Overloaded;
        HttpHead head = context.RequestHead;
        ReadOnlyMemory<byte> authorization = head.CountOf("authorization") == 1 ? head.First("authorization") : default;
        context.Identity = context.InForce.Identity.Resolve(context.Facts.Peer, new PresentedCredentials(IdentityFields.Joined(head), authorization));
        bool pathIsPlain = RequestPath.TryNormalise(head.Path, out ReadOnlyMemory<byte> path, out _);
        context.Path = path;
        var facts = new RouteFacts(head.Authority, path, head.Method, context.Facts.EnvoyRoute, context.Facts.DestinationPort, context.Services.Workload);
        context.Route = context.InForce.Policy.FindRoute(facts);
        if (context.Route is null)
            return Judgement.UnknownRoute;
        context.Dialect = context.Route.Dialect ?? context.Services.Dialects.Recognise(head.Method.Span, path.Span);
        Ruleset rules = context.InForce.Policy.For(context.Identity.Caller, context.Route);
        context.Rules = rules;
        if (!rules.Admitted)
            return context.Identity.Fault == IdentityFault.None ? Judgement.NotAdmitted : Judgement.IdentityInvalid;
        if (!context.Services.Log.Available && MessageInspector.JudgeCase(UninspectableCase.AuditUnavailable, rules, Decision).IsRefused)
            return Judgement.AuditUnavailable;
        return JudgeForm(head, rules, pathIsPlain);
    }

    private Judgement JudgeForm(HttpHead head, Ruleset rules, bool pathIsPlain)
    {
        Judgement judgement = Judgement.Allowed;
        // A second reading of the path is refused whatever the policy allows: the route was chosen by one of them.
        if (!pathIsPlain)
            return Judgement.Of(UninspectableCase.UnknownPath);
        if (head.Method.Span.SequenceEqual("CONNECT"u8) || (head.CountOf("upgrade") > 0 && !head.First("upgrade").Span.SequenceEqual("h2c"u8)))
            judgement = MessageInspector.JudgeCase(UninspectableCase.Upgrade, rules, Decision);
        if (!judgement.IsRefused && context.Dialect is null)
        {
            judgement = MessageInspector.JudgeCase(UninspectableCase.UnknownPath, rules, Decision);
            context.Dialect = PlainDialect.Instance;
        }
        if (!judgement.IsRefused && !_body.TryTakeCodings(head))
        {
            _unreadable = true;
            judgement = MessageInspector.JudgeCase(UninspectableCase.UnknownEncoding, rules, Decision);
        }
        return judgement;
    }

    private void Judge(bool trailersFollow)
    {
        Ruleset rules = context.Rules!;
        Message message = context.RequestMessage;
        Decision.Bytes = _body.Raw.Length;
        Judgement judgement = Read(message, rules, out bool inspected);
        if (inspected && !judgement.IsRefused)
            judgement = context.Inspector.Inspect(message, Direction.Request, rules, context.Facts.CanEditRequest, Decision);
        if (!judgement.IsRefused && message.IsSigned && message.Splices.Count > 0)
            judgement = MessageInspector.JudgeCase(UninspectableCase.SignedBody, rules, Decision);
        byte[]? edited = null;
        if (!judgement.IsRefused && message.Splices.Count > 0 && !context.Dialect!.TryWrite(message, out edited))
            judgement = Judgement.EngineFailed;
        if (judgement.IsRefused)
        {
            Refuse(judgement);
            return;
        }
        State = RequestState.LetThrough;
        Decision.Outcome = edited is null ? Outcome.Allowed : Outcome.Edited;
        context.Record(Decision, Direction.Request);
        LetThrough(edited, trailersFollow);
        context.WaitAtMost(context.Facts.SeesResponse ? context.Services.Limits.FirstByteTime : TimeSpan.Zero);
    }

    private Judgement Read(Message message, Ruleset rules, out bool inspected)
    {
        inspected = false;
        // Only a policy that lets an unknown encoding through comes here without one that can be read.
        if (_unreadable)
            return Judgement.Allowed;
        int limit = context.Services.Limits.RequestBodyBytes;
        BodyAppend decoded = _body.Decode(limit, context.Services.Limits.CompressionRatio, out UninspectableCase? broken);
        if (decoded != BodyAppend.Taken)
            return decoded == BodyAppend.NoMemory ? Judgement.Overloaded : TooLarge(limit);
        if (broken is { } what)
            return MessageInspector.JudgeCase(what, rules, Decision);
        ReadFault fault = ReadAs(context.Dialect!, message);
        if (fault == ReadFault.UnknownPath)
        {
            Judgement judgement = MessageInspector.JudgeCase(UninspectableCase.UnknownPath, rules, Decision);
            if (judgement.IsRefused)
                return judgement;
            // Let through, but not unread.
            context.Dialect = PlainDialect.Instance;
            fault = ReadAs(PlainDialect.Instance, message);
        }
        if (fault != ReadFault.None)
            return MessageInspector.JudgeCase(UninspectableCases.Of(fault), rules, Decision);
        context.RequestRead = true;
        inspected = true;
        return Judgement.Allowed;
    }

    private ReadFault ReadAs(Dialect dialect, Message message)
    {
        message.Clear();
        message.Dialect = dialect;
        return dialect.ReadRequest(context.RequestHead, context.Path, _body.Plain, context.Services.Limits.Json, message);
    }

    private Judgement TooLarge(int limit)
    {
        // Whatever the policy says: what is not kept cannot be forwarded either.
        Decision.Cases.Add((UninspectableCase.TooLarge, CaseAction.Refuse));
        return Judgement.Of(UninspectableCase.TooLarge, limit);
    }

    private void LetThrough(byte[]? edited, bool trailersFollow)
    {
        bool duplex = context.Facts.RequestBody == BodyDelivery.Duplex;
        if (context.RequestHead.EndOfStream || duplex)
            context.Steps.Add(HeadStep(edited is not null));
        // Trailers right after the head: no body message came, so none may be answered.
        if (!_bodySeen)
            return;
        context.Steps.Add(new Step(StepKind.RequestBody)
        {
            ReplacesBody = edited is not null || duplex,
            Body = edited ?? (duplex ? _body.Raw : default),
            EndOfStream = !trailersFollow,
            SetFields = FlagFields.Of(Decision, context.RequestMessage),
            RemoveFields = edited is null ? null : BodyFields.BoundToBody,
        });
    }

    private Step HeadStep(bool edited)
    {
        IdentityFields.ToRemove(context.RequestHead, context.Identity.Caller, context.Facts.Peer, _removeFields);
        bool needsResponse = context.Rules!.NeedsResponse && context.Facts.SeesResponse;
        if (needsResponse && context.RequestHead.CountOf("accept-encoding") > 0)
            _removeFields.Add("accept-encoding");
        if (edited)
            _removeFields.AddRange(BodyFields.BoundToBody);
        return new Step(StepKind.RequestHead)
        {
            SetFields = edited && context.RequestMessage.FieldsToSet.Count > 0 ? [.. context.RequestMessage.FieldsToSet] : null,
            RemoveFields = _removeFields.Count == 0 ? null : _removeFields,
            AskForResponse = needsResponse && context.Facts.ResponseBody == BodyDelivery.None,
        };
    }

    private void Refuse(in Judgement judgement)
    {
        RecordRefusal(judgement);
        context.Refuse(judgement);
    }

    private void RecordRefusal(in Judgement judgement)
    {
        State = RequestState.Refused;
        Decision.Outcome = Outcome.Refused;
        Decision.Reason = judgement.Code;
        context.Record(Decision, Direction.Request);
    }
}
