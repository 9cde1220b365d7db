using System.Buffers;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Reads the lines of one block of an event stream. Values that stand on one line are slices of the block; those of several
/// lines are joined in a buffer that is kept for the next block.
/// </summary>
internal sealed class SseFields : IDisposable
{
    private byte[] _joined = [];

    /// <summary>Reads a block.</summary>
    /// <param name="bytes">The block.</param>
    /// <param name="from">Where its first line begins: 3 behind a byte-order mark.</param>
    public EventFrame Read(ReadOnlyMemory<byte> bytes, int from)
    {
        ReadOnlySpan<byte> block = bytes.Span;
        Range data = default;
        Range comment = default;
        Range name = default;
        int dataLines = 0;
        int commentLines = 0;
        bool unknown = false;
        for (int at = from; at < block.Length;)
        {
            Line line = ReadLine(block, ref at);
            switch (line.Field)
            {
                case SseField.Data:
                    data = line.Value;
                    dataLines++;
                    break;
                case SseField.Comment:
                    comment = line.Value;
                    commentLines++;
                    break;
                case SseField.Event:
                    name = line.Value;
                    break;
                case SseField.Unknown:
                    unknown = true;
                    break;
                case SseField.None or SseField.Other:
                default:
                    break;
            }
        }
        if (dataLines > 1 || commentLines > 1)
            Reserve(block.Length);
        int used = dataLines > 1 ? Join(block, from, SseField.Data, 0) : 0;
        int end = commentLines > 1 ? Join(block, from, SseField.Comment, used) : used;
        return new EventFrame(
            bytes,
            dataLines > 1 ? _joined.AsMemory(0, used) : bytes[data],
            dataLines > 1 ? -1 : data.Start.Value,
            bytes[name],
            dataLines > 0,
            commentLines > 1 ? _joined.AsMemory(used, end - used) : bytes[comment],
            unknown);
    }

    public void Dispose()
    {
        if (_joined.Length > 0)
            ArrayPool<byte>.Shared.Return(_joined);
        _joined = [];
    }

    /// <summary>Data and comments joined are no longer than the block: each line feed stands for a line end that was there.</summary>
    private void Reserve(int length)
    {
        if (_joined.Length >= length)
            return;
        Dispose();
        _joined = ArrayPool<byte>.Shared.Rent(length);
    }

    private int Join(ReadOnlySpan<byte> block, int from, SseField field, int into)
    {
        bool first = true;
        for (int at = from; at < block.Length;)
        {
            Line line = ReadLine(block, ref at);
            if (line.Field != field)
                continue;
            if (!first)
                _joined[into++] = (byte)'\n';
            first = false;
            ReadOnlySpan<byte> value = block[line.Value];
            value.CopyTo(_joined.AsSpan(into));
            into += value.Length;
        }
        return into;
    }

    private static Line ReadLine(ReadOnlySpan<byte> block, ref int at)
    {
        int start = at;
        int length = block[at..].IndexOfAny((byte)'\r', (byte)'\n');
        if (length < 0)
            length = block.Length - at;
        at += length;
        if (at < block.Length)
            at += block[at] == (byte)'\r' && at + 1 < block.Length && block[at + 1] == (byte)'\n' ? 2 : 1;
        ReadOnlySpan<byte> line = block.Slice(start, length);
        if (line.IsEmpty)
            return new Line(SseField.None, default);
        int colon = line.IndexOf((byte)':');
        if (colon == 0)
            return new Line(SseField.Comment, (start + 1)..(start + length));
        // A line without a colon is a field's name alone, with an empty value.
        ReadOnlySpan<byte> field = colon < 0 ? line : line[..colon];
        int value = colon < 0 ? length : colon + 1;
        if (value < length && line[value] == (byte)' ')
            value++;
        return new Line(Classify(field), (start + value)..(start + length));
    }

    private static SseField Classify(ReadOnlySpan<byte> field) =>
        field.SequenceEqual("data"u8) ? SseField.Data
        : field.SequenceEqual("event"u8) ? SseField.Event
        : field.SequenceEqual("id"u8) || field.SequenceEqual("retry"u8) ? SseField.Other
        : SseField.Unknown;

    private readonly record struct Line(SseField Field, Range Value);

    private enum SseField : byte
    {
        None,
        Comment,
        Data,
        Event,
        Other,
        Unknown,
    }
}
