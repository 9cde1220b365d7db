using System.Buffers;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// The calls of one stream. A call is in several events: begun with its name, its arguments in pieces, done, and once more in the
/// whole response at the end. Each is put out once; what differs from what was put out is put out too, because clients
/// differ in which of the copies they go by.
/// </summary>
internal sealed class StreamedCalls
{
    private const int MaxOpen = 256;
    private const int MaxPutOut = 4096;

    /// <summary>Bytes of arguments of all calls that are open at once.</summary>
    private const int MaxOpenBytes = 8 << 20;

    private readonly Dictionary<int, OpenItem> _open = [];
    private readonly HashSet<(int Name, int Id, int Arguments)> _putOut = [];
    private long _openBytes;

    /// <param name="names">Under which it is judged: its own, and of a remote tool the server's label.</param>
    private sealed class OpenItem(List<byte[]> names)
    {
        public List<byte[]> Names => names;

        public ArrayBufferWriter<byte> Arguments { get; } = new(64);

        public bool IsNamed => names[0].Length > 0;
    }

    /// <summary>Whether a call has begun that is not done.</summary>
    public bool HasOpen => _open.Count > 0;

    /// <summary>An item has begun: a call that the client makes is held back until it is done.</summary>
    /// <param name="message">The event, read; a call that is held back is taken out of it again.</param>
    /// <param name="item">The item's node.</param>
    /// <param name="index">Its index.</param>
    public ReadFault Begin(Message message, int item, int index)
    {
        JsonTape tape = message.Documents[0].Tape;
        int first = message.ToolCalls.FindIndex(c => c.Node == item);
        if (first < 0 || !ResponsesCalls.IsMadeByClient(tape, item))
            return ReadFault.None;
        if (_open.ContainsKey(index) || _open.Count == MaxOpen)
            return ReadFault.BrokenStream;
        List<ToolCall> begun = message.ToolCalls[first..];
        var open = new OpenItem(begun.ConvertAll(static c => c.Name.ToArray()));
        // Only a string goes on: an object in its place is what it is so far.
        bool goesOn = tape.Is(ChatCalls.ArgumentsOf(tape, item), JsonKind.String);
        ReadFault fault = goesOn ? Append(open, begun[0].Arguments.Span) : ReadFault.None;
        _open[index] = open;
        message.ToolCalls.RemoveRange(first, begun.Count);
        return fault;
    }

    /// <summary>A piece of a call's arguments came.</summary>
    /// <param name="index">The item's index. Without an open call there, the piece is only text.</param>
    /// <param name="piece">The piece, decoded.</param>
    public ReadFault Append(int index, ReadOnlySpan<byte> piece) =>
        _open.TryGetValue(index, out OpenItem? open) ? Append(open, piece) : ReadFault.None;

    /// <summary>An event says all of a call's arguments, and may name it once more.</summary>
    /// <param name="message">Gets the call as this event has it, where that differs from what came before.</param>
    /// <param name="index">The item's index.</param>
    /// <param name="name">The name; empty without one.</param>
    /// <param name="arguments">All arguments.</param>
    public void Say(Message message, int index, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> arguments)
    {
        _open.TryGetValue(index, out OpenItem? open);
        bool isRenamed = !name.IsEmpty && !(open is not null && name.Span.SequenceEqual(open.Names[0]));
        bool isOther = open is { IsNamed: true } && open.Arguments.WrittenCount > 0 && !arguments.Span.SequenceEqual(open.Arguments.WrittenSpan);
        if (isRenamed || isOther)
            message.ToolCalls.Add(new ToolCall(name.IsEmpty ? open!.Names[0] : name, arguments, -1, -1));
    }

    /// <summary>An item is done.</summary>
    /// <param name="message">The event, read; gets what pieces made.</param>
    /// <param name="item">The item's node.</param>
    /// <param name="index">Its index.</param>
    public ReadFault Complete(Message message, int item, int index)
    {
        if (!_open.Remove(index, out OpenItem? open))
        {
            TakeEscaped(message, item);
            return ReadFault.None;
        }
        _openBytes -= open.Arguments.WrittenCount;
        return PutOut(message, open) ? ReadFault.None : ReadFault.BrokenStream;
    }

    /// <summary>The response is over: what is open is as complete as it will be.</summary>
    /// <param name="message">The event, read, or an empty message at the end of input.</param>
    public ReadFault CompleteAll(Message message)
    {
        bool isNamed = true;
        int said = message.ToolCalls.Count;
        foreach (OpenItem open in _open.Values)
            isNamed &= PutOut(message, open, said);
        _open.Clear();
        _openBytes = 0;
        return isNamed ? ReadFault.None : ReadFault.BrokenStream;
    }

    /// <summary>Takes out of an event the calls that were put out before. To be called once an event, after all else.</summary>
    public ReadFault PutOutOnce(Message message)
    {
        int kept = 0;
        for (int i = 0; i < message.ToolCalls.Count; i++)
        {
            ToolCall call = message.ToolCalls[i];
            if (!call.Replayed && !_putOut.Add(KeyOf(message, call)))
                continue;
            if (_putOut.Count > MaxPutOut)
                return ReadFault.BrokenStream;
            message.ToolCalls[kept++] = call;
        }
        message.ToolCalls.RemoveRange(kept, message.ToolCalls.Count - kept);
        return ReadFault.None;
    }

    /// <summary>The pieces of what the provider calls itself are not kept: the whole at their end says what they hid.</summary>
    private static void TakeEscaped(Message message, int item)
    {
        foreach (ToolCall call in message.ToolCalls)
        {
            if (call.Node == item)
                StreamedArguments.TakeEscaped(message, call.Arguments);
        }
    }

    private ReadFault Append(OpenItem open, ReadOnlySpan<byte> piece)
    {
        _openBytes += piece.Length;
        if (_openBytes > MaxOpenBytes)
            return ReadFault.BrokenStream;
        open.Arguments.Write(piece);
        return ReadFault.None;
    }

    /// <summary>Puts out a call that pieces made, unless the event's own calls say the same.</summary>
    /// <returns>False if nothing ever named it.</returns>
    private static bool PutOut(Message message, OpenItem open, int said = int.MaxValue)
    {
        StreamedArguments.TakeEscaped(message, open.Arguments.WrittenMemory);
        said = Math.Min(said, message.ToolCalls.Count);
        for (int i = 0; i < said; i++)
        {
            ToolCall call = message.ToolCalls[i];
            if ((!open.IsNamed || call.Name.Span.SequenceEqual(open.Names[0]))
                && (open.Arguments.WrittenCount == 0 || call.Arguments.Span.SequenceEqual(open.Arguments.WrittenSpan)))
                return true;
        }
        if (!open.IsNamed)
            return false;
        ReadOnlyMemory<byte> arguments = open.Arguments.WrittenMemory;
        foreach (byte[] name in open.Names)
        {
            message.ToolCalls.Add(new ToolCall(name, arguments, -1, -1));
            arguments = default;
        }
        return true;
    }

    /// <summary>
    /// What makes a call another one: its name, its item, and what it passes on where the client is to do it. Kept as hashes,
    /// seeded by the process: names and ids may be long.
    /// </summary>
    private static (int Name, int Id, int Arguments) KeyOf(Message message, in ToolCall call)
    {
        int name = Hash(call.Name.Span);
        if (call.Document < 0)
            return (name, 0, Hash(call.Arguments.Span));
        JsonTape tape = message.Documents[call.Document].Tape;
        int id = JsonShape.Present(tape, call.Node, "call_id"u8);
        if (id < 0)
            id = JsonShape.Present(tape, call.Node, "id"u8);
        return (name, tape.Is(id, JsonKind.String) ? Hash(tape.Raw(id)) : 0,
            ResponsesCalls.IsMadeByClient(tape, call.Node) ? Hash(call.Arguments.Span) : 0);
    }

    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
