namespace EnvoyExtAuthz.Dialects;

/// <summary>Finds where the first object or array of a JSON text ends, in one pass over pieces; strings are stepped over.</summary>
internal sealed class JsonObjectEnd
{
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private bool _begun;

    /// <summary>An object or array was begun, and all that were begun are closed.</summary>
    public bool Reached => _begun && _depth == 0 && !_inString;

    /// <summary>Takes the next piece.</summary>
    public void Advance(ReadOnlySpan<byte> piece)
    {
        foreach (byte b in piece)
        {
            if (_inString)
            {
                _inString = _escaped || b != (byte)'"';
                _escaped = !_escaped && b == (byte)'\\';
                continue;
            }
            switch (b)
            {
                case (byte)'"':
                    _inString = true;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    _begun = true;
                    break;
                case (byte)'}' or (byte)']':
                    _depth = Math.Max(0, _depth - 1);
                    break;
            }
        }
    }
}
