namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>What a running text of a stream is.</summary>
internal enum RunningKind
{
    /// <summary>What is said, and in what else a server of its own invention says it.</summary>
    Text,
    Refusal,
    Reasoning,
    Summary,

    /// <summary>What a call passes on: arguments, input, code.</summary>
    Arguments,
    Command,
    Output,
    Errors,
    Transcript,

    /// <summary>The text again, as tokens with their probabilities.</summary>
    Tokens,

    /// <summary>First of the numbers that stand for kinds nobody knows.</summary>
    Unknown,
}

/// <summary>
/// Numbers the running texts of one stream: one for each kind, item and part. A text's number is the same in all events that
/// carry a piece of it.
/// </summary>
internal sealed class RunningTexts
{
    private const int MaxTexts = 4096;
    private readonly Dictionary<(int Kind, int Item, int Part), int> _channels = [];
    private readonly Dictionary<int, HashSet<int>> _running = [];

    /// <summary>The channel of a text that goes on.</summary>
    /// <param name="kind">A <see cref="RunningKind"/>, or a number above <see cref="RunningKind.Unknown"/>.</param>
    /// <param name="item">The item's index.</param>
    /// <param name="part">The part's index in the item.</param>
    /// <returns>A number of its own for each of the first 4096; those beyond share the last.</returns>
    public int Of(int kind, int item, int part)
    {
        if (!_channels.TryGetValue((kind, item, part), out int channel))
        {
            channel = Math.Min(_channels.Count, MaxTexts - 1);
            if (_channels.Count < MaxTexts)
                _channels[(kind, item, part)] = channel;
        }
        int holder = channel == MaxTexts - 1 ? -1 : item;
        if (!_running.TryGetValue(holder, out HashSet<int>? channels))
            _running[holder] = channels = [];
        channels.Add(channel);
        return channel;
    }

    /// <inheritdoc cref="Of(int, int, int)"/>
    public int Of(RunningKind kind, int item, int part = 0) => Of((int)kind, item, part);

    /// <summary>A text is complete.</summary>
    public void End(Message message, int kind, int item, int part)
    {
        if (_channels.TryGetValue((kind, item, part), out int channel) && _running.TryGetValue(item, out HashSet<int>? channels) && channels.Remove(channel))
            message.EndedChannels.Add(channel);
    }

    /// <summary>All texts of an item are complete.</summary>
    public void End(Message message, int item)
    {
        if (_running.Remove(item, out HashSet<int>? channels))
            message.EndedChannels.AddRange(channels);
    }

    /// <summary>All texts are complete.</summary>
    public void EndAll(Message message)
    {
        foreach (HashSet<int> channels in _running.Values)
            message.EndedChannels.AddRange(channels);
        _running.Clear();
    }
}
