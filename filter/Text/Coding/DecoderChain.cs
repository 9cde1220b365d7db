namespace EnvoyExtAuthz.Text.Coding;

/// <summary>Two codings, one over the other.</summary>
/// <param name="outer">The coding applied last, taken off first.</param>
/// <param name="inner">The coding below it.</param>
internal sealed class DecoderChain(ContentDecoder outer, ContentDecoder inner) : ContentDecoder
{
    private readonly byte[] _between = new byte[16 << 10];

    public override void Push(ReadOnlyMemory<byte> piece) => outer.Push(piece);

    public override DecodeStep Read(Span<byte> into, out int written)
    {
        while (true)
        {
            DecodeStep step = inner.Read(into, out written);
            if (step != DecodeStep.NeedMore)
                return step;
            step = outer.Read(_between, out int length);
            if (step != DecodeStep.Data)
                return step;
            inner.Push(_between.AsMemory(0, length));
        }
    }

    public override DecodeEnd Finish()
    {
        DecodeEnd end = outer.Finish();
        return end == DecodeEnd.Complete ? inner.Finish() : end;
    }

    protected override void Dispose(bool disposing)
    {
        outer.Dispose();
        inner.Dispose();
    }
}
