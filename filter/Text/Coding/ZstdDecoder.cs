using System.Buffers;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace EnvoyExtAuthz.Text.Coding;

/// <summary>Takes <c>zstd</c> off: any number of frames, windows of at most 8 MiB (RFC 9659), no dictionaries.</summary>
internal sealed class ZstdDecoder : ContentDecoder
{
    private const int WindowLog = 23;
    private readonly Decompressor _zstd = new();
    private ReadOnlyMemory<byte> _input;
    private bool _betweenFrames;
    private bool _broken;

    public ZstdDecoder() => _zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, WindowLog);

    public override void Push(ReadOnlyMemory<byte> piece) => _input = piece;

    public override DecodeStep Read(Span<byte> into, out int written)
    {
        written = 0;
        if (_broken)
            return DecodeStep.Broken;
        try
        {
            // What a frame still holds after its input was taken comes with further calls; a finished frame has nothing.
            while (written == 0 && !(_input.IsEmpty && _betweenFrames))
            {
                OperationStatus status = _zstd.UnwrapStream(_input.Span, into, out int consumed, out written);
                bool more = consumed > 0 || written > 0;
                _input = _input[consumed..];
                _betweenFrames = status == OperationStatus.Done;
                if (status == OperationStatus.InvalidData)
                    _broken = true;
                if (_broken || !more)
                    break;
            }
        }
        catch (ZstdException)
        {
            _broken = true;
        }
        if (_broken)
            return DecodeStep.Broken;
        return written > 0 ? DecodeStep.Data : DecodeStep.NeedMore;
    }

    public override DecodeEnd Finish() => _betweenFrames ? DecodeEnd.Complete : DecodeEnd.Truncated;

    protected override void Dispose(bool disposing) => _zstd.Dispose();
}
