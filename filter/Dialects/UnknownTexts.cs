using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Strings of a delta that nobody knows: words of the model all the same, in pieces. Each key's run on in a channel of their
/// own, so that nothing hides in the cut between two events.
/// </summary>
/// <param name="firstChannel">The first of <see cref="MaxChannels"/> channels.</param>
/// <param name="role">Whose words they are taken for.</param>
internal sealed class UnknownTexts(int firstChannel, TextRole role = TextRole.Assistant)
{
    /// <summary>Channels at most; keys beyond them share the last.</summary>
    public const int MaxChannels = 128;

    private readonly Dictionary<(int Choice, int Key), int> _channels = [];

    /// <summary>Takes what is left of a delta.</summary>
    /// <param name="sweep">The document's sweep, after all that is known was taken.</param>
    /// <param name="delta">The delta's object.</param>
    /// <param name="choice">Index of its choice.</param>
    public void Take(ref SegmentSweep sweep, int delta, int choice)
    {
        JsonTape tape = sweep.Tape;
        int key = -1;
        for (int node = delta; node < tape[delta].End; node++)
        {
            if (tape[node].Kind == JsonKind.Key)
                key = node;
            if (tape[node].Kind == JsonKind.String && key >= 0 && !sweep.IsTaken(node))
                sweep.Take(node, role, ChannelOf(choice, tape.Raw(key)));
        }
    }

    private int ChannelOf(int choice, ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        (int, int) name = (choice, hash.ToHashCode());
        if (_channels.TryGetValue(name, out int channel))
            return channel;
        if (_channels.Count == MaxChannels - 1)
            return firstChannel + MaxChannels - 1;
        return _channels[name] = firstChannel + _channels.Count;
    }
}
