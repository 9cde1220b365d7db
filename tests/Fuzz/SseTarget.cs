using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>The event-stream framer: whole, cut up, and against the standard's steps written out plainly.</summary>
public sealed class SseTarget : FuzzTarget
{
    private const int MaxFrame = 256;

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        "data: {\"a\":1}\n\ndata: [DONE]\n\n"u8.ToArray(),
        "event: e\r\ndata: a\r\ndata: b\r\n\r\n: c\r\rid: 1\rretry: 2\rdata\r\r"u8.ToArray(),
        "\uFEFFdata:x\n\n\n: a\n: b\ndata: é\nzz: 1\n\n"u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [.. new[] { "\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "data: ", "data", "data:", "event: ", ":", " ", "\uFEFF", "id", "x", "\0", "é" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        (List<Event> whole, byte[] wholeBytes, FrameStep end) = Read(input, input.Length + 1);
        Hold(end == FrameStep.TooLarge || wholeBytes.AsSpan().SequenceEqual(input), "bytes were lost or added");
        Hold(input.AsSpan().StartsWith(wholeBytes), "bytes changed");
        foreach (int chunk in (ReadOnlySpan<int>)[1, 2, 3, 7, 1 + (input.Length / 2)])
        {
            (List<Event> cut, byte[] cutBytes, FrameStep cutEnd) = Read(input, chunk);
            Hold(cutEnd == end, "a cut changes where it ends");
            Hold(cut.SequenceEqual(whole), $"chunks of {chunk} read otherwise");
            Hold(cutEnd == FrameStep.TooLarge || cutBytes.AsSpan().SequenceEqual(input), "bytes of chunks were lost or added");
        }
        if (end != FrameStep.TooLarge)
            Hold(Plainly(input).SequenceEqual(whole.Where(e => e.HasData)), "events differ from the standard's");
        return HashCode.Combine(end, Math.Min(whole.Count, 12), whole.Count > 0 ? whole[^1] with { Data = "", Name = "", Comments = "" } : null, whole.Count(e => e.HasData));
    }

    private static (List<Event> Events, byte[] Bytes, FrameStep End) Read(byte[] input, int chunk)
    {
        using var framer = new SseFramer(MaxFrame);
        var events = new List<Event>();
        var bytes = new List<byte>();
        FrameStep step = FrameStep.NeedMore;
        for (int at = 0; at < input.Length && step != FrameStep.TooLarge; at += chunk)
        {
            framer.Push(input.AsSpan(at, Math.Min(chunk, input.Length - at)));
            while ((step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                Take(frame, events, bytes);
        }
        if (framer.Flush(out EventFrame rest) == FrameStep.Frame)
            Take(rest, events, bytes);
        return (events, [.. bytes], step);
    }

    private static void Take(EventFrame frame, List<Event> events, List<byte> bytes)
    {
        bytes.AddRange(frame.Bytes.Span);
        Hold(frame.Bytes.Length <= MaxFrame + 2, "a frame is too long");
        if (frame.HasData && frame.DataOffset >= 0)
            Hold(frame.Bytes.Slice(frame.DataOffset, frame.Data.Length).Span.SequenceEqual(frame.Data.Span), "data stands elsewhere");
        // A frame that says nothing may be the line feed of a CRLF that was cut.
        if (frame.HasData || frame.Unknown || !frame.Comments.IsEmpty || !frame.Event.IsEmpty)
            events.Add(new Event(Hex(frame.Data), Hex(frame.Event), Hex(frame.Comments), frame.HasData, frame.Unknown));
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);

    /// <summary>WHATWG HTML §9.2.6, step by step; the data before the end of input counts as an event.</summary>
    private static List<Event> Plainly(byte[] input)
    {
        // Latin-1 keeps every byte as one character.
        string text = Encoding.Latin1.GetString(input.AsSpan().StartsWith("\uFEFF"u8) ? input[3..] : input);
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var events = new List<Event>();
        var data = new List<string>();
        var comments = new List<string>();
        string name = "";
        bool unknown = false;
        foreach (string line in text.Split('\n').Append(""))
        {
            if (line.Length == 0)
            {
                if (data.Count > 0)
                    events.Add(new Event(Hex(Joined(data)), Hex(Encoding.Latin1.GetBytes(name)), Hex(Joined(comments)), true, unknown));
                (data, comments, name, unknown) = ([], [], "", false);
                continue;
            }
            string[] parts = line.Split(':', 2);
            string value = parts.Length == 1 ? "" : parts[1].StartsWith(' ') ? parts[1][1..] : parts[1];
            switch (parts[0])
            {
                case "" when parts.Length == 2:
                    comments.Add(parts[1]);
                    break;
                case "data":
                    data.Add(value);
                    break;
                case "event":
                    name = value;
                    break;
                case "id" or "retry":
                    break;
                default:
                    unknown = true;
                    break;
            }
        }
        return events;
    }

    private static byte[] Joined(List<string> lines) => Encoding.Latin1.GetBytes(string.Join('\n', lines));

    private sealed record Event(string Data, string Name, string Comments, bool HasData, bool Unknown);
}
