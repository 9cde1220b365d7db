using System.Buffers;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>A tool call that is still being streamed.</summary>
internal sealed class OpenCall(int channel)
{
    private readonly ArrayBufferWriter<byte> _name = new(32);
    private readonly ArrayBufferWriter<byte> _arguments = new(64);
    private readonly JsonObjectEnd _end = new();

    /// <summary>The running text its arguments are.</summary>
    public int Channel => channel;

    /// <summary>Its id; empty until one came.</summary>
    public byte[] Id { get; set; } = [];

    /// <summary>The index it came with; -1 without one.</summary>
    public int Index { get; set; } = -1;

    /// <summary>The pieces of the name so far, joined.</summary>
    public ReadOnlyMemory<byte> Name => _name.WrittenMemory;

    /// <summary>The arguments so far.</summary>
    public ReadOnlyMemory<byte> Arguments => _arguments.WrittenMemory;

    /// <summary>The arguments hold one whole JSON object: a name that follows belongs to another call.</summary>
    public bool ArgumentsComplete => _end.Reached;

    /// <summary>
    /// Adds a piece of the name. The same name sent again is no piece: some servers repeat it with every fragment, and its
    /// other readings are <see cref="NamePieces"/>' to find.
    /// </summary>
    /// <returns>False if the name goes on after the arguments began.</returns>
    public bool AddName(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty || piece.SequenceEqual(_name.WrittenSpan))
            return true;
        if (!Arguments.IsEmpty)
            return false;
        _name.Write(piece);
        return true;
    }

    /// <summary>Adds a piece of the arguments.</summary>
    public void AddArguments(ReadOnlySpan<byte> piece)
    {
        _arguments.Write(piece);
        _end.Advance(piece);
    }
}
