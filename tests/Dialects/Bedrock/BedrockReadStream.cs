using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>A stream read to its end, as the engine reads it: frame by frame, what may go on decided after each.</summary>
internal sealed class BedrockReadStream
{
    /// <summary>Calls with their arguments, in the order they were judged.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The running texts by channel, with their role.</summary>
    public SortedDictionary<int, string> Running { get; } = [];

    /// <summary>Texts that are whole in their event.</summary>
    public List<string> Whole { get; } = [];

    /// <summary>Texts that cannot be edited.</summary>
    public List<string> Beside { get; } = [];

    public List<OpaqueKind> Opaque { get; } = [];

    /// <summary>Bytes of strings that got a role, and of those that did not.</summary>
    public (long Known, long Unknown) Bytes { get; private set; }

    public ReadFault Fault { get; private set; }

    public FrameStep Step { get; private set; }

    public bool Ended { get; private set; }

    /// <summary>Bytes that were free to go on before a fault or the end.</summary>
    public List<byte> Released { get; } = [];

    /// <summary>What the stream says when it is refused now.</summary>
    public byte[] Refusal { get; private set; } = [];

    public static BedrockReadStream OfConverse(params byte[][] messages) => Of(BedrockWire.ConverseStream, "{\"messages\":[]}", [.. messages.SelectMany(m => m)]);

    public static BedrockReadStream OfInvoke(params byte[][] messages) =>
        Of("/model/m/invoke-with-response-stream", "{\"prompt\":\"p\"}", [.. messages.SelectMany(m => m)]);

    public static BedrockReadStream Of(string path, string requestBody, byte[] bytes, Func<int, int>? pieceAt = null)
    {
        using var request = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request(path, requestBody, request));
        return Of(request, bytes, pieceAt ?? (_ => int.MaxValue));
    }

    /// <param name="request">The request, read.</param>
    /// <param name="bytes">The answer.</param>
    /// <param name="pieceAt">How many bytes come at once from an offset on.</param>
    public static BedrockReadStream Of(Message request, byte[] bytes, Func<int, int> pieceAt)
    {
        var read = new BedrockReadStream();
        using EventStream stream = BedrockWire.Stream(request);
        using EventFramer framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        var held = new List<byte>();
        int piece;
        for (int at = 0; at < bytes.Length && read.Fault == ReadFault.None && read.Step != FrameStep.Broken; at += piece)
        {
            piece = Math.Min(Math.Max(1, pieceAt(at)), bytes.Length - at);
            framer.Push(bytes.AsSpan(at, piece));
            while (read.Fault == ReadFault.None && (read.Step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                read.Take(stream, frame, message, held);
        }
        if (read.Fault == ReadFault.None && read.Step == FrameStep.NeedMore)
            read.Step = framer.Flush(out _);
        if (read.Fault == ReadFault.None && read.Step == FrameStep.NeedMore)
        {
            message.Clear();
            read.Fault = stream.Finish(message);
            read.Note(message);
            Assert.False(stream.HasOpenCall);
        }
        read.Ended = stream.Ended;
        read.Refusal = stream.Refuse(BedrockWire.Reason);
        return read;
    }

    private void Take(EventStream stream, in EventFrame frame, Message message, List<byte> held)
    {
        message.Clear();
        message.Dialect = BedrockWire.Dialect;
        Fault = stream.Read(frame, JsonLimits.Default, message);
        if (Fault != ReadFault.None)
            return;
        Note(message);
        held.AddRange(frame.Bytes.Span);
        if (stream.HasOpenCall)
            return;
        Released.AddRange(held);
        held.Clear();
    }

    private void Note(Message message)
    {
        Calls.AddRange(BedrockWire.Calls(message));
        Opaque.AddRange(message.Opaque.Select(o => o.Kind));
        Beside.AddRange(message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
        foreach (Segment segment in message.Segments)
        {
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            Bytes = segment.Role == TextRole.Unknown ? (Bytes.Known, Bytes.Unknown + segment.Length) : (Bytes.Known + segment.Length, Bytes.Unknown);
            if (segment.Channel >= 0)
                Running[segment.Channel] = Running.GetValueOrDefault(segment.Channel, $"{segment.Role}: ") + text;
            else
                Whole.Add($"{segment.Role}: {text}");
        }
    }
}
