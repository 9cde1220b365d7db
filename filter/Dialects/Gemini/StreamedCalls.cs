using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// The calls of a stream. Most come whole in one part. With <c>streamFunctionCallArguments</c> a call begins with its name,
/// goes on in parts without one (<c>partialArgs</c>), and ends with the part that does not say <c>willContinue</c>. A
/// candidate has one call open at a time: a name begins the next one, so every name that comes is a call that is judged.
/// </summary>
/// <param name="firstChannel">The first of <see cref="MaxChannels"/> channels, for arguments that come in pieces.</param>
internal sealed class StreamedCalls(int firstChannel)
{
    /// <summary>Arguments in pieces at most.</summary>
    public const int MaxChannels = 512;

    /// <summary>Bytes of arguments of all calls that are open at once.</summary>
    private const long MaxOpenBytes = 8 << 20;

    private readonly SortedDictionary<int, OpenCall> _open = [];
    private int _candidate;
    private int _channels;
    private long _openBytes;

    private sealed record OpenCall(byte[] Name, byte[] Id, PartialArguments Arguments, List<int> Channels);

    /// <summary>Whether a call has begun and is not complete.</summary>
    public bool Any => _open.Count > 0;

    /// <summary>The parts that follow are this candidate's.</summary>
    public void Enter(int candidate) => _candidate = candidate;

    /// <summary>Takes a call, or the next part of the open one.</summary>
    /// <param name="message">Gets a call that is complete, and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="call">The <c>functionCall</c> object, its name a string and its arguments an object where there are any.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public ReadFault Take(Message message, ref SegmentSweep sweep, int call, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int nameNode = GeminiFields.Name.In(tape, call);
        int args = GeminiFields.Args.In(tape, call);
        int partial = GeminiFields.PartialArgs.In(tape, call);
        int more = GeminiFields.WillContinue.In(tape, call);
        if (more >= 0 && !tape.Is(more, JsonKind.True) && !tape.Is(more, JsonKind.False))
            return ReadFault.BrokenStream;
        bool goesOn = tape.Is(more, JsonKind.True);
        ReadOnlyMemory<byte> id = GeminiFields.Id.In(tape, call) is var idNode && tape.Is(idNode, JsonKind.String) ? message.Decode(0, idNode) : default;
        if (nameNode >= 0)
        {
            Complete(_candidate, message);
            if (!goesOn && partial < 0)
            {
                message.ToolCalls.Add(new ToolCall(message.Decode(0, nameNode), GeminiCalls.JsonOf(message, 0, args), 0, call));
                return ReadFault.None;
            }
            _open[_candidate] = new OpenCall(message.Decode(0, nameNode).ToArray(), id.ToArray(), new PartialArguments(), []);
        }
        if (!_open.TryGetValue(_candidate, out OpenCall? open))
            return tape[call].End == JsonTape.FirstChild(call) ? ReadFault.None : ReadFault.BrokenStream;
        if (!id.IsEmpty && open.Id.Length > 0 && !id.Span.SequenceEqual(open.Id))
            return ReadFault.BrokenStream;
        if (!TakeArguments(message, ref sweep, open, args, partial))
            return ReadFault.BrokenStream;
        if (!goesOn)
            Complete(_candidate, message);
        return ReadFault.None;
    }

    /// <summary>A candidate is at its end: its open call is complete.</summary>
    public void Complete(int candidate, Message message)
    {
        if (!_open.Remove(candidate, out OpenCall? open))
            return;
        message.ToolCalls.Add(new ToolCall(open.Name, open.Arguments.Write(), -1, -1));
        message.EndedChannels.AddRange(open.Channels);
        if (_open.Count == 0)
            _openBytes = 0;
    }

    /// <summary>The stream is at its end.</summary>
    public void CompleteAll(Message message)
    {
        while (_open.Count > 0)
            Complete(_open.First().Key, message);
    }

    private bool TakeArguments(Message message, ref SegmentSweep sweep, OpenCall open, int args, int partial)
    {
        JsonTape tape = sweep.Tape;
        if (args >= 0)
        {
            _openBytes += tape[args].Length;
            if (_openBytes > MaxOpenBytes || !open.Arguments.TryTakeWhole(tape.Raw(args)))
                return false;
        }
        ProtoList list = ProtoList.Of(tape, partial);
        for (int item = list.First; item < list.End; item = tape[item].End)
        {
            if (!TakeArgument(message, ref sweep, open, item))
                return false;
        }
        return true;
    }

    private bool TakeArgument(Message message, ref SegmentSweep sweep, OpenCall open, int item)
    {
        JsonTape tape = sweep.Tape;
        int path = GeminiFields.JsonPath.In(tape, item);
        if (!tape.Is(path, JsonKind.String) || GeminiFields.PartialArgShape.IsAmbiguous(tape, item))
            return false;
        _openBytes += tape[item].Length;
        if (_openBytes > MaxOpenBytes || open.Arguments.At(message.Decode(0, path).Span) is not { } place)
            return false;
        int more = GeminiFields.WillContinue.In(tape, item);
        int text = GeminiFields.StringValue.In(tape, item);
        if (text < 0)
            return place.TryTakeValue(ValueOf(tape, item));
        bool goesOn = tape.Is(more, JsonKind.True);
        if (!tape.Is(text, JsonKind.String) || !place.TryAppend(message.Decode(0, text).Span, goesOn))
            return false;
        // What is whole in one piece needs no running text.
        if ((goesOn || place.Channel >= 0) && !HasChannel(open, place))
            return false;
        sweep.Take(text, TextRole.ToolArgument, place.Channel);
        return true;
    }

    private bool HasChannel(OpenCall open, PartialArguments.Place place)
    {
        if (place.Channel >= 0)
            return true;
        if (_channels == MaxChannels)
            return false;
        place.Channel = firstChannel + _channels++;
        open.Channels.Add(place.Channel);
        return true;
    }

    /// <summary>A value other than text, as JSON; empty if there is none.</summary>
    private static ReadOnlySpan<byte> ValueOf(JsonTape tape, int item)
    {
        int number = GeminiFields.NumberValue.In(tape, item);
        int boolean = GeminiFields.BoolValue.In(tape, item);
        if (tape.Is(number, JsonKind.Number))
            return tape.Raw(number);
        if (tape.Is(boolean, JsonKind.True) || tape.Is(boolean, JsonKind.False))
            return tape.Raw(boolean);
        return number < 0 && boolean < 0 ? "null"u8 : default;
    }
}
