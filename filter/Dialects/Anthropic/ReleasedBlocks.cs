namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What one event of a stream changes for whoever has seen it.</summary>
internal enum StreamStep : byte
{
    Nothing,
    MessageStart,
    BlockStart,

    /// <summary>A block begins that is a tool call.</summary>
    CallStart,
    BlockStop,
    MessageDelta,

    /// <summary>The stream's own end, or an error, which is one.</summary>
    End,
}

/// <summary>
/// How far a client is in a stream: what was read is not what it has seen. A refusal goes on from where the client is.
/// </summary>
internal sealed class ReleasedBlocks
{
    private readonly Queue<(StreamStep Step, int Index)> _held = new();
    private readonly SortedSet<int> _open = [];
    private readonly HashSet<int> _openCalls = [];

    /// <summary>The client knows of a message.</summary>
    public bool Started { get; private set; }

    /// <summary>The client knows why the message ended.</summary>
    public bool Closed { get; private set; }

    /// <summary>The client has seen the stream's end.</summary>
    public bool Ended { get; private set; }

    /// <summary>Blocks the client has seen begin.</summary>
    public int Count { get; private set; }

    /// <summary>Those of them it has not seen end, ascending.</summary>
    public IReadOnlyCollection<int> Open => _open;

    /// <summary>One of them is a tool call, whose input the client has in part or not at all.</summary>
    public bool HasOpenCall => _openCalls.Count > 0;

    /// <summary>An event was read.</summary>
    public void OnRead(StreamStep step, int index) => _held.Enqueue((step, index));

    /// <summary>The oldest event that was read goes to the client.</summary>
    public void OnReleased()
    {
        if (!_held.TryDequeue(out (StreamStep Step, int Index) seen))
            return;
        switch (seen.Step)
        {
            case StreamStep.MessageStart:
                Started = true;
                break;
            case StreamStep.BlockStart or StreamStep.CallStart:
                Count++;
                _open.Add(seen.Index);
                if (seen.Step == StreamStep.CallStart)
                    _openCalls.Add(seen.Index);
                break;
            case StreamStep.BlockStop:
                _open.Remove(seen.Index);
                _openCalls.Remove(seen.Index);
                break;
            case StreamStep.MessageDelta:
                Closed = true;
                break;
            case StreamStep.End:
                Ended = true;
                break;
        }
    }
}
