using System.Buffers;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Engine;

/// <summary>One event of a stream on its way through: its bytes, what was read from them, the edits asked for. Reused.</summary>
internal sealed class HeldEvent : IDisposable
{
    private byte[] _buffer = [];

    /// <summary>What was read.</summary>
    public Message Message { get; } = new();

    /// <summary>The event, on memory of its own.</summary>
    public EventFrame Frame { get; private set; }

    /// <summary>Pieces of running texts in it that are not settled yet.</summary>
    public int Unsettled { get; set; }

    /// <summary>It came while a tool call was open, or opened one.</summary>
    public bool HoldsCall { get; set; }

    /// <summary>Bytes held.</summary>
    public int Length => Frame.Bytes.Length;

    /// <summary>Takes an event over: its memory is the framer's only until the next push.</summary>
    public void Take(in EventFrame frame)
    {
        int joined = frame.DataOffset < 0 ? frame.Data.Length : 0;
        int length = frame.Bytes.Length + joined + frame.Event.Length + frame.Comments.Length;
        if (_buffer.Length < length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }
        int at = 0;
        ReadOnlyMemory<byte> bytes = Copy(frame.Bytes, ref at);
        ReadOnlyMemory<byte> data = frame.DataOffset < 0 ? Copy(frame.Data, ref at) : bytes.Slice(frame.DataOffset, frame.Data.Length);
        Frame = frame with { Bytes = bytes, Data = data, Event = Copy(frame.Event, ref at), Comments = Copy(frame.Comments, ref at) };
        Message.Clear();
        Unsettled = 0;
        HoldsCall = false;
    }

    /// <summary>The event as it goes on, or null if its edits contradict each other.</summary>
    /// <param name="framer">The framing it came in.</param>
    public ReadOnlyMemory<byte>? Write(EventFramer framer)
    {
        if (Message.Splices.Count == 0)
            return Frame.Bytes;
        Message.Dialect?.CompleteEdits(Message);
        return Splice.TryApply(Frame.Data.Span, Message.Splices, out byte[] data) ? framer.Rewrite(Frame, data) : null;
    }

    public void Dispose()
    {
        Message.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private ReadOnlyMemory<byte> Copy(ReadOnlyMemory<byte> source, ref int at)
    {
        source.CopyTo(_buffer.AsMemory(at));
        at += source.Length;
        return _buffer.AsMemory(at - source.Length, source.Length);
    }
}
