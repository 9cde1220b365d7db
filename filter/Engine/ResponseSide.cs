using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine;

/// <summary>How far a response is.</summary>
internal enum ResponseState : byte
{
    /// <summary>Its head has not come.</summary>
    Expected,

    /// <summary>Its body is gathered and judged as a whole.</summary>
    Gathering,

    /// <summary>Its events are judged one by one.</summary>
    Streaming,

    /// <summary>It was refused in mid-stream, which its trailers will tell; what comes before them is dropped.</summary>
    AwaitingTrailers,

    /// <summary>It goes on unseen: the policy has nothing to look for, or allows the case.</summary>
    Passing,

    /// <summary>It is over, one way or the other.</summary>
    Over,
}

/// <summary>The response of one exchange. Whole bodies are judged before their head goes on; streams event by event.</summary>
internal sealed partial class ResponseSide(ExchangeContext context) : IDisposable
{
    private readonly CodedBody _body = new(context.Services.Memory);
    private readonly Message _message = new();
    private StreamInspection? _stream;
    private IReadOnlyList<(string Name, string Value)> _refusalTrailers = [];
    private bool _bodySeen;
    private bool _recorded;

    public ResponseState State { get; private set; }

    public Decision Decision { get; } = new();

    /// <summary>How the body comes: what Envoy began with says NONE where we ask for responses, and we ask for full duplex.</summary>
    private BodyDelivery Delivery => context.Facts is { ResponseBody: BodyDelivery.None, OverrideAllowed: true } ? BodyDelivery.Duplex : context.Facts.ResponseBody;

    private bool CanEdit => Delivery != BodyDelivery.None;

    /// <summary>The response's head came.</summary>
    public void OnHead()
    {
        HttpHead head = context.ResponseHead;
        Decision.Status = head.Status;
        // Without rules no request was ever shown: Envoy's own reply to a broken one.
        if (context.Rules is null || !context.Rules.NeedsResponse)
        {
            Pass();
            return;
        }
        if (head.EndOfStream)
        {
            Record(Outcome.Allowed);
            State = ResponseState.Over;
            context.Steps.Add(new Step(StepKind.ResponseHead));
            return;
        }
        if (!_body.TryTakeCodings(head))
        {
            PassOrRefuse(UninspectableCase.UnknownEncoding);
            return;
        }
        // A request that the policy let through unread says nothing of its answer; the answer is judged all the same.
        if (!context.RequestRead)
            context.RequestMessage.Clear();
        if (context.Dialect!.OpenStream(context.RequestMessage, head) is { } stream)
        {
            _stream = new StreamInspection(context, stream, _body.Codings, Decision);
            State = ResponseState.Streaming;
            context.WaitAtMost(context.Services.Limits.StreamIdleTime);
            // A buffered stream comes whole and can still be refused whole. One that came coded goes on without its codings.
            context.Steps.Add(new Step(StepKind.ResponseHead) { RemoveFields = _body.IsCoded ? BodyFields.BoundToBody : null });
            return;
        }
        State = ResponseState.Gathering;
        context.WaitAtMost(context.Services.Limits.WholeResponseTime);
        // Where the head goes on before the verdict, it must fit both: a body that came coded then goes on without.
        if (Delivery != BodyDelivery.Duplex)
            context.Steps.Add(new Step(StepKind.ResponseHead) { RemoveFields = _body.IsCoded && Delivery == BodyDelivery.Pieces ? BodyFields.BoundToBody : null });
    }

    /// <summary>The response's body, or a piece of it, came.</summary>
    public void OnBody(ReadOnlyMemory<byte> piece, bool end)
    {
        _bodySeen = true;
        Decision.Bytes += piece.Length;
        switch (State)
        {
            case ResponseState.Passing:
                Release(Delivery == BodyDelivery.Whole ? default : piece, end, replaces: Delivery != BodyDelivery.Whole);
                break;
            case ResponseState.Streaming:
                OnStreamPiece(piece, end);
                break;
            case ResponseState.Gathering:
                OnGatheredPiece(piece, end);
                break;
            case ResponseState.AwaitingTrailers when end:
                EndWithoutTrailers();
                break;
            case ResponseState.Over when Delivery == BodyDelivery.Pieces && !context.Ended:
                // Each piece wants its answer, also after the end we set.
                Release(default, end, replaces: true);
                break;
            case ResponseState.Expected:
                context.Abort(Judgement.UnsafeMode("set processing_mode.response_header_mode to SEND"));
                break;
        }
    }

    /// <summary>The response's trailers came: its body is complete. What in them may not be seen is taken out.</summary>
    public void OnTrailers(HttpHead trailers)
    {
        // Also after a refusal: what the body may not say, its trailers may not either.
        List<string>? unfit = State == ResponseState.Passing || context.Rules is null ? null : context.Inspector.UnfitTrailers(trailers, context.Rules, Decision);
        switch (State)
        {
            case ResponseState.Streaming:
                byte[] rest = _stream!.Finish(out Judgement judgement);
                if (Delivery == BodyDelivery.Pieces && rest.Length > 0)
                {
                    // Nothing can be sent any more: better a broken end than a lost one.
                    EndStream(judgement);
                    context.Abort(Judgement.Of(UninspectableCase.BrokenStream));
                    return;
                }
                _refusalTrailers = _stream.RefusalTrailers;
                if (rest.Length > 0)
                    Release(rest, judgement.IsRefused && _refusalTrailers.Count == 0, replaces: true);
                EndStream(judgement);
                if (judgement.IsRefused && _refusalTrailers.Count == 0)
                    return;
                break;
            case ResponseState.Gathering:
                if (Delivery == BodyDelivery.Pieces && !_body.Raw.IsEmpty)
                {
                    Refuse(Judgement.Of(UninspectableCase.BrokenStream));
                    return;
                }
                if (!JudgeWhole(end: false))
                    return;
                break;
            case ResponseState.Over when context.Ended:
                return;
        }
        State = State == ResponseState.AwaitingTrailers ? ResponseState.Over : State;
        context.Deadline = 0;
        context.Steps.Add(new Step(StepKind.ResponseTrailers) { SetFields = _refusalTrailers.Count > 0 ? _refusalTrailers : null, RemoveFields = unfit });
    }

    public void OnDeadline()
    {
        if (State == ResponseState.AwaitingTrailers)
        {
            EndWithoutTrailers();
            return;
        }
        if (State == ResponseState.Streaming && Delivery == BodyDelivery.Duplex)
        {
            byte[] last = _stream!.Refuse(Judgement.DeadlinePassed);
            Release(last, end: true, replaces: true);
            EndStream(Judgement.DeadlinePassed);
            return;
        }
        if (State == ResponseState.Gathering && Delivery == BodyDelivery.Duplex)
        {
            Refuse(Judgement.DeadlinePassed);
            return;
        }
        Record(Outcome.Refused, Judgement.DeadlinePassed);
        context.Abort(Judgement.DeadlinePassed);
    }

    /// <summary>The process stops: a live stream ends in its own words, the rest with an error.</summary>
    public void OnStopping()
    {
        if (State == ResponseState.Streaming && Delivery == BodyDelivery.Duplex)
        {
            Release(_stream!.Refuse(Judgement.Stopping), end: true, replaces: true);
            EndStream(Judgement.Stopping);
        }
        else
        {
            context.Abort(Judgement.Stopping);
        }
    }

    /// <summary>The engine failed on this response.</summary>
    public void OnFailure()
    {
        Record(Outcome.Refused, Judgement.EngineFailed);
        context.Abort(Judgement.EngineFailed);
        State = ResponseState.Over;
    }

    public void Close()
    {
        if (State is ResponseState.Gathering or ResponseState.Streaming)
            Record(Outcome.Abandoned);
        else if (State == ResponseState.Passing)
            Record(Outcome.Allowed);
        _stream?.Dispose();
        _stream = null;
        _body.Clear();
        _message.Clear();
        Decision.Clear();
        _refusalTrailers = [];
        _bodySeen = false;
        _recorded = false;
        State = ResponseState.Expected;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _message.Dispose();
    }

    private void OnGatheredPiece(ReadOnlyMemory<byte> piece, bool end)
    {
        int limit = context.Services.Limits.ResponseBodyBytes;
        BodyAppend append = _body.Append(piece, limit);
        if (append != BodyAppend.Taken)
        {
            Refuse(append == BodyAppend.TooLarge ? Judgement.Of(UninspectableCase.TooLarge, limit) : Judgement.Overloaded);
            return;
        }
        if (end || Delivery == BodyDelivery.Whole)
            JudgeWhole(end);
        else if (Delivery == BodyDelivery.Pieces)
            Release(default, end: false, replaces: true);
    }

    /// <summary>Judges a gathered body and lets it go on, or refuses.</summary>
    /// <returns>Whether it went on.</returns>
    private bool JudgeWhole(bool end)
    {
        Judgement judgement = Read(out bool inspected);
        if (inspected && !judgement.IsRefused)
            judgement = context.Inspector.Inspect(_message, Direction.Response, context.Rules!, CanEdit, Decision);
        byte[]? edited = null;
        if (!judgement.IsRefused && _message.Splices.Count > 0 && !context.Dialect!.TryWrite(_message, out edited))
            judgement = Judgement.EngineFailed;
        // In pieces the head is out, and no field of it can be changed any more.
        if (!judgement.IsRefused && _message.FieldsToSet.Count > 0 && Delivery == BodyDelivery.Pieces)
            judgement = Judgement.Of(UninspectableCase.EditImpossible);
        if (judgement.IsRefused)
        {
            Refuse(judgement);
            return false;
        }
        Record(edited is null ? Outcome.Allowed : Outcome.Edited);
        State = ResponseState.Over;
        context.Deadline = 0;
        bool whole = Delivery == BodyDelivery.Whole;
        if (Delivery == BodyDelivery.Duplex)
            context.Steps.Add(new Step(StepKind.ResponseHead) { SetFields = FlagFields.Of(Decision, _message), RemoveFields = edited is null ? null : BodyFields.BoundToBody });
        if (_bodySeen)
        {
            context.Steps.Add(new Step(StepKind.ResponseBody)
            {
                ReplacesBody = !whole || edited is not null,
                Body = edited ?? (whole ? default : Delivery == BodyDelivery.Pieces ? _body.Plain : _body.Raw),
                EndOfStream = end,
                SetFields = whole ? FlagFields.Of(Decision, _message) : null,
                RemoveFields = whole && edited is not null ? BodyFields.BoundToBody : null,
            });
        }
        return true;
    }

    private Judgement Read(out bool inspected)
    {
        _message.Clear();
        _message.Dialect = context.Dialect;
        inspected = false;
        int limit = context.Services.Limits.ResponseBodyBytes;
        BodyAppend decoded = _body.Decode(limit, context.Services.Limits.CompressionRatio, out UninspectableCase? broken);
        if (decoded != BodyAppend.Taken)
            return decoded == BodyAppend.NoMemory ? Judgement.Overloaded : Judgement.Of(UninspectableCase.TooLarge, limit);
        // A head that went on without its coding leaves no way to let the coded bytes through.
        if (broken is { } what)
            return Delivery == BodyDelivery.Pieces ? Judgement.Of(what) : MessageInspector.JudgeCase(what, context.Rules!, Decision);
        inspected = true;
        ReadFault fault = context.Dialect!.ReadResponse(context.RequestMessage, context.ResponseHead, _body.Plain, context.Services.Limits.Json, _message);
        if (fault == ReadFault.None)
            return Judgement.Allowed;
        // Errors come from anywhere on the way (proxies, load balancers) and in any form; as text they can be inspected.
        if (context.ResponseHead.Status >= 400 && PlainBody.Read(_message, _body.Plain) == ReadFault.None)
            return Judgement.Allowed;
        inspected = false;
        return MessageInspector.JudgeCase(UninspectableCases.Of(fault), context.Rules!, Decision);
    }

    private void PassOrRefuse(UninspectableCase what)
    {
        Judgement judgement = MessageInspector.JudgeCase(what, context.Rules!, Decision);
        if (judgement.IsRefused)
            Refuse(judgement);
        else
            Pass();
    }

    private void Pass()
    {
        State = context.ResponseHead.EndOfStream ? ResponseState.Over : ResponseState.Passing;
        if (State == ResponseState.Over)
            Record(Outcome.Allowed);
        context.Deadline = 0;
        context.Steps.Add(new Step(StepKind.ResponseHead));
    }

    private void Refuse(in Judgement judgement)
    {
        Record(Outcome.Refused, judgement);
        State = ResponseState.Over;
        context.Refuse(judgement);
    }

    private void Release(ReadOnlyMemory<byte> bytes, bool end, bool replaces) =>
        context.Steps.Add(new Step(StepKind.ResponseBody) { ReplacesBody = replaces, Body = bytes, EndOfStream = end });

    private void Record(Outcome outcome, in Judgement judgement = default)
    {
        if (_recorded)
            return;
        _recorded = true;
        Decision.Outcome = outcome;
        Decision.Reason = judgement.Code ?? "";
        context.Record(Decision, Direction.Response);
    }
}
