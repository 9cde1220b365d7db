using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>A stream read to its end, as the engine reads it: frame by frame, what may go on decided after each.</summary>
internal sealed class ReadGemini
{
    public const string Sse = "text/event-stream";

    public const string Array = "application/json; charset=UTF-8";

    private int _unreleased;

    /// <summary>The calls, in the order they were judged.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The running texts, by channel.</summary>
    public SortedDictionary<int, string> Texts { get; } = [];

    /// <summary>Texts that are whole in their event, each with its role.</summary>
    public List<string> Whole { get; } = [];

    public List<OpaqueKind> Opaque { get; } = [];

    /// <summary>The first fault, after which nothing was read.</summary>
    public ReadFault Fault { get; private set; }

    /// <summary>Bytes that were free to go on before a fault or the end.</summary>
    public string Released { get; private set; } = "";

    /// <summary>What the stream says when it is refused at its end.</summary>
    public string Refusal { get; private set; } = "";

    public bool Ended { get; private set; }

    public int MostHeld { get; private set; }

    /// <summary>Everything that was read, to compare two readings by.</summary>
    public string Verdict => string.Join('\n', (IEnumerable<string>)[Fault.ToString(), .. Calls, .. Texts.Select(t => $"{t.Key}={t.Value}"), .. Whole, .. Opaque.Select(o => o.ToString()), Released]);

    public static ReadGemini Of(string stream, string contentType = Sse, int pieceBytes = int.MaxValue) =>
        Of(Encoding.UTF8.GetBytes(stream), contentType, Cuts(Encoding.UTF8.GetByteCount(stream), pieceBytes));

    public static ReadGemini Of(byte[] bytes, string contentType, IEnumerable<int> cuts)
    {
        var read = new ReadGemini();
        using var request = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("hi"), request, GeminiExchange.StreamPath));
        using EventStream stream = GeminiExchange.Dialect.OpenStream(request, GeminiExchange.ResponseHead(contentType))!;
        using EventFramer framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        string held = "";
        int from = 0;
        foreach (int to in cuts.Append(bytes.Length))
        {
            framer.Push(bytes.AsSpan(from, to - from));
            from = to;
            FrameStep step = FrameStep.NeedMore;
            EventFrame frame = default;
            while (read.Fault == ReadFault.None && (step = framer.Next(out frame)) == FrameStep.Frame)
                read.Take(stream, frame, message, ref held);
            if (step is FrameStep.Broken or FrameStep.TooLarge)
                read.Fault = ReadFault.BrokenStream;
        }
        FrameStep last = read.Fault == ReadFault.None ? framer.Flush(out EventFrame rest) : Nothing(out rest);
        if (last == FrameStep.Frame)
            read.Take(stream, rest, message, ref held);
        else if (last != FrameStep.NeedMore)
            read.Fault = ReadFault.BrokenStream;
        if (read.Fault == ReadFault.None)
        {
            message.Clear();
            read.Fault = stream.Finish(message);
            read.Note(message);
            Assert.False(stream.HasOpenCall);
            read.Release(stream, ref held);
        }
        read.Ended = stream.Ended;
        read.Refusal = Encoding.UTF8.GetString(stream.Refuse(GeminiExchange.Reason));
        return read;
    }

    /// <summary>One event's block.</summary>
    public static string Event(string json) => "data: " + json + "\r\n\r\n";

    /// <summary>An event of candidate 0 with one part.</summary>
    public static string Part(string part, string more = "") => Event(Answer(part, more));

    /// <summary>An answer of candidate 0 with one part.</summary>
    public static string Answer(string part, string more = "") =>
        "{\"candidates\":[{\"content\":{\"parts\":[" + part + "],\"role\":\"model\"}" + (more.Length > 0 ? "," + more : "") + ",\"index\":0}]}";

    /// <summary>Where pieces of a size end.</summary>
    public static IEnumerable<int> Cuts(int length, int pieceBytes)
    {
        for (long at = pieceBytes; at < length; at += pieceBytes)
            yield return (int)at;
    }

    private static FrameStep Nothing(out EventFrame frame)
    {
        frame = default;
        return FrameStep.NeedMore;
    }

    private void Take(EventStream stream, in EventFrame frame, Message message, ref string held)
    {
        message.Clear();
        message.Dialect = GeminiExchange.Dialect;
        Fault = stream.Read(frame, JsonLimits.Default, message);
        if (Fault != ReadFault.None)
            return;
        Note(message);
        _unreleased++;
        held += Encoding.UTF8.GetString(frame.Bytes.Span);
        MostHeld = Math.Max(MostHeld, held.Length);
        if (!stream.HasOpenCall)
            Release(stream, ref held);
    }

    private void Release(EventStream stream, ref string held)
    {
        Released += held;
        held = "";
        for (; _unreleased > 0; _unreleased--)
            stream.OnReleased(edited: false);
    }

    private void Note(Message message)
    {
        Calls.AddRange(GeminiExchange.Calls(message));
        Opaque.AddRange(GeminiExchange.Opaque(message));
        foreach (Segment segment in message.Segments)
        {
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            if (segment.Channel >= 0)
                Texts[segment.Channel] = Texts.GetValueOrDefault(segment.Channel, "") + text;
            else
                Whole.Add($"{segment.Role}: {text}");
        }
    }
}
