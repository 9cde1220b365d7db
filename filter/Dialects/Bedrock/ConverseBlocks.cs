using System.Buffers;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// The content blocks of one streamed answer. They come one after the other: a block that was left is not gone on with, and
/// none begins below one that was seen. So what a client puts together by number is what is read in order here.
/// </summary>
/// <param name="firstChannel">First of the channels that calls' arguments run in.</param>
internal sealed class ConverseBlocks(int firstChannel)
{
    private const int MaxOpenCalls = 128;

    /// <summary>Bytes of arguments of all calls that are open at once.</summary>
    private const int MaxOpenBytes = 8 << 20;

    private readonly List<OpenCall> _open = [];
    private readonly int[] _lastOfKind = [-1, -1, -1, -1];
    private int _nextChannel = firstChannel;
    private long _openBytes;

    /// <summary>Calls that are not complete.</summary>
    public int OpenCalls => _open.Count;

    /// <summary>The highest number of a block so far; -1 before the first.</summary>
    public int Highest { get; private set; } = -1;

    /// <summary>A block of text or of something like it goes on.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="kind">Which kind, 0 to 3.</param>
    /// <returns>False if it was left before, or a call has its number.</returns>
    public bool GoOn(int index, int kind)
    {
        if (index < _lastOfKind[kind] || FindCall(index) is not null)
            return false;
        _lastOfKind[kind] = index;
        Highest = Math.Max(Highest, index);
        return true;
    }

    /// <summary>A block begins with its head.</summary>
    /// <returns>False if its number was seen before.</returns>
    public bool Begin(int index)
    {
        if (index <= Highest)
            return false;
        Highest = index;
        return true;
    }

    /// <summary>A tool call begins, in a block that has just begun.</summary>
    /// <returns>False if too many are open.</returns>
    public bool BeginCall(int index, ReadOnlyMemory<byte> name)
    {
        if (_open.Count == MaxOpenCalls)
            return false;
        _open.Add(new OpenCall(index, name.ToArray(), _nextChannel++));
        return true;
    }

    /// <summary>A call's arguments go on.</summary>
    /// <param name="index">Its block's number.</param>
    /// <param name="piece">What comes next of them.</param>
    /// <param name="channel">The running text they are.</param>
    /// <returns>False if no call is open there, or they are too long.</returns>
    public bool AddArguments(int index, ReadOnlySpan<byte> piece, out int channel)
    {
        channel = -1;
        _openBytes += piece.Length;
        if (FindCall(index) is not { } call || _openBytes > MaxOpenBytes)
            return false;
        channel = call.Channel;
        call.Arguments.Write(piece);
        return true;
    }

    /// <summary>A block ends; the call in it, if one is open there, is complete.</summary>
    public void End(int index, Message message)
    {
        if (FindCall(index) is not { } call)
            return;
        _open.Remove(call);
        Put(call, message);
    }

    /// <summary>The answer ends: all calls are complete.</summary>
    public void EndAll(Message message)
    {
        foreach (OpenCall call in _open)
            Put(call, message);
        _open.Clear();
        _openBytes = 0;
    }

    private void Put(OpenCall call, Message message)
    {
        _openBytes -= call.Arguments.WrittenCount;
        message.EndedChannels.Add(call.Channel);
        message.ToolCalls.Add(new ToolCall(call.Name, call.Arguments.WrittenMemory, -1, -1));
    }

    private OpenCall? FindCall(int index)
    {
        foreach (OpenCall call in _open)
        {
            if (call.Index == index)
                return call;
        }
        return null;
    }

    private sealed record OpenCall(int Index, byte[] Name, int Channel)
    {
        public ArrayBufferWriter<byte> Arguments { get; } = new(64);
    }
}
