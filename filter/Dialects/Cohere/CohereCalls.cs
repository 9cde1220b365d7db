using EnvoyExtAuthz.Dialects.OpenAi;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>
/// The calls of a stream that are not complete. A call begins with its whole name and goes on with arguments under the same
/// index; a second name there would be another call to some clients and the same to others.
/// </summary>
/// <param name="firstChannel">Channel of the first call's arguments; each further call has the next.</param>
internal sealed class CohereCalls(int firstChannel)
{
    private const int MaxOpenCalls = 128;

    /// <summary>Bytes of names and arguments of all calls that are open at once.</summary>
    private const int MaxOpenBytes = 8 << 20;

    private readonly SortedDictionary<int, OpenCall> _open = [];
    private int _nextChannel = firstChannel;
    private long _bytes;

    /// <summary>Some call is not complete.</summary>
    public bool Any => _open.Count > 0;

    /// <summary>Begins a call.</summary>
    /// <returns>The call, or null if one is open under the index, or too many are.</returns>
    public OpenCall? Begin(int index, ReadOnlySpan<byte> name)
    {
        if (_open.Count == MaxOpenCalls || _open.ContainsKey(index) || !Count(name.Length))
            return null;
        var call = new OpenCall(_nextChannel++) { Index = index };
        call.AddName(name);
        _open.Add(index, call);
        return call;
    }

    /// <summary>The open call of an index, or null.</summary>
    public OpenCall? Find(int index) => _open.GetValueOrDefault(index);

    /// <summary>Adds a piece of a call's arguments.</summary>
    /// <returns>False if there are too many bytes open.</returns>
    public bool Append(OpenCall call, ReadOnlySpan<byte> piece)
    {
        call.AddArguments(piece);
        return Count(piece.Length);
    }

    /// <summary>Puts out the call of an index.</summary>
    /// <returns>False if none is open there.</returns>
    public bool Complete(int index, Message message)
    {
        if (!_open.Remove(index, out OpenCall? call))
            return false;
        PutOut(call, message);
        if (_open.Count == 0)
            _bytes = 0;
        return true;
    }

    /// <summary>Puts out all calls.</summary>
    public void CompleteAll(Message message)
    {
        foreach (OpenCall call in _open.Values)
            PutOut(call, message);
        _open.Clear();
        _bytes = 0;
    }

    private static void PutOut(OpenCall call, Message message)
    {
        message.ToolCalls.Add(new ToolCall(call.Name, call.Arguments, -1, -1));
        message.EndedChannels.Add(call.Channel);
        StreamedArguments.TakeEscaped(message, call.Arguments);
    }

    private bool Count(int bytes)
    {
        _bytes += bytes;
        return _bytes <= MaxOpenBytes;
    }
}
