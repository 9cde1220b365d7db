using System.Buffers;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Engine;

/// <summary>
/// Judges a stream event by event and releases what is settled: an event goes on as soon as no detector that is on could
/// still change anything in it, no tool call it belongs to is open, and all before it went on. Released bytes are those
/// that came in, without their content codings, unless edited.
/// </summary>
internal sealed class StreamInspection(ExchangeContext context, EventStream stream, IReadOnlyList<ContentCoding> codings, Decision decision) : IDisposable
{
    private const int MaxChannels = 1024;
    private readonly EventFramer _framer = stream.CreateFramer(context.Services.Limits.EventBytes);
    private readonly Queue<HeldEvent> _held = new();
    private readonly Stack<HeldEvent> _spare = new();
    private readonly Dictionary<int, ChannelText> _channels = [];
    private readonly ArrayBufferWriter<byte> _out = new();
    private readonly DecodedStream? _decoded = codings.Count == 0 ? null : new DecodedStream(codings, context.Services.Limits.CompressionRatio);
    private long _heldBytes;
    private bool _ended;

    /// <summary>Whether any released byte differs from what came.</summary>
    public bool Edited { get; private set; }

    /// <summary>After a refusal: what the response's trailers have to say; empty where its last bytes say it.</summary>
    public IReadOnlyList<(string Name, string Value)> RefusalTrailers { get; private set; } = [];

    private Ruleset Rules => context.Rules!;

    /// <summary>Takes bytes in, in any cut.</summary>
    /// <param name="piece">The bytes.</param>
    /// <param name="judgement">Whether the stream ends here with a refusal; then the result ends with it.</param>
    /// <returns>What may go on now.</returns>
    public byte[] Push(ReadOnlyMemory<byte> piece, out Judgement judgement)
    {
        judgement = Judgement.Allowed;
        if (_ended)
            return [];
        if (_decoded is not null)
        {
            DecodeOutcome outcome = _decoded.Push(piece, context.Services.Limits.HeldBytes, out piece);
            if (outcome != DecodeOutcome.Decoded)
                judgement = JudgeUnframed(outcome == DecodeOutcome.Bomb ? FrameStep.TooLarge : FrameStep.Broken);
        }
        if (!judgement.IsRefused)
            _framer.Push(piece.Span);
        while (!judgement.IsRefused)
        {
            FrameStep step = _framer.Next(out EventFrame frame);
            if (step == FrameStep.NeedMore)
                break;
            judgement = step == FrameStep.Frame ? OnFrame(frame) : JudgeUnframed(step);
            // After each event, so that what goes on before a refusal does not depend on how the bytes were cut.
            if (!judgement.IsRefused)
                judgement = ReleaseSettled();
        }
        return Result(judgement);
    }

    /// <summary>No more comes: what is left is judged.</summary>
    /// <returns>The rest that may go on, or the refusal that ends the stream.</returns>
    public byte[] Finish(out Judgement judgement)
    {
        judgement = Judgement.Allowed;
        if (_ended)
            return [];
        FrameStep step = _framer.Flush(out EventFrame last);
        if (step != FrameStep.NeedMore)
            judgement = step == FrameStep.Frame ? OnFrame(last) : JudgeUnframed(step);
        if (!judgement.IsRefused)
            judgement = ReleaseSettled();
        if (!judgement.IsRefused)
            judgement = CompleteCalls();
        if (!judgement.IsRefused)
            judgement = CompleteTexts();
        if (!judgement.IsRefused)
            judgement = ReleaseSettled();
        byte[] result = Result(judgement);
        _ended = true;
        return result;
    }

    /// <summary>Ends the stream with a refusal; what was held is dropped.</summary>
    public byte[] Refuse(in Judgement judgement)
    {
        _ended = true;
        Edited = true;
        RefusalReason reason = judgement.ToReason(context.EventId);
        RefusalTrailers = stream.RefusalTrailers(reason);
        return stream.Refuse(reason);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended = true;
        foreach (ChannelText channel in _channels.Values)
            channel.Dispose();
        _channels.Clear();
        foreach (HeldEvent held in _held)
            held.Dispose();
        foreach (HeldEvent held in _spare)
            held.Dispose();
        _held.Clear();
        _spare.Clear();
        context.Services.Memory.Return(_heldBytes);
        _heldBytes = 0;
        _framer.Dispose();
        _decoded?.Dispose();
        stream.Dispose();
    }

    private byte[] Result(in Judgement judgement)
    {
        if (judgement.IsRefused)
            _out.Write(Refuse(judgement));
        byte[] result = _out.WrittenSpan.ToArray();
        _out.ResetWrittenCount();
        return result;
    }

    private Judgement OnFrame(in EventFrame frame)
    {
        HeldEvent held = _spare.Count > 0 ? _spare.Pop() : new HeldEvent();
        held.Take(frame);
        _held.Enqueue(held);
        if (!context.Services.Memory.TryTake(held.Length))
            return Judgement.Overloaded;
        _heldBytes += held.Length;
        if (_heldBytes > context.Services.Limits.HeldBytes)
            return JudgeUnframed(FrameStep.TooLarge);
        bool callWasOpen = stream.HasOpenCall;
        held.Message.Dialect = context.Dialect;
        ReadFault fault = stream.Read(held.Frame, context.Services.Limits.Json, held.Message);
        if (fault != ReadFault.None)
        {
            Judgement judgement = MessageInspector.JudgeCase(UninspectableCases.Of(fault), Rules, decision);
            if (judgement.IsRefused)
                return judgement;
        }
        held.HoldsCall = callWasOpen || stream.HasOpenCall;
        Judgement verdict = context.Inspector.Inspect(held.Message, Direction.Response, Rules, canEdit: true, decision);
        return verdict.IsRefused ? verdict : FollowTexts(held);
    }

    private Judgement FollowTexts(HeldEvent held)
    {
        for (int i = 0; i < held.Message.Segments.Count; i++)
        {
            Segment segment = held.Message.Segments[i];
            if (segment.Channel < 0)
                continue;
            ScanPlan plan = Rules.Plan(Direction.Response, segment.Role);
            if (plan.IsEmpty)
                continue;
            if (!_channels.TryGetValue(segment.Channel, out ChannelText? channel))
            {
                if (_channels.Count == MaxChannels)
                    return MessageInspector.JudgeCase(UninspectableCase.BrokenStream, Rules, decision);
                _channels.Add(segment.Channel, channel = new ChannelText(segment.Role, plan));
            }
            if (channel.Append(held, segment, Rules, decision) is { } family)
                return Judgement.Found(family);
        }
        return EndTexts(held.Message.EndedChannels);
    }

    /// <summary>Judges running texts that are complete before the stream is: a block of content, one choice of several.</summary>
    private Judgement EndTexts(List<int> ended)
    {
        foreach (int number in ended)
        {
            if (!_channels.Remove(number, out ChannelText? channel))
                continue;
            Judgement judgement = Complete(channel);
            channel.Dispose();
            if (judgement.IsRefused)
                return judgement;
        }
        return Judgement.Allowed;
    }

    private Judgement CompleteCalls()
    {
        using var rest = new Message();
        rest.Dialect = context.Dialect;
        ReadFault fault = stream.Finish(rest);
        if (fault != ReadFault.None)
        {
            Judgement judgement = MessageInspector.JudgeCase(UninspectableCases.Of(fault), Rules, decision);
            if (judgement.IsRefused)
                return judgement;
        }
        Judgement calls = MessageInspector.JudgeCalls(rest, Rules, decision);
        return calls.IsRefused ? calls : context.Inspector.JudgeExtraTexts(rest, Direction.Response, Rules, decision);
    }

    private Judgement CompleteTexts()
    {
        foreach (ChannelText channel in _channels.Values)
        {
            Judgement judgement = Complete(channel);
            if (judgement.IsRefused)
                return judgement;
        }
        return Judgement.Allowed;
    }

    private Judgement Complete(ChannelText channel)
    {
        (ScanOutcome outcome, DetectorFamily? refused) = channel.Finish(context.Services.Scanner, Rules, decision);
        if (refused is { } family)
            return Judgement.Found(family);
        return outcome == ScanOutcome.Complete
            ? Judgement.Allowed
            : MessageInspector.JudgeCase(outcome == ScanOutcome.Failed ? UninspectableCase.DetectorFailed : UninspectableCase.BudgetSpent, Rules, decision);
    }

    private Judgement JudgeUnframed(FrameStep step)
    {
        // Cannot be allowed: what is not kept whole cannot be read, and what is not read cannot be let through here.
        UninspectableCase what = step == FrameStep.TooLarge ? UninspectableCase.TooLarge : UninspectableCase.BrokenStream;
        decision.Cases.Add((what, CaseAction.Refuse));
        return Judgement.Of(what);
    }

    /// <summary>Lets go what is settled, or says that an edit failed.</summary>
    private Judgement ReleaseSettled()
    {
        while (_held.TryPeek(out HeldEvent? first) && first.Unsettled == 0 && !(first.HoldsCall && stream.HasOpenCall))
        {
            if (Edited)
                first.Message.DropEchoes();
            ReadOnlyMemory<byte>? bytes = first.Write(_framer);
            // Edits that contradict each other: our fault, and nothing of the event may go on.
            if (bytes is null)
                return Judgement.EngineFailed;
            bool edited = first.Message.Splices.Count > 0;
            Edited |= edited;
            _out.Write(bytes.Value.Span);
            stream.OnReleased(edited);
            context.Services.Memory.Return(first.Length);
            _heldBytes -= first.Length;
            _held.Dequeue();
            _spare.Push(first);
        }
        return Judgement.Allowed;
    }
}
