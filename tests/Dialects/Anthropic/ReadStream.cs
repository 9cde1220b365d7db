using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>A stream read to its end, as the engine reads it: frame by frame, what may go on decided after each.</summary>
internal sealed class ReadStream
{
    /// <summary>Names of the calls, in the order they were judged.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Arguments of the calls.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>The running texts, by channel.</summary>
    public SortedDictionary<int, string> Texts { get; } = [];

    /// <summary>Texts that are whole in their event, each with its role.</summary>
    public List<string> Whole { get; } = [];

    public List<OpaqueKind> Opaque { get; } = [];

    /// <summary>Channels that ended, in order.</summary>
    public List<int> EndedChannels { get; } = [];

    /// <summary>Bytes of strings in known roles, in the role Unknown, and in opaque parts.</summary>
    public long Known { get; private set; }

    public long Unknown { get; private set; }

    /// <summary>The first fault, after which nothing was read.</summary>
    public ReadFault Fault { get; private set; }

    /// <summary>Bytes that were free to go on before a fault or the end.</summary>
    public string Released { get; private set; } = "";

    /// <summary>What the stream says when it is refused now, having sent what was released.</summary>
    public string Refusal { get; private set; } = "";

    public bool Ended { get; private set; }

    private int _held;

    public static ReadStream Of(string text, int pieceBytes = int.MaxValue, string path = Claude.MessagesPath) =>
        Of(Encoding.UTF8.GetBytes(text), [.. Enumerable.Repeat(pieceBytes, 1)], path);

    public static ReadStream Of(byte[] bytes, IReadOnlyList<int> pieces, string path = Claude.MessagesPath)
    {
        var read = new ReadStream();
        using var request = new Message();
        Claude.Request(path == Claude.MessagesPath ? Claude.With("[]") : """{"model":"m","prompt":"p"}""", request, path);
        using EventStream stream = Claude.Dialect.OpenStream(request, Claude.ResponseHead("text/event-stream; charset=utf-8"))!;
        using EventFramer framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        string held = "";
        int cut = 0;
        for (int at = 0; at < bytes.Length && read.Fault == ReadFault.None;)
        {
            int length = Math.Min(pieces[Math.Min(cut++, pieces.Count - 1)], bytes.Length - at);
            framer.Push(bytes.AsSpan(at, length));
            at += length;
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
            Assert.False(stream.HasOpenCall);
        }
        read.Ended = stream.Ended;
        read.Refusal = Encoding.UTF8.GetString(stream.Refuse(Claude.Reason));
        return read;
    }

    private void Take(EventStream stream, in EventFrame frame, Message message, ref string held)
    {
        message.Clear();
        message.Dialect = Claude.Dialect;
        Fault = stream.Read(frame, JsonLimits.Default, message);
        if (Fault != ReadFault.None)
            return;
        Note(message);
        held += Encoding.UTF8.GetString(frame.Bytes.Span);
        _held++;
        if (stream.HasOpenCall)
            return;
        Released += held;
        held = "";
        for (; _held > 0; _held--)
            stream.OnReleased(edited: false);
    }

    private void Note(Message message)
    {
        foreach (ToolCall call in message.ToolCalls)
        {
            Calls.Add(Encoding.UTF8.GetString(call.Name.Span));
            Arguments.Add(Encoding.UTF8.GetString(call.Arguments.Span));
        }
        foreach (Segment segment in message.Segments)
        {
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            if (segment.Channel >= 0)
                Texts[segment.Channel] = Texts.GetValueOrDefault(segment.Channel, "") + text;
            else
                Whole.Add($"{segment.Role}: {text}");
            if (segment.Role == TextRole.Unknown)
                Unknown += segment.Length;
            else
                Known += segment.Length;
        }
        Opaque.AddRange(message.Opaque.Select(o => o.Kind));
        EndedChannels.AddRange(message.EndedChannels);
    }
}
