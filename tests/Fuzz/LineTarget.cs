using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>The framer of lines: whole, cut up, and against lines split plainly.</summary>
public sealed class LineTarget : FuzzTarget
{
    private const int MaxFrame = 64;

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        "{\"a\":1}\n{\"b\":2}\r\n\n{}"u8.ToArray(),
        "\r\n\r\r\n\n"u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } = [.. new[] { "\n", "\r", "\r\n", "{}", "\u2028", "0123456789" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        (List<string> whole, FrameStep end) = Read(input, input.Length + 1);
        foreach (int chunk in (ReadOnlySpan<int>)[1, 2, 3, 7, 1 + (input.Length / 2)])
        {
            (List<string> cut, FrameStep cutEnd) = Read(input, chunk);
            Hold(cutEnd == end, "a cut changes where it ends");
            Hold(cut.SequenceEqual(whole), $"chunks of {chunk} read otherwise");
        }
        string text = Encoding.Latin1.GetString(input);
        string[] split = text.Split('\n');
        Hold(end == FrameStep.TooLarge == (split[..^1].Any(l => l.Length + 1 > MaxFrame) || split[^1].Length > MaxFrame), "the limit is another");
        if (end != FrameStep.TooLarge)
            Hold(whole.SequenceEqual(Plainly(text)), "lines differ");
        return HashCode.Combine(end, Math.Min(whole.Count, 12), whole.Count(l => l.Length == 0), text.EndsWith('\n'));
    }

    private static IEnumerable<string> Plainly(string text)
    {
        string[] lines = text.Split('\n');
        return (lines[^1].Length == 0 ? lines[..^1] : lines).Select(l => l.EndsWith('\r') ? l[..^1] : l);
    }

    private static (List<string> Lines, FrameStep End) Read(byte[] input, int chunk)
    {
        using var framer = new LineFramer(MaxFrame);
        var lines = new List<string>();
        var bytes = new List<byte>();
        FrameStep step = FrameStep.NeedMore;
        for (int at = 0; at < input.Length && step != FrameStep.TooLarge; at += chunk)
        {
            framer.Push(input.AsSpan(at, Math.Min(chunk, input.Length - at)));
            while ((step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                Take(frame, lines, bytes);
        }
        if (framer.Flush(out EventFrame rest) == FrameStep.Frame)
            Take(rest, lines, bytes);
        Hold(step == FrameStep.TooLarge ? input.AsSpan().StartsWith(bytes.ToArray()) : input.AsSpan().SequenceEqual(bytes.ToArray()), "bytes were lost or changed");
        return (lines, step);
    }

    private static void Take(EventFrame frame, List<string> lines, List<byte> bytes)
    {
        bytes.AddRange(frame.Bytes.Span);
        lines.Add(Encoding.Latin1.GetString(frame.Data.Span));
        Hold(frame.HasData != frame.Data.IsEmpty && frame.DataOffset == 0, "a frame says otherwise than its data");
    }
}
