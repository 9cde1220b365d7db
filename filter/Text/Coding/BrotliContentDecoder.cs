using System.Buffers;
using System.IO.Compression;

namespace EnvoyExtAuthz.Text.Coding;

/// <summary>Takes <c>br</c> off.</summary>
internal sealed class BrotliContentDecoder : ContentDecoder
{
    private BrotliDecoder _brotli;
    private ReadOnlyMemory<byte> _input;
    private bool _done;
    private bool _broken;

    public override void Push(ReadOnlyMemory<byte> piece) => _input = piece;

    public override DecodeStep Read(Span<byte> into, out int written)
    {
        written = 0;
        if (_broken)
            return DecodeStep.Broken;
        if (_done)
            return DecodeStep.NeedMore;
        OperationStatus status = _brotli.Decompress(_input.Span, into, out int consumed, out written);
        _input = _input[consumed..];
        _done = status == OperationStatus.Done;
        _broken = status == OperationStatus.InvalidData;
        if (_broken)
            return DecodeStep.Broken;
        return written > 0 ? DecodeStep.Data : DecodeStep.NeedMore;
    }

    public override DecodeEnd Finish() => !_done ? DecodeEnd.Truncated : _input.IsEmpty ? DecodeEnd.Complete : DecodeEnd.Trailing;

    protected override void Dispose(bool disposing) => _brotli.Dispose();
}
