namespace EnvoyExtAuthz.Text.Coding;

/// <summary>
/// Takes <c>deflate</c> off: zlib where the first two bytes are its header, else bare deflate, as browsers and HTTP
/// libraries tell them apart.
/// </summary>
internal sealed class DeflateDecoder : ContentDecoder
{
    private readonly byte[] _first = new byte[2];
    private int _seen;
    private StreamDecoder? _decoder;
    private ReadOnlyMemory<byte> _next;

    public override void Push(ReadOnlyMemory<byte> piece)
    {
        if (_decoder is not null)
        {
            _decoder.Push(piece);
            return;
        }
        int taken = Math.Min(2 - _seen, piece.Length);
        piece[..taken].CopyTo(_first.AsMemory(_seen));
        _seen += taken;
        if (_seen < 2)
            return;
        bool zlib = (_first[0] & 0x0F) == 8 && ((_first[0] << 8) | _first[1]) % 31 == 0;
        _decoder = zlib ? StreamDecoder.Zlib() : StreamDecoder.Raw();
        _decoder.Push(_first);
        _next = piece[taken..];
    }

    public override DecodeStep Read(Span<byte> into, out int written)
    {
        written = 0;
        if (_decoder is null)
            return DecodeStep.NeedMore;
        DecodeStep step = _decoder.Read(into, out written);
        if (step != DecodeStep.NeedMore || _next.IsEmpty)
            return step;
        _decoder.Push(_next);
        _next = default;
        return _decoder.Read(into, out written);
    }

    public override DecodeEnd Finish() => _decoder?.Finish() ?? DecodeEnd.Truncated;

    protected override void Dispose(bool disposing) => _decoder?.Dispose();
}
