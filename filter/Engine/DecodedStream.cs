using System.Buffers;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Engine;

/// <summary>How taking the codings off a piece went.</summary>
internal enum DecodeOutcome : byte
{
    /// <summary>All of it was decoded.</summary>
    Decoded,

    /// <summary>It is not what its codings say.</summary>
    Broken,

    /// <summary>More comes out than a body that is no attack would give.</summary>
    Bomb,
}

/// <summary>Takes the content codings off a stream, piece by piece; it goes on without them.</summary>
internal sealed class DecodedStream(IReadOnlyList<ContentCoding> codings, int ratio) : IDisposable
{
    /// <summary>Decoded bytes up to which no ratio is a bomb: small bodies compress well.</summary>
    public const int RatioFloor = 1 << 20;

    private readonly ContentDecoder _decoder = ContentDecoder.Create(codings);
    private readonly ArrayBufferWriter<byte> _out = new(4096);
    private long _in;
    private long _total;

    /// <summary>Whether a body is a bomb.</summary>
    public static bool IsBomb(long decoded, long coded, int ratio) => decoded > RatioFloor && decoded / ratio > coded;

    /// <summary>Decodes a piece.</summary>
    /// <param name="piece">The next bytes.</param>
    /// <param name="maxBytes">Most bytes to come out of this piece.</param>
    /// <param name="plain">What came out; valid until the next call.</param>
    public DecodeOutcome Push(ReadOnlyMemory<byte> piece, int maxBytes, out ReadOnlyMemory<byte> plain)
    {
        _out.ResetWrittenCount();
        plain = default;
        _in += piece.Length;
        _decoder.Push(piece);
        while (true)
        {
            DecodeStep step = _decoder.Read(_out.GetSpan(4096), out int written);
            if (step == DecodeStep.Broken)
                return DecodeOutcome.Broken;
            if (step == DecodeStep.NeedMore)
                break;
            _out.Advance(written);
            _total += written;
            if (_out.WrittenCount > maxBytes || IsBomb(_total, _in, ratio))
                return DecodeOutcome.Bomb;
        }
        plain = _out.WrittenMemory;
        return DecodeOutcome.Decoded;
    }

    public void Dispose() => _decoder.Dispose();
}
