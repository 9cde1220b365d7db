using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// Calls in a stream of a model's own form, which knows no other than those that the model writes into what it says: who
/// invokes a model so parses them out (<see cref="TextCalls"/>).
/// </summary>
internal sealed class NativeTextCalls
{
    private readonly Dictionary<int, TextCalls> _texts = [];
    private JsonLimits _limits = JsonLimits.Default;
    private int _open;

    /// <summary>One has begun and is not whole.</summary>
    public bool IsOpen => _open > 0;

    /// <summary>Takes the pieces of running texts that an event brought.</summary>
    /// <param name="message">The event, read; gets the calls.</param>
    /// <param name="limits">Bounds of JSON.</param>
    public void Take(Message message, in JsonLimits limits)
    {
        _limits = limits;
        foreach (Segment segment in message.Segments)
        {
            if (segment.Channel < 0)
                continue;
            if (!_texts.TryGetValue(segment.Channel, out TextCalls? text))
                _texts[segment.Channel] = text = new TextCalls();
            int before = text.IsOpen ? 1 : 0;
            text.Push(message.Text(segment).Span, limits, message.ToolCalls);
            _open += (text.IsOpen ? 1 : 0) - before;
        }
    }

    /// <summary>The stream is over.</summary>
    public void Finish(Message message)
    {
        foreach (TextCalls text in _texts.Values)
            text.Finish(_limits, message.ToolCalls);
        _open = 0;
    }
}
