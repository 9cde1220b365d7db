using System.Buffers;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>A text as the classifier reads it, in a rented buffer. Training and judging go through this one method.</summary>
internal readonly ref struct FoldedText
{
    private readonly byte[] _buffer;

    /// <summary>Folds a text.</summary>
    /// <param name="text">Decoded UTF-8.</param>
    public FoldedText(ReadOnlySpan<byte> text)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(TextFold.MaxLength(text.Length));
        Bytes = _buffer.AsSpan(0, TextFold.Fold(text, _buffer, out _));
    }

    /// <summary>The folded text, hidden text made visible at its end.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
