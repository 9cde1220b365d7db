namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>What a running text of a stream is.</summary>
internal enum RunningKind
{
    /// <summary>What is said.</summary>
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
/// carry a piece of it, until it is complete.
/// </summary>
internal sealed class RunningTexts
{
    private const int MaxTexts = 1000;

    /// <summary>The number of all texts beyond the most that run at once: they are judged as one.</summary>
    private const int Shared = 0;

    private readonly Dictionary<int, Dictionary<(int Kind, int Part), int>> _items = [];
    private int _count;
    private int _last = Shared;

    /// <summary>The channel of a text that goes on.</summary>
    /// <param name="kind">A <see cref="RunningKind"/>, or a number above <see cref="RunningKind.Unknown"/>.</param>
    /// <param name="item">The item's index.</param>
    /// <param name="part">The part's index in the item.</param>
    public int Of(int kind, int item, int part)
    {
        if (!_items.TryGetValue(item, out Dictionary<(int Kind, int Part), int>? texts))
        {
            if (_count == MaxTexts)
                return Shared;
            _items[item] = texts = [];
        }
        if (texts.TryGetValue((kind, part), out int channel))
            return channel;
        if (_count == MaxTexts)
            return Shared;
        _count++;
        return texts[(kind, part)] = ++_last;
    }

    /// <inheritdoc cref="Of(int, int, int)"/>
    public int Of(RunningKind kind, int item, int part = 0) => Of((int)kind, item, part);

    /// <summary>A text is complete.</summary>
    public void End(Message message, int kind, int item, int part)
    {
        if (!_items.TryGetValue(item, out Dictionary<(int Kind, int Part), int>? texts) || !texts.Remove((kind, part), out int channel))
            return;
        _count--;
        message.EndedChannels.Add(channel);
    }

    /// <summary>All texts of an item are complete.</summary>
    public void End(Message message, int item)
    {
        if (!_items.Remove(item, out Dictionary<(int Kind, int Part), int>? texts))
            return;
        _count -= texts.Count;
        message.EndedChannels.AddRange(texts.Values);
    }

    /// <summary>All texts are complete.</summary>
    public void EndAll(Message message)
    {
        foreach (Dictionary<(int Kind, int Part), int> texts in _items.Values)
            message.EndedChannels.AddRange(texts.Values);
        message.EndedChannels.Add(Shared);
        _items.Clear();
        _count = 0;
    }
}
