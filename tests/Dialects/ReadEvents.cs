using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>A stream read to its end, as the engine reads it: frame by frame, what may go on decided after each.</summary>
internal sealed class ReadEvents
{
    private int _heldFrames;

    /// <summary>Calls in the order they were judged: name and arguments.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The running texts, by channel, each with its role.</summary>
    public SortedDictionary<int, string> Texts { get; } = [];

    /// <summary>Texts that are whole in their event, each with its role.</summary>
    public List<string> Whole { get; } = [];

    /// <summary>Kinds of opaque parts.</summary>
    public List<string> Opaque { get; } = [];

    /// <summary>The first fault, after which nothing was read.</summary>
    public ReadFault Fault { get; private set; }

    /// <summary>Bytes that were free to go on before a fault or the end.</summary>
    public string Released { get; private set; } = "";

    /// <summary>What the stream says when it is refused now.</summary>
    public string Refusal { get; private set; } = "";

    public bool Ended { get; private set; }

    public StringCoverage Coverage { get; } = new();

    public static ReadEvents Of(Dialect dialect, EventStream stream, byte[] bytes, int pieceBytes = int.MaxValue, int maxFrameBytes = 1 << 20)
    {
        var read = new ReadEvents();
        using EventFramer framer = stream.CreateFramer(maxFrameBytes);
        using var message = new Message { Dialect = dialect };
        string held = "";
        for (int at = 0; at < bytes.Length && read.Fault == ReadFault.None; at += Math.Min(pieceBytes, bytes.Length - at))
        {
            framer.Push(bytes.AsSpan(at, Math.Min(pieceBytes, bytes.Length - at)));
            while (read.Fault == ReadFault.None && framer.Next(out EventFrame frame) == FrameStep.Frame)
                read.Take(stream, frame, message, ref held);
        }
        if (read.Fault == ReadFault.None && framer.Flush(out EventFrame last) == FrameStep.Frame)
            read.Take(stream, last, message, ref held);
        if (read.Fault == ReadFault.None)
        {
            message.Clear();
            read.Fault = stream.Finish(message);
            read.Note(message);
        }
        read.Ended = stream.Ended;
        read.Refusal = Encoding.UTF8.GetString(stream.Refuse(ReadExchange.Reason));
        stream.Dispose();
        return read;
    }

    private void Take(EventStream stream, in EventFrame frame, Message message, ref string held)
    {
        message.Clear();
        Fault = stream.Read(frame, JsonLimits.Default, message);
        if (Fault != ReadFault.None)
            return;
        Note(message);
        _heldFrames++;
        held += Encoding.UTF8.GetString(frame.Bytes.Span);
        if (stream.HasOpenCall)
            return;
        Released += held;
        held = "";
        for (; _heldFrames > 0; _heldFrames--)
            stream.OnReleased(edited: false);
    }

    private void Note(Message message)
    {
        Coverage.Add(message);
        foreach (ToolCall call in message.ToolCalls)
            Calls.Add(ReadExchange.Text(call.Name) + " " + ReadExchange.Text(call.Arguments));
        foreach (OpaquePart part in message.Opaque)
            Opaque.Add(part.Kind.ToString());
        foreach (Segment segment in message.Segments)
        {
            string text = ReadExchange.Text(message.Text(segment));
            if (segment.Channel >= 0)
                Texts[segment.Channel] = Texts.GetValueOrDefault(segment.Channel, $"{segment.Role}: ") + text;
            else
                Whole.Add($"{segment.Role}: {text}");
        }
    }
}
