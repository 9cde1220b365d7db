namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>What one event of a conversation's stream does, as a client sees it.</summary>
internal enum ConverseStep : byte
{
    /// <summary>Nothing that a refusal depends on.</summary>
    Nothing,

    /// <summary>The answer begins.</summary>
    Start,

    /// <summary>A block begins or goes on.</summary>
    Block,

    /// <summary>A tool call begins.</summary>
    Call,

    /// <summary>A block ends.</summary>
    BlockStop,

    /// <summary>The answer ends.</summary>
    Stop,
}

/// <summary>How far a client is in a conversation's stream: what was read is not what it has seen.</summary>
internal sealed class ConverseReleased
{
    /// <summary>Blocks that are closed at most: those before the last so many are left as the server left them.</summary>
    private const int MaxOpen = 64;

    private readonly SortedSet<int> _open = [];
    private readonly HashSet<int> _openCalls = [];

    /// <summary>The client knows of an answer.</summary>
    public bool Started { get; private set; }

    /// <summary>The client has seen the answer's end.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Blocks the client has seen something of and not the end, ascending.</summary>
    public IReadOnlyCollection<int> Open => _open;

    /// <summary>One of them is a tool call, whose input the client has in part or not at all.</summary>
    public bool HasOpenCall => _openCalls.Count > 0;

    /// <summary>The number of the next block.</summary>
    public int Next { get; private set; }

    /// <summary>An event goes to the client.</summary>
    public void Add(ConverseStep step, int index)
    {
        switch (step)
        {
            case ConverseStep.Start:
                Started = true;
                break;
            case ConverseStep.Block or ConverseStep.Call:
                _open.Add(index);
                if (_open.Count > MaxOpen)
                    _open.Remove(_open.Min);
                if (step == ConverseStep.Call)
                    _openCalls.Add(index);
                Next = Math.Max(Next, index + 1);
                break;
            case ConverseStep.BlockStop:
                _open.Remove(index);
                _openCalls.Remove(index);
                break;
            case ConverseStep.Stop:
                Stopped = true;
                break;
        }
    }
}
