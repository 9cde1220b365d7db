using System.Buffers;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>A tool call that is still being streamed.</summary>
internal sealed class OpenCall(int number)
{
    private readonly ArrayBufferWriter<byte> _name = new(32);
    private readonly ArrayBufferWriter<byte> _arguments = new(64);
    private readonly JsonObjectEnd _end = new();
    private byte[] _lastPiece = [];

    /// <summary>Its place among all calls of the stream, from 0.</summary>
    public int Number => number;

    /// <summary>Its id; empty until one came.</summary>
    public byte[] Id { get; set; } = [];

    /// <summary>The index it came with; -1 without one.</summary>
    public int Index { get; set; } = -1;

    /// <summary>The pieces of the name so far, joined.</summary>
    public ReadOnlyMemory<byte> Name => _name.WrittenMemory;

    /// <summary>The last piece of the name: some clients take it for the whole.</summary>
    public ReadOnlyMemory<byte> LastNamePiece => _lastPiece;

    /// <summary>The arguments so far.</summary>
    public ReadOnlyMemory<byte> Arguments => _arguments.WrittenMemory;

    /// <summary>The arguments hold one whole JSON object: what follows belongs to another call.</summary>
    public bool ArgumentsComplete => _end.Reached;

    /// <summary>Adds a piece of the name. The same name sent again is no piece: some servers repeat it with every fragment.</summary>
    public void AddName(ReadOnlySpan<byte> piece)
    {
        if (piece.SequenceEqual(_name.WrittenSpan))
            return;
        _name.Write(piece);
        _lastPiece = piece.ToArray();
    }

    /// <summary>Adds a piece of the arguments.</summary>
    public void AddArguments(ReadOnlySpan<byte> piece)
    {
        _arguments.Write(piece);
        _end.Advance(piece);
    }
}

/// <summary>Finds where the first object or array of a JSON text ends, in one pass over pieces; strings are stepped over.</summary>
internal sealed class JsonObjectEnd
{
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private bool _begun;

    /// <summary>The first value was an object or array and is closed.</summary>
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
