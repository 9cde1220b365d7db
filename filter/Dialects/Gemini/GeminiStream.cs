using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Reads a stream of answers, as <c>text/event-stream</c> (<c>alt=sse</c>) unless derived. Texts run on in a channel for
/// each candidate and kind; a call that comes in pieces is complete with its last part, its candidate's finish reason or the
/// stream's end.
/// </summary>
internal class GeminiStream : EventStream
{
    private const int MaxCandidates = 128;
    private readonly SortedSet<int> _seen = [];
    private readonly SortedSet<int> _finished = [];
    private readonly UnknownTexts _unknown = new(MaxCandidates * PartScope.ChannelCount);
    private readonly StreamedCalls _calls = new((MaxCandidates * PartScope.ChannelCount) + UnknownTexts.MaxChannels);
    private readonly Queue<Mark> _held = new();
    private bool _blocked;
    private bool _inLineEnd;

    /// <summary>What a refusal has to know of an event that the client has.</summary>
    /// <param name="HasData">It says something.</param>
    /// <param name="EndsInReturn">Its last byte is a carriage return, whose line feed may be the next event's first byte.</param>
    protected readonly record struct Mark(bool HasData, bool EndsInReturn);

    /// <inheritdoc/>
    public override bool HasOpenCall => _calls.Any;

    /// <inheritdoc/>
    public override bool Ended => _blocked || (_seen.Count > 0 && _seen.Count == _finished.Count);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        _held.Enqueue(new Mark(frame.HasData, frame.Bytes.Span is [.., (byte)'\r']));
        StreamFrames.TakeMargins(frame, message);
        message.Take(frame.Data);
        // Google's Python SDK takes a line that is no field for an answer, for errors come so in the midst of events.
        if (frame.Unknown && !IsBareError(frame.Bytes, limits))
            return ReadFault.BrokenStream;
        if (frame.Data.Span.Trim(" \t\r\n"u8).IsEmpty)
            return ReadFault.None;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = ReadEvent(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message)
    {
        _calls.CompleteAll(message);
        return ReadFault.None;
    }

    /// <summary>Indices of the candidates that were read, ascending.</summary>
    protected IReadOnlyCollection<int> Candidates => _seen;

    /// <inheritdoc/>
    public sealed override void OnReleased(bool edited)
    {
        if (_held.TryDequeue(out Mark mark))
            OnReleased(mark);
    }

    /// <inheritdoc/>
    /// <remarks>Google's JavaScript SDK needs the whole blank line that ends the event before.</remarks>
    public override byte[] Refuse(in RefusalReason reason) =>
        [.. _inLineEnd ? "\n"u8 : default, .. "data: "u8, .. GeminiRefusal.Answer(reason, _seen), .. "\r\n\r\n"u8];

    /// <summary>An event goes on to the client.</summary>
    protected virtual void OnReleased(in Mark mark) => _inLineEnd = mark.EndsInReturn;

    private static bool IsBareError(ReadOnlyMemory<byte> block, in JsonLimits limits)
    {
        using var tape = new JsonTape();
        return tape.Parse(block, limits) == JsonFault.None && tape.Is(0, JsonKind.Object)
            && tape.Find(0, "error"u8) == JsonTape.FirstChild(0) + 1 && tape[JsonTape.FirstChild(0) + 1].End == tape[0].End;
    }

    private ReadFault ReadEvent(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = GeminiResponse.ReadHead(message, ref sweep, 0, out ProtoList candidates);
        _blocked |= GeminiFields.BlockReason.In(tape, GeminiFields.PromptFeedback.In(tape, 0)) >= 0;
        int position = 0;
        ulong seenLow = 0;
        ulong seenHigh = 0;
        for (int candidate = candidates.First; candidate < candidates.End && fault == ReadFault.None; candidate = tape[candidate].End)
        {
            if (!GeminiResponse.TryIndex(tape, candidate, position++, out int index))
                return ReadFault.BrokenStream;
            // Two of one index in one event: which of them goes on with the text, clients differ in.
            ref ulong seen = ref index < 64 ? ref seenLow : ref seenHigh;
            if ((seen & (1UL << index)) != 0)
                return ReadFault.BrokenStream;
            seen |= 1UL << index;
            fault = ReadCandidate(message, ref sweep, candidate, index, limits);
        }
        return fault;
    }

    private ReadFault ReadCandidate(Message message, ref SegmentSweep sweep, int candidate, int index, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        _seen.Add(index);
        _calls.Enter(index);
        ReadFault fault = GeminiResponse.ReadCandidate(
            message, ref sweep, candidate, PartScope.Candidate(index), PartScope.TokensOf(index), _calls, limits);
        if (GeminiFields.Content.In(tape, candidate) is >= 0 and var content)
            _unknown.Take(ref sweep, content, index);
        int finish = GeminiFields.FinishReason.In(tape, candidate);
        if (finish >= 0 && tape[finish].Length > 0)
        {
            _finished.Add(index);
            _calls.Complete(index, message);
        }
        return fault;
    }
}
