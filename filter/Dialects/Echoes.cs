using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Values of a message that repeat its texts in another form; they go, all of them, with the first edit of a text.</summary>
internal sealed class Echoes
{
    private readonly List<Echo> _values = [];
    private bool _removed;

    private readonly record struct Echo(int Document, int Start, int Length) : IComparable<Echo>
    {
        public int CompareTo(Echo other) => Document != other.Document ? Document.CompareTo(other.Document) : Start.CompareTo(other.Start);
    }

    /// <summary>Notes a value, which lies in no other echo; one without a string or number says nothing and is none.</summary>
    public void Add(Message message, int document, int node)
    {
        JsonTape tape = message.Documents[document].Tape;
        JsonNode value = tape[node];
        var echo = new Echo(document, value.Start, value.Length);
        // One that is noted again is the last.
        if ((_values.Count == 0 || _values[^1] != echo) && SaysAnything(tape, node))
            _values.Add(echo);
    }

    private static bool SaysAnything(JsonTape tape, int value)
    {
        for (int node = value; node < tape[value].End; node++)
        {
            if (tape[node].Kind is JsonKind.String or JsonKind.Number)
                return true;
        }
        return false;
    }

    /// <summary>Asks for all of them to become null, once.</summary>
    public void Remove(Message message)
    {
        if (_removed)
            return;
        _removed = true;
        _values.Sort();
        foreach (Echo echo in _values)
            message.ReplaceRaw(echo.Document, echo.Start, echo.Length, "null"u8);
    }

    /// <summary>Whether a text stands in one of them, or was put together from one. To be asked after they were removed.</summary>
    public bool Cover(Message message, in Segment segment)
    {
        if (_values.Count == 0)
            return false;
        int document = segment.Document;
        int start = segment.Start;
        while (message.Documents[document].Parent >= 0)
        {
            SourceDocument inner = message.Documents[document];
            document = inner.Parent;
            start = message.Documents[document].Tape[inner.ParentNode].Start;
        }
        int at = _values.BinarySearch(new Echo(document, start, 0));
        Echo nearest = _values[at >= 0 ? at : Math.Max(0, ~at - 1)];
        return nearest.Document == document && start >= nearest.Start && start < nearest.Start + nearest.Length;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _values.Clear();
        _removed = false;
    }
}
