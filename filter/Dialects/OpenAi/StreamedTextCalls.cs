using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Calls that the choices of a stream wrote into what they say (<see cref="TextCalls"/>).</summary>
internal sealed class StreamedTextCalls
{
    private readonly Dictionary<int, TextCalls> _texts = [];
    private JsonLimits _limits = JsonLimits.Default;
    private int _open;

    /// <summary>One has begun and is not whole.</summary>
    public bool IsOpen => _open > 0;

    /// <summary>Takes the pieces of what a choice says that were read last.</summary>
    /// <param name="message">Their message; gets the calls.</param>
    /// <param name="first">The first of its segments to look at.</param>
    /// <param name="channels">The choice's channels.</param>
    /// <param name="limits">Bounds of JSON.</param>
    public void Take(Message message, int first, in TurnChannels channels, in JsonLimits limits)
    {
        _limits = limits;
        for (int i = first; i < message.Segments.Count; i++)
        {
            Segment segment = message.Segments[i];
            if (segment.Channel < 0 || (segment.Channel != channels.Content && segment.Channel != channels.Text))
                continue;
            if (!_texts.TryGetValue(segment.Channel, out TextCalls? text))
                _texts[segment.Channel] = text = new TextCalls();
            int before = text.IsOpen ? 1 : 0;
            text.Push(message.Text(segment).Span, limits, message.ToolCalls);
            _open += (text.IsOpen ? 1 : 0) - before;
        }
    }

    /// <summary>A choice is at its end.</summary>
    public void Finish(Message message, in TurnChannels channels)
    {
        Finish(message, channels.Content);
        Finish(message, channels.Text);
    }

    /// <summary>All are at their end.</summary>
    public void Finish(Message message)
    {
        foreach (int channel in _texts.Keys)
            Finish(message, channel);
    }

    private void Finish(Message message, int channel)
    {
        if (!_texts.TryGetValue(channel, out TextCalls? text))
            return;
        int before = text.IsOpen ? 1 : 0;
        text.Finish(_limits, message.ToolCalls);
        _open += (text.IsOpen ? 1 : 0) - before;
    }
}
